import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { test } from "node:test";
import { createTestApi } from "../../test/api/test-api.ts";
import { readTlsFile } from "../../test/loopback/tls/read-tls-file.ts";
import type { TlsChanges } from "../control/entities.ts";
import { limits } from "../core/limits.ts";
import type { WrongField } from "./problem.ts";
import { checkedTls } from "./tls-settings.ts";

const authority = readTlsFile("authority.pem");
const issued = readTlsFile("issued-certificate.pem");
const expired = readTlsFile("expired-issued-certificate.pem");
const key = readTlsFile("key.pem");
const certificate = readTlsFile("client-certificate.pem");
const clientKey = readTlsFile("client-key.pem");
const api = await createTestApi();
await api.ask("POST", "/api/v1/app", { name: "x", uid: "app" });

async function answerTo(fields: object): Promise<{ status: number; wrong: readonly string[] }> {
  const body = { url: "https://a.example", ...fields };
  const answer = await api.ask("POST", "/api/v1/app/app/endpoint", body);
  const { detail = [] } = answer.json<{ detail?: readonly WrongField[] }>();
  const wrong = detail.map(({ loc, msg }) => `${loc.join(".")}: ${msg}`);
  return { status: answer.statusCode, wrong };
}

function pemOfKey(type: "rsa" | "ec", bits: number, passphrase?: string): string {
  const encoding = { type: "pkcs8", format: "pem" } as const;
  const sealed = passphrase === undefined ? {} : { cipher: "aes-256-cbc", passphrase };
  const privateKeyEncoding = { ...encoding, ...sealed };
  const publicKeyEncoding = { type: "spki", format: "pem" } as const;
  const encodings = { privateKeyEncoding, publicKeyEncoding };
  return type === "rsa"
    ? generateKeyPairSync("rsa", { modulusLength: bits, ...encodings }).privateKey
    : generateKeyPairSync("ec", { namedCurve: `P-${bits}`, ...encodings }).privateKey;
}

const none = "Expected certificates as PEM (-----BEGIN CERTIFICATE-----), got none.";
const unreadableKey = "Expected a private key as PEM (PKCS #8, PKCS #1 or SEC 1), got else.";
const refusals: readonly (readonly [string, object, string])[] = [
  ["no PEM", { authorities: "none" }, `authorities: ${none}`],
  ["an empty text", { authorities: "" }, `authorities: ${none}`],
  [
    "a certificate that breaks off",
    { authorities: authority + authority.replace("\n", "\nAAAA") },
    "authorities: Expected certificates as PEM, got one (2 of 2) that can't be read.",
  ],
  [
    "a key among authorities",
    { authorities: authority + clientKey },
    "authorities: Expected certificates alone, got PEM block 2 of 2: PRIVATE KEY.",
  ],
  [
    "another's key",
    { client: { certificate, key } },
    "client.key: Expected the private key of the certificate, got another's.",
  ],
  ["a key that is none", { client: { certificate, key: "none" } }, `client.key: ${unreadableKey}`],
  [
    "a certificate for a key",
    { client: { certificate, key: certificate } },
    `client.key: ${unreadableKey}`,
  ],
  [
    "a sealed key",
    { client: { certificate, key: pemOfKey("ec", 256, "passphrase") } },
    "client.key: Expected a private key without a passphrase, got one with. Take it off.",
  ],
  [
    "a chain in another order",
    { client: { certificate: authority + certificate, key: clientKey } },
    "client.certificate: Expected each certificate to be issued by the next, got number 2 that did not issue number 1. Reorder them.",
  ],
  [
    "a certificate that has expired",
    { client: { certificate: expired, key } },
    "client.certificate: Expected a certificate that is valid, got one that expired Feb  1 00:00:00 2020 GMT.",
  ],
];
for (const [what, tls, expected] of refusals) {
  test(`TLS settings with ${what} are refused in words that say where`, async () => {
    assert.deepEqual(await answerTo({ tls }), { status: 422, wrong: [`body.tls.${expected}`] });
  });
}

test("certificate and key are given together, as texts of bounded length", async () => {
  const long = "x".repeat(limits.tlsAuthoritiesCharactersMax + 1);
  for (const tls of [
    { client: { certificate } },
    { client: { key: clientKey } },
    { authorities: long },
    { authorities: 1 },
    { client: { certificate: long, key: clientKey } },
    { client: { certificate, key: long } },
    "pem",
  ]) {
    const { status, wrong } = await answerTo({ tls });
    assert.equal(status, 422);
    assert.equal(wrong.length, 1);
    assert.doesNotMatch(wrong.join(), /BEGIN/);
  }
});

test("settings are kept in one way of writing, whatever stands between the blocks", () => {
  const text = `My authority\r\n${authority.replaceAll("\n", "\r\n")}\n# the end\n`;
  const client = { certificate: `x\n${issued}${authority}`, key: `y\n${key}` };
  const checked = checkedTls({ authorities: text, client });
  assert.equal(checked.authorities, authority);
  assert.equal(checked.client?.chain, issued + authority);
  assert.match(checked.client?.privateKey ?? "", /^-----BEGIN PRIVATE KEY-----\n/);
  const none: TlsChanges = { authorities: undefined, client: undefined };
  assert.deepEqual(checkedTls({ authorities: null, client: null }), none);
  assert.deepEqual(checkedTls({}), {});
});

const wrongBasicAuth: readonly (readonly [string, object])[] = [
  ["a colon in the user name", { username: "a:b", password: "p" }],
  ["a line end in the user name", { username: "a\nb", password: "p" }],
  ["a NUL in the password", { username: "a", password: "p\0" }],
  ["a line end in the password", { username: "a", password: "p\r\nx: y" }],
  ["half a character", { username: "a", password: "\ud800" }],
  ["no password", { username: "a" }],
  ["too long a password", { username: "a", password: "p".repeat(513) }],
];
for (const [what, basicAuth] of wrongBasicAuth) {
  test(`basic authorisation with ${what} is refused`, async () => {
    const { status, wrong } = await answerTo({ basicAuth });
    assert.equal(status, 422);
    assert.equal(wrong.length, 1);
    assert.match(wrong[0] ?? "", /^body\.basicAuth\./);
  });
}

test("user name and password are given once", async () => {
  const basicAuth = { username: "a", password: "b" };
  const given = await answerTo({ url: "https://a:b@c.example", basicAuth });
  assert.equal(given.status, 422);
  assert.match(given.wrong[0] ?? "", /^body\.basicAuth: Expected user name and password once/);
  assert.equal((await answerTo({ basicAuth })).status, 201);
  assert.equal((await answerTo({ basicAuth: null, tls: null })).status, 201);
});
