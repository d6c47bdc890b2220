import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { startMs } from "../../test/api/in-memory-backend.ts";
import { createTestApi, tokenOf } from "../../test/api/test-api.ts";
import { limits } from "../core/limits.ts";

type Headers = Readonly<Record<string, string>>;

const own = { "posthorn-session": "1", "sec-fetch-site": "same-origin" };

async function world(t: TestContext) {
  const now = { ms: startMs };
  const api = await createTestApi({ nowMs: () => now.ms });
  t.after(() => api.server.close());
  const logIn = (headers: Headers, token = api.token) =>
    api.server.inject({ method: "POST", url: "/session", headers, payload: { token } });
  const cookie = String((await logIn(own)).headers["set-cookie"]).split(";")[0] ?? "";
  const status = async (headers: Headers, method: "GET" | "DELETE" = "GET", url = "/api/v1/app") =>
    (await api.server.inject({ method, url, headers })).statusCode;
  const ask: typeof api.ask = (...asked) => api.ask(...asked);
  return { server: api.server, ask, now, logIn, cookie, status };
}

test("a token begins a session: its cookie is the host's alone, out of reach of scripts and other sites", async (t) => {
  const { logIn } = await world(t);
  const answer = await logIn(own);
  assert.equal(answer.statusCode, 200);
  assert.deepEqual(answer.json(), {
    organization: "org_1",
    application: null,
    onlyReads: false,
    expiresAt: new Date(startMs + 3_600_000 + limits.tokenLeewaySeconds * 1000).toISOString(),
  });
  assert.match(
    String(answer.headers["set-cookie"]),
    /^__Host-posthorn-session=[\w-]{43}; Path=\/; Secure; HttpOnly; SameSite=Strict$/,
  );
  assert.equal(answer.headers["cache-control"], "no-store");
});

test("a token that is not valid begins none", async (t) => {
  const { logIn } = await world(t);
  for (const token of ["pk_nobody", "no token", "a.b.c"]) {
    const answer = await logIn(own, token);
    assert.equal(answer.statusCode, 401, token);
    assert.equal(answer.headers["set-cookie"], undefined, token);
  }
});

test("the API takes the cookie from the dashboard's own page, and from nobody else", async (t) => {
  const { cookie, status } = await world(t);
  assert.equal(await status({ ...own, cookie }), 200);
  assert.equal(await status({ ...own, cookie: `a=b; ${cookie}; c=d` }), 200);
  const { "sec-fetch-site": _, ...old } = own;
  const host = "posthorn.example";
  assert.equal(await status({ ...old, cookie, host }), 200, "an old browser, without an origin");
  assert.equal(await status({ ...old, cookie, host, origin: `https://${host}` }), 200);
  for (const foreign of [
    { cookie },
    { cookie, "sec-fetch-site": "same-origin" },
    { ...own, cookie, "posthorn-session": "0" },
    { ...own, cookie, "sec-fetch-site": "same-site" },
    { ...own, cookie, "sec-fetch-site": "cross-site" },
    { ...own, cookie, "sec-fetch-site": "none" },
    { ...old, cookie, host, origin: "https://other.example" },
    { ...old, cookie, host, origin: "null" },
  ]) {
    assert.equal(await status(foreign), 403, JSON.stringify(foreign));
  }
});

test("nobody is told that other sites may send the header", async (t) => {
  const { server } = await world(t);
  for (const url of ["/session", "/api/v1/app"]) {
    const answer = await server.inject({
      method: "OPTIONS",
      url,
      headers: {
        origin: "https://other.example",
        "access-control-request-method": "POST",
        "access-control-request-headers": "posthorn-session",
      },
    });
    assert.equal(answer.headers["access-control-allow-origin"], undefined, url);
    assert.equal(answer.headers["access-control-allow-headers"], undefined, url);
  }
});

test("another site can't log its visitors in, out, or ask who they are", async (t) => {
  const { logIn, cookie, status } = await world(t);
  assert.equal((await logIn({})).statusCode, 403);
  assert.equal((await logIn({ ...own, "sec-fetch-site": "cross-site" })).statusCode, 403);
  assert.equal(await status({ cookie }, "GET", "/session"), 403);
  assert.equal(await status({ cookie }, "DELETE", "/session"), 403);
  assert.equal(await status({ ...own, cookie }, "GET", "/session"), 200);
});

test("a bearer token needs no header and goes before the cookie", async (t) => {
  const { cookie, status } = await world(t);
  const other = await tokenOf("org_1", `app_${"1".repeat(27)}`);
  assert.equal(await status({ cookie, authorization: `Bearer ${other}` }), 403);
  assert.equal(await status({ authorization: "Bearer pk_nobody", ...own, cookie }), 401);
});

test("a session is over when it is logged out", async (t) => {
  const { server, cookie, status } = await world(t);
  const answer = await server.inject({
    method: "DELETE",
    url: "/session",
    headers: { ...own, cookie },
  });
  assert.equal(answer.statusCode, 204);
  assert.match(String(answer.headers["set-cookie"]), /^__Host-posthorn-session=; .*; Max-Age=0$/);
  assert.equal(await status({ ...own, cookie }), 401);
});

test("a session is over when it rested for too long, and when its token expires", async (t) => {
  const { now, logIn, status, ask } = await world(t);
  const key = await ask("POST", "/api/v1/auth/key", { name: "browser" });
  const { token } = key.json<{ token: string }>();
  const cookie = String((await logIn(own, token)).headers["set-cookie"]).split(";")[0] ?? "";
  now.ms += limits.sessionIdleMs - 1;
  assert.equal(await status({ ...own, cookie }), 200);
  now.ms += limits.sessionIdleMs;
  assert.equal(await status({ ...own, cookie }), 401);
});

test("a session is over when its key is deleted", async (t) => {
  const { logIn, status, ask } = await world(t);
  const key = await ask("POST", "/api/v1/auth/key", { name: "browser" });
  const { id, token } = key.json<{ id: string; token: string }>();
  const cookie = String((await logIn(own, token)).headers["set-cookie"]).split(";")[0] ?? "";
  assert.equal(await status({ ...own, cookie }), 200);
  await ask("DELETE", `/api/v1/auth/key/${id}`);
  assert.equal(await status({ ...own, cookie }), 401);
});

test("above the most sessions the one that rested longest is over", async (t) => {
  const { logIn, cookie, status } = await world(t);
  const second = String((await logIn(own)).headers["set-cookie"]).split(";")[0] ?? "";
  assert.equal(await status({ ...own, cookie }), 200);
  for (let count = 2; count <= limits.sessionsMax; count += 1) await logIn(own);
  assert.equal(await status({ ...own, cookie }), 200, "it was used since");
  assert.equal(await status({ ...own, cookie: second }), 401);
});
