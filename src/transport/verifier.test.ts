import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { signatureOf, signingKeyOf } from "./signer.ts";
import { verdictOf, verifyingKeyOf } from "./verifier.ts";

interface Vector {
  readonly secret: string;
  readonly public?: string;
  readonly id: string;
  readonly timestamp: number;
  readonly body: string;
  readonly signature: string;
}

const vectors: readonly Vector[] = JSON.parse(
  readFileSync(new URL("standard-webhooks-vectors.json", import.meta.url), "utf8"),
);

for (const { secret, public: publicKey, id, timestamp, body, signature } of vectors) {
  const signable = { id, timestamp, payload: Buffer.from(body) };
  for (const key of publicKey === undefined ? [secret] : [secret, publicKey]) {
    test(`${key.slice(0, 12)}… verifies its vector, alone and among others, and nothing that differs`, () => {
      const verifying = verifyingKeyOf(key);
      const isRight = (signatures: string, about = signable) =>
        verdictOf(verifying, about, signatures).kind === "right";
      assert.ok(isRight(signature));
      assert.ok(isRight(`v1,AAAA v1a,AAAA  ${signature}`));
      assert.ok(!isRight(signature, { ...signable, id: `${id}x` }));
      assert.ok(!isRight(signature, { ...signable, timestamp: timestamp + 1 }));
      assert.ok(!isRight(signature, { ...signable, payload: Buffer.from(`${body} `) }));
    });
  }
}

test("a wrong list is told by how many were looked at", () => {
  const [first] = vectors;
  assert.ok(first !== undefined);
  const signable = { id: "msg_1", timestamp: 1, payload: Buffer.from("{}") };
  const key = verifyingKeyOf(first.secret);
  const other = signingKeyOf({ key: `whsec_${"A".repeat(32)}`, expiresAtMs: undefined });
  const wrong = signatureOf([other, other], signable, 0);
  const told = verdictOf(key, signable, `${wrong} v1a,AAAA`);
  assert.deepEqual(told, { kind: "wrong", ofScheme: 2, ofOthers: 1 });
  assert.deepEqual(verdictOf(key, signable, ""), { kind: "wrong", ofScheme: 0, ofOthers: 0 });
});
