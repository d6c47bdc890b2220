import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { gunzipSync, gzipSync } from "node:zlib";
import { createTestApi } from "../../test/api/test-api.ts";

const html = Buffer.from("<!doctype html>");
const script = Buffer.from("export {};");

async function dashboardServer(t: TestContext) {
  const files = new Map([
    ["index.html", { contentType: "text/html", bytes: html, gzipped: gzipSync(html) }],
    ["assets/a.js", { contentType: "text/javascript", bytes: script, gzipped: gzipSync(script) }],
  ]);
  const { server } = await createTestApi({
    dashboard: { find: async (name) => files.get(name) },
  });
  t.after(() => server.close());
  return server;
}

for (const url of ["/", "/applications", "/applications/app_1/messages/msg_1", "/login"]) {
  test(`${url} is the dashboard, for anybody, under a policy that lets only its own files run`, async (t) => {
    const server = await dashboardServer(t);
    const answer = await server.inject({ method: "GET", url });
    assert.equal(answer.statusCode, 200);
    assert.deepEqual(answer.rawPayload, html);
    assert.equal(answer.headers["content-type"], "text/html");
    assert.equal(answer.headers["cache-control"], "no-cache");
    assert.equal(answer.headers["x-content-type-options"], "nosniff");
    assert.equal(
      answer.headers["content-security-policy"],
      [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types 'none'",
      ].join("; "),
    );
  });
}

test("an asset is kept by browsers for ever, as its name says what is in it", async (t) => {
  const server = await dashboardServer(t);
  const answer = await server.inject({ method: "GET", url: "/assets/a.js" });
  assert.deepEqual(answer.rawPayload, script);
  assert.match(String(answer.headers["cache-control"]), /immutable/);
  assert.equal((await server.inject({ method: "GET", url: "/assets/b.js" })).statusCode, 404);
});

test("what takes gzip gets it", async (t) => {
  const server = await dashboardServer(t);
  for (const [accepted, encoding] of [
    ["gzip, br", "gzip"],
    ["gzip;q=0, br", undefined],
    ["br", undefined],
  ] as const) {
    const headers = { "accept-encoding": accepted };
    const answer = await server.inject({ method: "GET", url: "/assets/a.js", headers });
    assert.equal(answer.headers["content-encoding"], encoding, accepted);
    const bytes = encoding === undefined ? answer.rawPayload : gunzipSync(answer.rawPayload);
    assert.deepEqual(bytes, script);
    assert.equal(answer.headers["vary"], "accept-encoding");
  }
});

test("what is no page of it keeps its 404", async (t) => {
  const server = await dashboardServer(t);
  for (const url of ["/api", "/api/v1/nothing", "/applicationsx", "/favicon.ico"]) {
    assert.equal((await server.inject({ method: "GET", url })).statusCode, 404, url);
  }
});

test("before it is built, it says how to build it", async (t) => {
  const { server } = await createTestApi();
  t.after(() => server.close());
  const answer = await server.inject({ method: "GET", url: "/" });
  assert.equal(answer.statusCode, 503);
  assert.match(answer.json<{ detail: string }>().detail, /npm run dashboard:build/);
});
