import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import * as fc from "fast-check";
import { encryptionKeyOf } from "../../test/conformance/scratch-control.ts";
import { type KeyRing, openText, sealingKeyIdOf, sealText } from "./key-ring.ts";

const ring: KeyRing = [encryptionKeyOf("new", 1), encryptionKeyOf("old-1_A", 2)];
const place = { table: "endpoint", key: 7, column: "headers" };

test("any text opens as it was, at its place", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      const sealed = sealText(ring, place, text, randomBytes);
      assert.equal(openText(ring, place, sealed), text);
      assert.match(sealed, /^sealed:new:[\w+/]+=*$/);
    }),
  );
});

test("the first key seals and all open, in whatever order they are given", () => {
  const [first, second] = ring;
  assert(second !== undefined);
  const sealed = sealText([second, first], place, "text", randomBytes);
  assert.equal(sealingKeyIdOf(sealed), "old-1_A");
  assert.equal(openText(ring, place, sealed), "text");
  assert.equal(sealingKeyIdOf("text"), undefined);
});

test("the same text is never sealed the same way twice", () => {
  const sealed = Array.from({ length: 1_000 }, () => sealText(ring, place, "text", randomBytes));
  assert.equal(new Set(sealed).size, 1_000);
});

const sealed = sealText(ring, place, "a secret", randomBytes);
const bytes = Buffer.from(sealed.slice("sealed:new:".length), "base64");
const shorter = bytes.subarray(0, 27).toString("base64");

for (const { name, at = place, text = sealed, keys = ring, why } of [
  { name: "of another table", at: { ...place, table: "signing_secret" }, why: /altered/ },
  { name: "of another row", at: { ...place, key: 8 }, why: /altered/ },
  { name: "of another column", at: { ...place, column: "authorization" }, why: /altered/ },
  { name: "by a key of the same id", keys: [encryptionKeyOf("new", 3)], why: /altered, or sealed/ },
  { name: "by a key that is not given", keys: [encryptionKeyOf("k", 1)], why: /new is not given/ },
  { name: "under another key's id", text: sealed.replace("new", "old-1_A"), why: /altered/ },
  { name: "that is too short for a tag", text: `sealed:new:${shorter}`, why: /altered/ },
  { name: "that is none", text: "a secret", why: /it is not sealed/ },
] as const) {
  test(`a sealed text ${name} does not open, and the error does not show it`, () => {
    assert.throws(
      () => openText(keys, at, text),
      (error: Error & { code: string }) => {
        assert.equal(error.code, "secret_unreadable");
        assert.match(error.message, why);
        assert.doesNotMatch(error.message, /a secret/);
        return true;
      },
    );
  });
}

test("no single byte of it can be changed", () => {
  for (let at = 0; at < bytes.length; at += 1) {
    const changed = Buffer.from(bytes);
    changed[at] = (changed[at] ?? 0) ^ (1 << (at % 8));
    const text = `sealed:new:${changed.toString("base64")}`;
    assert.throws(() => openText(ring, place, text), { code: "secret_unreadable" });
  }
});
