import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { decodeBase62, encodeBase62 } from "./base62.ts";
import {
  type Address,
  applicationIdOf,
  attemptIdOf,
  endpointKeyOf,
  jobDbNumberMax,
  messageIdOf,
  nonceBound,
  parseAttemptId,
  parseMessageId,
  rowMax,
} from "./ids.ts";

const address: fc.Arbitrary<Address> = fc.record(
  {
    atMs: fc.integer({ min: 1_400_000_000_000, max: 1_400_000_000_000 + 2 ** 32 * 1000 - 1 }),
    jobDb: fc.integer({ min: 1, max: jobDbNumberMax }),
    row: fc.maxSafeInteger().map((n) => 1 + (Math.abs(n) % rowMax)),
    nonce: fc.maxSafeInteger().map((n) => Math.abs(n) % nonceBound),
  },
  { noNullPrototype: true },
);

test("base62 is what dividing a big integer gives, and comes back", () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 20, maxLength: 20 }), (bytes) => {
      const digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
      let rest = bytes.reduce((sum, byte) => sum * 256n + BigInt(byte), 0n);
      let expected = "";
      for (; expected.length < 27; rest /= 62n) expected = digits[Number(rest % 62n)] + expected;
      assert.equal(encodeBase62(bytes, 27), expected);
      assert.deepEqual(decodeBase62(expected, 20), bytes);
    }),
  );
});

test("a message id is msg_ and 27 base62 digits, and gives back its address", () => {
  fc.assert(
    fc.property(address, (given) => {
      const id = messageIdOf(given);
      assert.match(id, /^msg_[0-9A-Za-z]{27}$/);
      assert.deepEqual(parseMessageId(id), given);
      assert.deepEqual(parseAttemptId(attemptIdOf(given)), given);
    }),
  );
});

test("ids sort by time, then JobDb, then row", () => {
  const order = (one: Address, other: Address): number =>
    one.atMs - other.atMs || one.jobDb - other.jobDb || one.row - other.row;
  fc.assert(
    fc.property(address, address, (one, other) => {
      fc.pre(order(one, other) !== 0);
      assert.equal(messageIdOf(one) < messageIdOf(other), order(one, other) < 0);
    }),
  );
});

test("what is not an id has no address", () => {
  const id = messageIdOf({ atMs: 1_700_000_000_123, jobDb: 7, row: 42, nonce: 1 });
  const others = [
    "",
    "msg_",
    id.slice(0, -1),
    `${id}0`,
    id.replace("msg_", "ep_"),
    `${id.slice(0, -1)}-`,
    `msg_${"z".repeat(27)}`, // does not fit 20 bytes
    `${id.slice(0, -1)}é`,
  ];
  for (const text of others) assert.equal(parseMessageId(text), undefined, text);
});

test("a time that a KSUID can't hold, or a row that is too large, is refused instead of wrapped", () => {
  const good = { atMs: 1_700_000_000_000, jobDb: 1, row: 1, nonce: 0 };
  for (const bad of [
    { atMs: 0 },
    { jobDb: 2 ** 24 },
    { row: 2 ** 40 },
    { nonce: nonceBound },
    { row: 1.5 },
  ]) {
    assert.throws(() => messageIdOf({ ...good, ...bad }), RangeError);
  }
  assert.throws(() => endpointKeyOf(0), RangeError);
});

test("an application id begins with its time, so ids of later applications sort later", () => {
  const random = new Uint8Array(14).fill(255);
  assert.ok(
    applicationIdOf(1_700_000_000_000, random) <
      applicationIdOf(1_700_000_000_001, new Uint8Array(14)),
  );
});
