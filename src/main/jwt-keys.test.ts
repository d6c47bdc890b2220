import assert from "node:assert/strict";
import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { jwtKeysOf } from "./jwt-keys.ts";
import { parsePublicKey } from "./jwt-public-key.ts";
import type { Settings } from "./setting-definitions.ts";

const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
const ed25519 = generateKeyPairSync("ed25519");

function keysOf(jwtAlgorithm: Settings["jwtAlgorithm"], jwtPublicKey: KeyObject | undefined) {
  return jwtKeysOf({ jwtAlgorithm, jwtPublicKey, jwtSecret: "a secret", data: "unused" });
}

test("the algorithm says whether the secret or the public key verifies", () => {
  assert.equal(keysOf("HS512", undefined).hmacAlgorithm, "HS512");
  assert.equal(keysOf("HS512", undefined).publicKey, undefined);
  const { hmacAlgorithm, publicKey } = keysOf("RS384", rsa.publicKey);
  assert.equal(hmacAlgorithm, "HS256");
  assert.deepEqual(publicKey, { key: rsa.publicKey, algorithm: "RS384" });
  assert.equal(keysOf("EdDSA", ed25519.publicKey).publicKey?.algorithm, "EdDSA");
});

test("a key that is missing, superfluous, too small or of another kind is told", () => {
  const small = generateKeyPairSync("rsa", { modulusLength: 1024 });
  for (const [algorithm, key] of [
    ["HS256", rsa.publicKey],
    ["RS256", undefined],
    ["EdDSA", undefined],
    ["RS256", ed25519.publicKey],
    ["EdDSA", rsa.publicKey],
    ["RS512", small.publicKey],
  ] as const) {
    assert.throws(() => keysOf(algorithm, key), { code: "config_invalid" }, algorithm);
  }
});

test("a public key comes as text or as a file, and a private one is refused", (t) => {
  const folder = mkdtempSync(join(tmpdir(), "posthorn-key-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const pem = rsa.publicKey.export({ type: "spki", format: "pem" }).toString();
  const path = join(folder, "key.pem");
  writeFileSync(path, pem);
  assert.ok(parsePublicKey(pem).equals(rsa.publicKey));
  assert.ok(parsePublicKey(path).equals(rsa.publicKey));
  const secret = rsa.privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  assert.throws(() => parsePublicKey(secret), { message: "it is a private key" });
  writeFileSync(path, "hello");
  assert.throws(() => parsePublicKey(path), { message: "it is not a public key" });
  assert.throws(() => parsePublicKey(join(folder, "none")), { message: /^can't read .+ENOENT/ });
});
