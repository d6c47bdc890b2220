import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { encodeBase64 } from "./base64.ts";
import { checkSigningSecret, hmacSecretOf, receiverSecretOf } from "./signing-secret.ts";

const hmac = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const ed25519 =
  "whsk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbfVKIDij2HKpMKkioLlX0dRqSKJp4AJ6p9lMicMFs6Kvg==";

test("a secret with its prefix is taken as it is", () => {
  assert.deepEqual(checkSigningSecret(hmac), { kind: "ok", secret: hmac });
  assert.deepEqual(checkSigningSecret(ed25519), { kind: "ok", secret: ed25519 });
});

test("bare base64 is taken for an HMAC secret", () => {
  assert.deepEqual(checkSigningSecret(hmac.slice(6)), { kind: "ok", secret: hmac });
});

test("HMAC secrets have 24 to 64 bytes", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
      const check = checkSigningSecret(`whsec_${encodeBase64(bytes)}`);
      assert.equal(check.kind, bytes.length >= 24 && bytes.length <= 64 ? "ok" : "refused");
    }),
  );
});

test("what is refused is told without telling the secret", () => {
  assert.deepEqual(checkSigningSecret("whsec_c2hvcnQ="), {
    kind: "refused",
    reason: "a signing secret is whsec_ and base64 of 24 to 64 bytes, got 5 bytes",
  });
  assert.deepEqual(checkSigningSecret("whsec_not base64"), {
    kind: "refused",
    reason: "a signing secret is whsec_ and base64 of 24 to 64 bytes, got no base64 with padding",
  });
  assert.deepEqual(checkSigningSecret("whsk_c2hvcnQ="), {
    kind: "refused",
    reason: "a signing secret is whsk_ and base64 of 64 bytes, got 5 bytes",
  });
  assert.equal(checkSigningSecret("").kind, "refused");
  assert.equal(
    checkSigningSecret("whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4=").kind,
    "refused",
  );
});

test("a new secret passes the check", () => {
  const secret = hmacSecretOf(new Uint8Array(32).fill(7));
  assert.deepEqual(checkSigningSecret(secret), { kind: "ok", secret });
  assert.throws(() => hmacSecretOf(new Uint8Array(23)));
});

test("receivers get an HMAC secret itself and only the public half of an ed25519 one", () => {
  assert.equal(receiverSecretOf(hmac), hmac);
  assert.equal(receiverSecretOf(ed25519), "whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4=");
});
