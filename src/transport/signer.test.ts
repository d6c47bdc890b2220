import assert from "node:assert/strict";
import { createPublicKey, generateKeyPairSync, verify } from "node:crypto";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import * as fc from "fast-check";
import { Webhook } from "standardwebhooks";
import { hmacSecretOf, receiverSecretOf } from "../core/signing-secret.ts";
import { signatureOf, signingKeyOf, type Signable } from "./signer.ts";

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

function sign(secret: string, signable: Signable): string {
  return signatureOf([signingKeyOf({ key: secret, expiresAtMs: undefined })], signable, 0);
}

/** `whpk_` + base64 of the 32 bytes that a JWK calls x. */
function publicKeyOf(text: string): ReturnType<typeof createPublicKey> {
  const x = Buffer.from(text.slice("whpk_".length), "base64").toString("base64url");
  return createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x }, format: "jwk" });
}

test("all vectors of Standard Webhooks come out", () => {
  assert.equal(vectors.length, 4);
  for (const { secret, id, timestamp, body, signature } of vectors) {
    assert.equal(sign(secret, { id, timestamp, payload: Buffer.from(body) }), signature);
  }
});

test("the public form of a vector's key is the vector's, and verifies its signature", () => {
  const asymmetric = vectors.filter((vector) => vector.public !== undefined);
  assert.equal(asymmetric.length, 1);
  for (const { secret, public: expected, id, timestamp, body, signature } of asymmetric) {
    const publicText = receiverSecretOf(secret);
    assert.equal(publicText, expected);
    const signed = Buffer.from(`${id}.${timestamp}.${body}`);
    const bytes = Buffer.from(signature.slice("v1a,".length), "base64");
    assert(verify(null, signed, publicKeyOf(publicText), bytes));
  }
});

test("the official library verifies what we sign", () => {
  const timestamp = Math.floor(Date.now() / 1000);
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 24, maxLength: 64 }), fc.string(), (bytes, body) => {
      const secret = hmacSecretOf(bytes);
      const id = "msg_1";
      const signature = sign(secret, { id, timestamp, payload: Buffer.from(body) });
      const headers = {
        "webhook-id": id,
        "webhook-timestamp": String(timestamp),
        "webhook-signature": signature,
      };
      new Webhook(secret).verify(body, headers, { jsonParse: false });
      assert.throws(() => new Webhook(secret).verify(`${body} `, headers, { jsonParse: false }));
    }),
  );
});

test("a fresh ed25519 key signs what its public form verifies", () => {
  const { privateKey } = generateKeyPairSync("ed25519");
  const { d = "", x = "" } = privateKey.export({ format: "jwk" });
  const bytes = Buffer.concat([Buffer.from(d, "base64url"), Buffer.from(x, "base64url")]);
  const secret = `whsk_${bytes.toString("base64")}`;
  const signature = sign(secret, { id: "msg_1", timestamp: 1, payload: Buffer.from([0, 255]) });
  const signed = Buffer.concat([Buffer.from("msg_1.1."), Buffer.from([0, 255])]);
  const made = Buffer.from(signature.slice("v1a,".length), "base64");
  assert(verify(null, signed, publicKeyOf(receiverSecretOf(secret)), made));
});

test("every secret that has not expired signs, in the order given", () => {
  const [first, second, , asymmetric] = vectors.map(({ secret }) => secret);
  assert(first !== undefined && second !== undefined && asymmetric !== undefined);
  const keys = [
    signingKeyOf({ key: first, expiresAtMs: undefined }),
    signingKeyOf({ key: asymmetric, expiresAtMs: 2_000 }),
    signingKeyOf({ key: second, expiresAtMs: 1_000 }),
  ];
  const signable = { id: "msg_1", timestamp: 1, payload: Buffer.from("{}") };
  const [one, two, three] = [first, asymmetric, second].map((secret) => sign(secret, signable));
  assert.equal(signatureOf(keys, signable, 999), `${one} ${two} ${three}`);
  assert.equal(signatureOf(keys, signable, 1_000), `${one} ${two}`);
  assert.equal(signatureOf(keys, signable, 2_000), one);
});
