import assert from "node:assert/strict";
import { BlockList } from "node:net";
import { test } from "node:test";
import * as fc from "fast-check";
import { compareClassifiers } from "../../../test/security/compare-classifiers.ts";
import { classifyAddress } from "./classify-address.ts";

/** Written as ranges from the IANA registries, not from the table under test, and searched by Node. */
const notPublicV4: readonly (readonly [string, string])[] = [
  ["0.0.0.0", "0.255.255.255"],
  ["10.0.0.0", "10.255.255.255"],
  ["100.64.0.0", "100.127.255.255"],
  ["127.0.0.0", "127.255.255.255"],
  ["168.63.129.16", "168.63.129.16"],
  ["169.254.0.0", "169.254.255.255"],
  ["172.16.0.0", "172.31.255.255"],
  ["192.0.0.0", "192.0.0.255"],
  ["192.0.2.0", "192.0.2.255"],
  ["192.88.99.0", "192.88.99.255"],
  ["192.168.0.0", "192.168.255.255"],
  ["198.18.0.0", "198.19.255.255"],
  ["198.51.100.0", "198.51.100.255"],
  ["203.0.113.0", "203.0.113.255"],
  ["224.0.0.0", "255.255.255.255"],
];
const publicV6: readonly (readonly [string, string])[] = [
  ["2000::", "2000:ffff:ffff:ffff:ffff:ffff:ffff:ffff"],
  ["2001:200::", "2001:db7:ffff:ffff:ffff:ffff:ffff:ffff"],
  ["2001:db9::", "2001:ffff:ffff:ffff:ffff:ffff:ffff:ffff"],
  ["2003::", "3ffe:ffff:ffff:ffff:ffff:ffff:ffff:ffff"],
  ["3fff:1000::", "3fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"],
];

function listOf(family: "ipv4" | "ipv6", ranges: typeof publicV6): BlockList {
  const list = new BlockList();
  for (const [first, last] of ranges) list.addRange(first, last, family);
  return list;
}

function textOf(family: 4 | 6, value: bigint): string {
  if (family === 6) return value.toString(16).padStart(32, "0").match(/.{4}/g)?.join(":") ?? "";
  return [24n, 16n, 8n, 0n].map((shift) => (value >> shift) & 255n).join(".");
}

/** Any value, and values around every edge that a table may have: a few bits, then all zeros or all ones. */
function addressValue(bits: number): fc.Arbitrary<bigint> {
  const top = (1n << BigInt(bits)) - 1n;
  const any = fc.bigInt({ min: 0n, max: top });
  const edge = fc
    .tuple(any, fc.integer({ min: 0, max: bits }), fc.boolean(), fc.integer({ min: -1, max: 1 }))
    .map(([value, prefixBits, ones, step]) => {
      const rest = BigInt(bits - prefixBits);
      const low = (1n << rest) - 1n;
      const at = (ones ? value | low : (value >> rest) << rest) + BigInt(step);
      return at < 0n || at > top ? value : at;
    });
  return fc.oneof(any, edge);
}

test("a v4 address is public unless a registry says else", () => {
  const list = listOf("ipv4", notPublicV4);
  const neighbours = notPublicV4
    .flat()
    .map((text) => BigInt(Buffer.from(text.split(".").map(Number)).readUInt32BE()))
    .flatMap((value) => [value - 1n, value, value + 1n])
    .filter((value) => value >= 0n && value < 1n << 32n);
  fc.assert(
    fc.property(fc.oneof(addressValue(32), fc.constantFrom(...neighbours)), (value) => {
      const expected = !list.check(textOf(4, value), "ipv4");
      assert.equal(classifyAddress({ family: 4, value }).kind === "public", expected);
    }),
    { numRuns: 5_000, examples: neighbours.map((value) => [value]) },
  );
});

test("a v6 address is public only in what is left of 2000::/3", () => {
  const list = listOf("ipv6", publicV6);
  const first16 = fc.constantFrom(0x0n, 0x64n, 0x1fffn, 0x2000n, 0x2001n, 0x2002n, 0x2003n);
  const more16 = fc.constantFrom(0x3ffen, 0x3fffn, 0x4000n, 0xfc00n, 0xfd00n, 0xfe80n, 0xff02n);
  const near = fc
    .tuple(fc.oneof(first16, more16), addressValue(112))
    .map(([group, rest]) => (group << 112n) | rest);
  fc.assert(
    fc.property(fc.oneof(near, addressValue(128)), (value) => {
      const expected = list.check(textOf(6, value), "ipv6");
      assert.equal(classifyAddress({ family: 6, value }).kind === "public", expected);
    }),
    { numRuns: 10_000 },
  );
});

test("a v4 address inside a v6 one is forbidden, not just special", () => {
  const wrappers = [
    (v4: bigint) => (0xffffn << 32n) | v4,
    (v4: bigint) => (0xffffn << 48n) | v4,
    (v4: bigint) => (0x0064_ff9bn << 96n) | v4,
    (v4: bigint) => (0x0064_ff9b_0001n << 80n) | v4,
    (v4: bigint) => (0x2002n << 112n) | (v4 << 80n),
    (v4: bigint) => (v4 > 1n ? v4 : 2n),
  ];
  fc.assert(
    fc.property(fc.constantFrom(...wrappers), addressValue(32), (wrap, v4) => {
      assert.equal(classifyAddress({ family: 6, value: wrap(v4) }).kind, "forbidden");
    }),
  );
});

test("a second table, made of the registries in another way, agrees on every edge and on random addresses", () => {
  const { compared, disagreements } = compareClassifiers(2_000, 1);
  assert.deepEqual(disagreements, []);
  assert.ok(compared > 26_000);
});
