/** Algorithms and keys: what verifies what, and that nothing else does. */
import assert from "node:assert/strict";
import { createSecretKey, generateKeyPairSync } from "node:crypto";
import { test } from "node:test";
import { SignJWT } from "jose";
import { createBackend, startMs } from "../../test/api/in-memory-backend.ts";
import { jwtKeys } from "../../test/api/test-api.ts";
import type { Access } from "./access.ts";
import { Authenticator, type JwtKeys } from "./authentication.ts";
import { createToken } from "./create-token.ts";

const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
const ed25519 = generateKeyPairSync("ed25519");
const application = `app_${"1".repeat(27)}`;

type SigningKey = Parameters<SignJWT["sign"]>[0];

function sign(header: { alg: string; typ?: string }, key: SigningKey, claims = {}) {
  return new SignJWT({ sub: "org_1", ...claims }).setProtectedHeader(header).sign(key);
}

function verify(token: string, keys: JwtKeys = jwtKeys): Promise<Access> {
  const { controlReader } = createBackend();
  return new Authenticator(keys, controlReader, () => startMs).verify(`Bearer ${token}`);
}

const refused = { name: "Problem", code: "authentication_failed" };

for (const algorithm of ["HS256", "HS384", "HS512"] as const) {
  test(`${algorithm} is verified where it is set, and no other`, async () => {
    const keys = { ...jwtKeys, hmacAlgorithm: algorithm };
    const token = await sign({ alg: algorithm }, jwtKeys.secret);
    assert.equal((await verify(token, keys)).organization, "org_1");
    const other = algorithm === "HS256" ? "HS512" : "HS256";
    await assert.rejects(verify(token, { ...jwtKeys, hmacAlgorithm: other }), refused);
    const request = { organization: "org_1", application: undefined, nowMs: startMs };
    const own = await createToken(keys, { ...request, expiresInSeconds: undefined });
    assert.equal((await verify(own, keys)).organization, "org_1");
  });
}

for (const [algorithm, pair] of [
  ["RS256", rsa],
  ["RS384", rsa],
  ["RS512", rsa],
  ["EdDSA", ed25519],
] as const) {
  const keys = { ...jwtKeys, publicKey: { key: pair.publicKey, algorithm } };

  test(`${algorithm} is verified with its public key, beside the server's own tokens`, async () => {
    const token = await sign({ alg: algorithm, typ: "JWT" }, pair.privateKey);
    assert.equal((await verify(token, keys)).organization, "org_1");
    assert.equal(
      (await verify(await sign({ alg: "HS256" }, jwtKeys.secret), keys)).organization,
      "org_1",
    );
    await assert.rejects(verify(token), refused);
    const other = generateKeyPairSync("rsa", { modulusLength: 2048 });
    const forged = algorithm === "EdDSA" ? generateKeyPairSync("ed25519") : other;
    await assert.rejects(verify(await sign({ alg: algorithm }, forged.privateKey), keys), refused);
  });

  test(`a token signed with ${algorithm}'s public key as the secret of an HMAC is refused`, async () => {
    for (const format of ["pem", "der"] as const) {
      const bytes = pair.publicKey.export({ type: "spki", format: format as "der" });
      for (const alg of ["HS256", "HS384", "HS512"]) {
        const token = await sign({ alg }, createSecretKey(Buffer.from(bytes)));
        await assert.rejects(verify(token, keys), refused);
      }
    }
  });
}

test("another RSA algorithm than the set one is refused, though the key would fit", async () => {
  const keys = { ...jwtKeys, publicKey: { key: rsa.publicKey, algorithm: "RS256" } } as const;
  for (const alg of ["RS512", "PS256"]) {
    await assert.rejects(verify(await sign({ alg }, rsa.privateKey), keys), refused);
  }
});

test("a token without a signature is refused, however its header spells none", async () => {
  for (const alg of ["none", "None", "NONE", "", undefined, null, "HS256"]) {
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
    const token = `${part({ alg, typ: "JWT" })}.${part({ sub: "org_1" })}.`;
    await assert.rejects(verify(token), refused);
  }
});

test("a token of another type is refused, as is one with a critical extension", async () => {
  for (const typ of ["at+jwt", "JOSE", ""]) {
    await assert.rejects(verify(await sign({ alg: "HS256", typ }, jwtKeys.secret)), refused);
  }
  assert.ok(await verify(await sign({ alg: "HS256", typ: "jwt" }, jwtKeys.secret)));
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const [, body, signature] = (await sign({ alg: "HS256" }, jwtKeys.secret)).split(".");
  const critical = `${part({ alg: "HS256", crit: ["x"], x: 1 })}.${body}.${signature}`;
  await assert.rejects(verify(critical), refused);
});

test("a token with `org` is its application's alone", async () => {
  const claims = { org: "org_1", sub: application };
  const access = await verify(await sign({ alg: "HS256" }, jwtKeys.secret, claims));
  assert.equal(access.organization, "org_1");
  assert.equal(access.application, application);
  for (const wrong of [
    { org: "org_1", sub: "orders" },
    { org: "org_1", sub: "org_1" },
    { org: "", sub: application },
    { org: null },
    { org: 7, sub: application },
    { org: ["org_1"], sub: application },
    { org: null, sub: application },
  ]) {
    const token = await sign({ alg: "HS256" }, jwtKeys.secret, wrong);
    await assert.rejects(verify(token), refused, JSON.stringify(wrong));
  }
});

test("a logged-out token is refused, however its signature is written", async () => {
  const { controlReader, controlWriter } = createBackend();
  const authenticator = new Authenticator(jwtKeys, controlReader, () => startMs);
  const token = await sign({ alg: "HS256" }, jwtKeys.secret);
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  // The last digit of 32 bytes has two bits that say nothing.
  const digit = alphabet.indexOf(token.at(-1) ?? "");
  const spellings = [0, 1, 2, 3].map((bits) => token.slice(0, -1) + alphabet[(digit & ~3) | bits]);
  const { credential } = await authenticator.verify(`Bearer ${token}`);
  assert.ok(credential.kind === "token");
  assert.ok(authenticator.recall(`Bearer ${token}`));
  await controlWriter.revokeToken(credential.signed, undefined);
  assert.equal(authenticator.recall(`Bearer ${token}`), undefined);
  for (const spelling of spellings) {
    await assert.rejects(authenticator.verify(`Bearer ${spelling}`), refused);
  }
});

test("an API key works until it expires or is deleted, and what was remembered ends with it", async () => {
  const { controlReader, controlWriter } = createBackend();
  let nowMs = startMs;
  const authenticator = new Authenticator(jwtKeys, controlReader, () => nowMs);
  const input = { name: "CI", application: undefined };
  const forever = await controlWriter.createApiKey("org_1", { ...input, expiresAtMs: undefined });
  const short = await controlWriter.createApiKey("org_1", { ...input, expiresAtMs: startMs + 10 });
  for (const { secret } of [forever, short]) {
    const header = `Bearer ${secret}`;
    assert.equal((await authenticator.verify(header)).organization, "org_1");
    assert.equal(authenticator.recall(header)?.organization, "org_1");
  }
  nowMs += 10;
  assert.equal(authenticator.recall(`Bearer ${short.secret}`), undefined);
  await assert.rejects(authenticator.verify(`Bearer ${short.secret}`), refused);
  assert.ok(authenticator.recall(`Bearer ${forever.secret}`));
  await controlWriter.deleteApiKey("org_1", forever.apiKey.id);
  assert.equal(authenticator.recall(`Bearer ${forever.secret}`), undefined);
  await assert.rejects(authenticator.verify(`Bearer ${forever.secret}`), refused);
  await assert.rejects(authenticator.verify(`Bearer pk_${"0".repeat(45)}`), refused);
});
