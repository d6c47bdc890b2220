import assert from "node:assert/strict";
import { isIPv4, isIPv6 } from "node:net";
import { test } from "node:test";
import * as fc from "fast-check";
import { parseIpAddress } from "./ip-address.ts";

/** WHATWG `URL` is the other implementation: it writes every v6 address in one way. */
function canonicalV6(text: string): string {
  return new URL(`http://[${text}]/`).hostname.slice(1, -1);
}

function canonicalOf(value: bigint): string {
  const digits = value.toString(16).padStart(32, "0");
  return canonicalV6(digits.match(/.{4}/g)?.join(":") ?? "");
}

test("a v4 address is its four bytes", () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 4, maxLength: 4 }), (bytes) => {
      const value = BigInt(Buffer.from(bytes).readUInt32BE());
      assert.deepEqual(parseIpAddress(bytes.join(".")), { family: 4, value });
    }),
  );
});

test("a v6 address is the same integer however it is written", () => {
  fc.assert(
    fc.property(fc.ipV6(), (text) => {
      const address = parseIpAddress(text);
      assert.equal(address?.family, 6);
      assert.equal(canonicalOf(address.value), canonicalV6(text));
    }),
    { numRuns: 500 },
  );
});

test("known v6 forms", () => {
  const forms: readonly (readonly [string, bigint])[] = [
    ["::", 0n],
    ["::1", 1n],
    ["1::", 1n << 112n],
    ["::FFFF:127.0.0.1", 0xffff_7f00_0001n],
    ["1:2:3:4:5:6:7:8", 0x0001_0002_0003_0004_0005_0006_0007_0008n],
    ["1:2:3:4:5:6:7::", 0x0001_0002_0003_0004_0005_0006_0007_0000n],
    ["::2:3:4:5:6:7:8", 0x0000_0002_0003_0004_0005_0006_0007_0008n],
    ["1:2:3:4:5:6:1.2.3.4", 0x0001_0002_0003_0004_0005_0006_0102_0304n],
  ];
  for (const [text, value] of forms) assert.deepEqual(parseIpAddress(text), { family: 6, value });
});

test("what is not one address is none", () => {
  for (const text of [
    "",
    ".",
    ":",
    ":::",
    "1",
    "127.1",
    "0x7f000001",
    "0177.0.0.1",
    "127.0.0.01",
    "1.2.3.256",
    "1.2.3.4.5",
    "1.2.3.",
    " 1.2.3.4",
    "1.2.3.4 ",
    "1.2.3.4/32",
    "+1.2.3.4",
    "１.2.3.4",
    "fe80::1%eth0",
    "fe80::1%1",
    "[::1]",
    "1::2::3",
    "1:2:3:4:5:6:7",
    "1:2:3:4:5:6:7:8:9",
    "1:2:3:4:5:6:7:8::",
    "::12345",
    "::g",
    "1.2.3.4::",
    "::1.2.3.4:5",
    "::1.2.3",
    "1:",
    ":1",
  ]) {
    assert.equal(parseIpAddress(text), undefined, JSON.stringify(text));
  }
});

test("whatever is read as an address is one for Node too", () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[0-9a-f:.]{0,20}$/), (text) => {
      const address = parseIpAddress(text);
      const family = isIPv4(text) ? 4 : isIPv6(text) ? 6 : undefined;
      assert.equal(address?.family, family);
    }),
    { numRuns: 2_000 },
  );
});
