import assert from "node:assert/strict";
import { test } from "node:test";
import { parseNamePatterns, parsePortRanges, parseSubnets } from "./destination-rules.ts";

test("a list is separated by commas", () => {
  assert.deepEqual(parseSubnets(" "), []);
  assert.deepEqual(parseSubnets("127.0.0.0/8, ::1/128"), [
    { family: 4, first: 0x7f00_0000n, last: 0x7fff_ffffn },
    { family: 6, first: 1n, last: 1n },
  ]);
});

test("an empty item is told", () => {
  assert.throws(() => parseSubnets("127.0.0.0/8,"), { message: /got ""$/ });
});

test("names are as URL writes them, and *. stands for all below", () => {
  assert.deepEqual(parseNamePatterns("Hooks.Internal., *.bücher.example"), [
    { name: "hooks.internal", below: false },
    { name: "xn--bcher-kva.example", below: true },
  ]);
});

test("what is no name is told with what came", () => {
  for (const text of [
    "*",
    "*.",
    "a.*.b",
    "10.0.0.1",
    "0x7f.1",
    "::1",
    "[::1]",
    "a:80",
    "a/b",
    "u@a",
  ]) {
    assert.throws(
      () => parseNamePatterns(text),
      {
        name: "RangeError",
        message: `expected a host name such as hooks.internal or *.example.com, got ${JSON.stringify(text)}`,
      },
      text,
    );
  }
});

test("ports are single ones and ranges", () => {
  assert.deepEqual(parsePortRanges("25, 9000-9100"), [
    { from: 25, to: 25 },
    { from: 9000, to: 9100 },
  ]);
  for (const text of ["0", "65536", "9100-9000", "80-", "-80", "http", "1-2-3"]) {
    assert.throws(() => parsePortRanges(text), { name: "RangeError" }, text);
  }
});

test("a list has an end", () => {
  assert.throws(() => parsePortRanges(Array<number>(1_001).fill(25).join(",")), {
    message: "expected at most 1000 entries, got 1001",
  });
});
