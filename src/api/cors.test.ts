import assert from "node:assert/strict";
import { test } from "node:test";
import { createTestApi } from "../../test/api/test-api.ts";

const origin = "https://admin.example";
const api = await createTestApi({ corsOrigins: new Set([origin, "http://localhost:3000"]) });
const closed = await createTestApi();
test.after(() => Promise.all([api.server.close(), closed.server.close()]));

function preflight(of: typeof api, url: string, from: string, asked = "authorization") {
  return of.server.inject({
    method: "OPTIONS",
    url,
    headers: {
      origin: from,
      "access-control-request-method": "POST",
      "access-control-request-headers": asked,
    },
  });
}

function corsHeadersOf({ headers }: { readonly headers: object }): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) => name.startsWith("access-control-")),
  );
}

test("a page of an origin that is named is told what it may send", async () => {
  const answer = await preflight(api, "/api/v1/app/orders/msg", origin);
  assert.equal(answer.statusCode, 204);
  assert.equal(answer.headers.vary, "origin");
  assert.deepEqual(corsHeadersOf(answer), {
    "access-control-allow-origin": origin,
    "access-control-expose-headers": "retry-after",
    "access-control-allow-methods": "GET, POST, PUT, PATCH, DELETE",
    "access-control-allow-headers":
      "authorization, content-type, idempotency-key, traceparent, svix-req-id, svix-retry-count",
    "access-control-max-age": "600",
  });
});

test("its requests are answered so that it may read the answers, also refusals", async () => {
  const url = "/api/v1/app";
  for (const [authorization, status] of [
    [`Bearer ${api.token}`, 200],
    ["Bearer x", 401],
  ] as const) {
    const answer = await api.server.inject({ url, headers: { origin, authorization } });
    assert.equal(answer.statusCode, status);
    assert.equal(answer.headers["access-control-allow-origin"], origin);
    assert.equal(answer.headers.vary, "origin");
    assert.equal(answer.headers["access-control-allow-credentials"], undefined);
  }
});

for (const [name, of, url, from] of [
  ["another origin", api, "/api/v1/app", "https://evil.example"],
  ["an origin that begins like it", api, "/api/v1/app", `${origin}.evil.example`],
  ["the same origin in upper case", api, "/api/v1/app", origin.toUpperCase()],
  ["no origin", api, "/api/v1/app", "null"],
  ["the origin, of a session", api, "/session", origin],
  ["the origin, of metrics", api, "/metrics", origin],
  ["any origin where none is named", closed, "/api/v1/app", origin],
] as const) {
  test(`nothing is allowed to ${name}`, async () => {
    const asked = await preflight(of, url, from);
    assert.notEqual(asked.statusCode, 204);
    assert.deepEqual(corsHeadersOf(asked), {});
    const headers = { origin: from, authorization: `Bearer ${of.token}` };
    assert.deepEqual(corsHeadersOf(await of.server.inject({ url, headers })), {});
  });
}

test("no origin may send the header by which the dashboard's session is known", async () => {
  const answer = await preflight(api, "/api/v1/app", origin, "posthorn-session");
  assert.ok(!String(answer.headers["access-control-allow-headers"]).includes("posthorn-session"));
  assert.equal(answer.headers["access-control-allow-credentials"], undefined);
});

test("an OPTIONS that is no preflight is answered as ever", async () => {
  const answer = await api.server.inject({
    method: "OPTIONS",
    url: "/api/v1/app",
    headers: { origin },
  });
  assert.equal(answer.statusCode, 404);
});
