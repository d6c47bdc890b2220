import assert from "node:assert/strict";
import { after, test } from "node:test";
import { SignJWT, UnsecuredJWT } from "jose";
import { limits } from "../core/limits.ts";
import { createTestApi, jwtKeys, jwtSecret } from "../../test/api/test-api.ts";
import { createBackend, startMs } from "../../test/api/in-memory-backend.ts";
import { Authenticator } from "./authentication.ts";
import { createToken } from "./create-token.ts";
import { Problem } from "./problem.ts";

const api = await createTestApi();
after(() => api.server.close());
const startSeconds = startMs / 1000;
const key = new TextEncoder().encode(jwtSecret);

async function statusOf(authorization: string | undefined): Promise<number> {
  const headers = authorization === undefined ? {} : { authorization };
  const answer = await api.server.inject({ url: "/api/v1/app", headers });
  if (answer.statusCode === 401) {
    assert.equal(answer.headers["www-authenticate"], "Bearer");
    const problem = answer.json<{ code: string; detail: string }>();
    assert.equal(problem.code, "authentication_failed");
    assert.match(problem.detail, /^Expected .+ Make a token with `posthorn token`/);
  }
  return answer.statusCode;
}

function token(claims: Record<string, unknown>, alg = "HS256", secret = key): Promise<string> {
  return new SignJWT(claims).setProtectedHeader({ alg }).sign(secret);
}

for (const [name, status, header] of [
  ["a token", 200, token({ sub: "org_1" })],
  ["a token of another organisation", 200, token({ sub: "acme/eu@1" })],
  ["a token whose scheme is lower case", 200, token({ sub: "org_1" }).then((it) => `bearer ${it}`)],
  ["a token that expires later", 200, token({ sub: "org_1", exp: startSeconds + 1 })],
  ["a token that has just expired", 200, token({ sub: "org_1", exp: startSeconds - 4 })],
  ["a token that has expired", 401, token({ sub: "org_1", exp: startSeconds - 5 })],
  ["a token that is valid from now", 200, token({ sub: "org_1", nbf: startSeconds + 5 })],
  ["a token that is valid later", 401, token({ sub: "org_1", nbf: startSeconds + 6 })],
  ["another secret's token", 401, token({ sub: "org_1" }, "HS256", key.toReversed())],
  ["a token by HS384", 401, token({ sub: "org_1" }, "HS384", new Uint8Array(48).fill(1))],
  ["an unsigned token", 401, new UnsecuredJWT({ sub: "org_1" }).encode()],
  ["a token without organisation", 401, token({})],
  ["an empty organisation", 401, token({ sub: "" })],
  ["an organisation with a space", 401, token({ sub: "a b" })],
  ["an organisation of 257 characters", 401, token({ sub: "a".repeat(257) })],
  ["a word", 401, "hello"],
  ["no token after the scheme", 401, "Bearer "],
  ["another scheme", 401, "Basic dTpw"],
  ["two tokens", 401, "Bearer a b"],
] as const) {
  test(`${name} is answered ${status}`, async () => {
    const text = await header;
    assert.equal(await statusOf(/\s/.test(text) ? text : `Bearer ${text}`), status);
  });
}

test("a request without a token is answered 401, before its body is read", async () => {
  assert.equal(await statusOf(undefined), 401);
  const answer = await api.server.inject({
    method: "POST",
    url: "/api/v1/app",
    headers: { "content-type": "application/json" },
    payload: "{not json",
  });
  assert.equal(answer.statusCode, 401);
});

test("a token with one character changed is refused though the original is remembered", async () => {
  const text = await token({ sub: "org_1" });
  assert.equal(await statusOf(`Bearer ${text}`), 200);
  const changed = text.endsWith("A") ? "B" : "A";
  assert.equal(await statusOf(`Bearer ${text.slice(0, -2)}${changed}${text.at(-1)}`), 401);
});

test("health and the OpenAPI document need no token", async () => {
  for (const url of ["/api/v1/health", "/api/v1/health/ping", "/api/v1/openapi.json"]) {
    const { statusCode } = await api.server.inject({ url });
    assert.equal(statusCode, url.endsWith("json") ? 200 : 204);
  }
});

test("a made token says who and until when, and without an end it stays valid", async () => {
  const request = { organization: "org_1", application: undefined, nowMs: startMs };
  let nowMs = startMs;
  const authenticator = new Authenticator(jwtKeys, createBackend().controlReader, () => nowMs);
  const short = `Bearer ${await createToken(jwtKeys, { ...request, expiresInSeconds: 60 })}`;
  const endless = `Bearer ${await createToken(jwtKeys, { ...request, expiresInSeconds: undefined })}`;
  assert.equal((await authenticator.verify(short)).organization, "org_1");
  assert.equal((await authenticator.verify(endless)).organization, "org_1");
  assert.equal(authenticator.recall(short)?.organization, "org_1");
  nowMs += (60 + limits.tokenLeewaySeconds) * 1000;
  assert.equal(authenticator.recall(short), undefined);
  await assert.rejects(authenticator.verify(short), Problem);
  nowMs += 1e12;
  assert.equal(authenticator.recall(endless)?.organization, "org_1");
  assert.equal((await authenticator.verify(endless)).organization, "org_1");
});

test("as many tokens are remembered as the limit says, the newest ones", async () => {
  const authenticator = new Authenticator(jwtKeys, createBackend().controlReader, () => startMs);
  const headers: string[] = [];
  for (let made = 0; made <= limits.verifiedTokensMax; made += 1) {
    const header = `Bearer ${await token({ sub: `org_${made}` })}`;
    headers.push(header);
    await authenticator.verify(header);
  }
  assert.equal(authenticator.recall(headers[0]), undefined);
  assert.equal(authenticator.recall(headers[1])?.organization, "org_1");
  const last = authenticator.recall(headers.at(-1));
  assert.equal(last?.organization, `org_${limits.verifiedTokensMax}`);
});
