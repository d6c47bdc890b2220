import assert from "node:assert/strict";
import { test } from "node:test";
import { createTestApi } from "../../test/api/test-api.ts";
import { RequestMeter } from "./request-meter.ts";

const token = "a-token-of-the-operator";

test("metrics are shown to the operator's own token, and to no organisation's", async () => {
  const api = await createTestApi({ metrics: { token, text: () => "posthorn_things 1\n" } });
  const ask = (authorization?: string) =>
    api.server.inject({
      url: "/metrics",
      headers: authorization === undefined ? {} : { authorization },
    });
  const shown = await ask(`Bearer ${token}`);
  assert.deepEqual([shown.statusCode, shown.body], [200, "posthorn_things 1\n"]);
  assert.equal(shown.headers["content-type"], "text/plain; version=0.0.4; charset=utf-8");
  for (const wrong of [undefined, token, `Bearer ${token}x`, `Bearer ${api.token}`, "Bearer "]) {
    const refused = await ask(wrong);
    assert.equal(refused.statusCode, 401);
    assert.equal(refused.headers["www-authenticate"], "Bearer");
    assert(!refused.body.includes("posthorn_things"));
  }
});

test("without a token of the operator's there are no metrics, and it is said how to turn them on", async () => {
  const api = await createTestApi({ metrics: { token: undefined, text: () => "" } });
  for (const headers of [{}, { authorization: "Bearer undefined" }]) {
    const refused = await api.server.inject({ url: "/metrics", headers });
    assert.equal(refused.statusCode, 404);
    assert.match(refused.body, /POSTHORN_METRICS_TOKEN/);
  }
});

test("requests are counted by operation and status, whatever path they ask for", async () => {
  const requests = new RequestMeter();
  const api = await createTestApi({ requests });
  await api.ask("GET", "/api/v1/app");
  await api.ask("GET", "/api/v1/app?limit=2");
  await api.ask("GET", "/api/v1/app/none");
  await api.ask("GET", "/api/v1/health");
  await api.ask("GET", "/no/such/path");
  await api.ask("GET", "/no/other/path");
  const found = requests.requests.map(({ operation, status, count }) => [operation, status, count]);
  assert.deepEqual(found, [
    ["v1.application.list", 200, 2],
    ["v1.application.get", 404, 1],
    ["v1.health.get", 204, 1],
    ["other", 404, 2],
  ]);
  const counted = [...requests.durations].map(([kind, { counts }]) => [
    kind,
    counts.reduce((sum, count) => sum + count, 0),
  ]);
  assert.deepEqual(counted, [
    ["message", 0],
    ["batch", 0],
    ["other", 6],
  ]);
});
