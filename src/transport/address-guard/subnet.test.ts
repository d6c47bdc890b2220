import assert from "node:assert/strict";
import { BlockList } from "node:net";
import { test } from "node:test";
import * as fc from "fast-check";
import { parseIpAddress } from "./ip-address.ts";
import { covers, parseSubnet } from "./subnet.ts";

test("a subnet covers what Node says it covers", () => {
  fc.assert(
    fc.property(
      fc.ipV4(),
      fc.ipV4(),
      fc.integer({ min: 0, max: 32 }),
      (base, other, prefixBits) => {
        const whole = parseIpAddress(base)?.value ?? 0n;
        const shift = BigInt(32 - prefixBits);
        const first = Buffer.alloc(4);
        first.writeUInt32BE(Number((whole >> shift) << shift));
        const list = new BlockList();
        list.addSubnet(first.join("."), prefixBits);
        const subnet = parseSubnet(`${first.join(".")}/${prefixBits}`);
        for (const text of [base, other]) {
          const address = parseIpAddress(text);
          assert(address !== undefined);
          assert.equal(covers(subnet, address), list.check(text));
        }
      },
    ),
  );
});

test("families don't mix", () => {
  const loopback = { family: 4, value: 0x7f00_0001n } as const;
  assert.equal(covers(parseSubnet("::/0"), loopback), false);
  assert.equal(covers(parseSubnet("0.0.0.0/0"), loopback), true);
});

test("what is no subnet is told with what came", () => {
  for (const text of [
    "",
    "127.0.0.1",
    "127.0.0.0/33",
    "::1/129",
    "1.2.3.0/024",
    "a/8",
    "::/",
    "::/0/0",
  ]) {
    assert.throws(() => parseSubnet(text), {
      name: "RangeError",
      message: `expected a subnet such as 10.0.0.0/8 or fd00::/8, got ${JSON.stringify(text)}`,
    });
  }
  assert.throws(() => parseSubnet("127.0.0.1/8"), {
    message: `expected a subnet's first address before the slash, got "127.0.0.1/8"`,
  });
});
