import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { decodeBase64, encodeBase64 } from "./base64.ts";

test("bytes encode as Node encodes them, and decode to themselves", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
      const text = encodeBase64(bytes);
      assert.equal(text, Buffer.from(bytes).toString("base64"));
      assert.deepEqual(decodeBase64(text), bytes);
    }),
  );
});

test("only what an encoder makes is decoded", () => {
  for (const text of [
    "A",
    "AA",
    "AAA",
    "AAAA=",
    "A===",
    "AB==",
    "AAB=",
    "AA=A",
    "AA-_",
    "AA A",
    "=",
  ]) {
    assert.equal(decodeBase64(text), undefined, text);
  }
  assert.deepEqual(decodeBase64(""), new Uint8Array());
});

test("any text decodes to bytes that encode to it, or not at all", () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[AZaz09+/=_ -]*$/), (text) => {
      const bytes = decodeBase64(text);
      if (bytes !== undefined) assert.equal(encodeBase64(bytes), text);
    }),
  );
});
