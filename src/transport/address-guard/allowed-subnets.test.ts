import assert from "node:assert/strict";
import { test } from "node:test";
import { parseAllowedSubnets } from "./allowed-subnets.ts";

test("a list is separated by commas", () => {
  assert.deepEqual(parseAllowedSubnets(" "), []);
  assert.deepEqual(parseAllowedSubnets("127.0.0.0/8, ::1/128"), [
    { family: 4, first: 0x7f00_0000n, prefixBits: 8 },
    { family: 6, first: 1n, prefixBits: 128 },
  ]);
});

test("an empty item is told", () => {
  assert.throws(() => parseAllowedSubnets("127.0.0.0/8,"), { message: /got ""$/ });
});
