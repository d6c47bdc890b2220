import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { gzipSync } from "node:zlib";
import { createTestApi } from "../../test/api/test-api.ts";
import { contentSecurityPolicyOf } from "./dashboard.ts";

async function guideServer(t: TestContext, names: readonly string[]) {
  const files = new Map(
    names.map((name) => {
      const bytes = Buffer.from(name);
      return [name, { contentType: "text/html", bytes, gzipped: gzipSync(bytes) }];
    }),
  );
  const { server } = await createTestApi({ dashboard: { find: async (name) => files.get(name) } });
  t.after(() => server.close());
  return server;
}

const names = ["guide/index.html", "guide/archive.html", "guide/alerts.yml"];

for (const [url, name] of [
  ["/guide", "guide/index.html"],
  ["/guide/", "guide/index.html"],
  ["/guide/archive", "guide/archive.html"],
  ["/guide/archive/", "guide/archive.html"],
  ["/guide/alerts.yml", "guide/alerts.yml"],
] as const) {
  test(`${url} is ${name}, for anybody, under the dashboard's policy`, async (t) => {
    const server = await guideServer(t, names);
    const answer = await server.inject({ method: "GET", url });
    assert.equal(answer.statusCode, 200);
    assert.equal(answer.body, name);
    assert.equal(answer.headers["content-security-policy"], contentSecurityPolicyOf(["'none'"]));
    assert.equal(answer.headers["x-content-type-options"], "nosniff");
    assert.equal(answer.headers["cache-control"], "no-cache");
  });
}

test("a page that is not there is 404, or 503 before any is built", async (t) => {
  const url = "/guide/nothing";
  const server = await guideServer(t, names);
  assert.equal((await server.inject({ method: "GET", url })).statusCode, 404);
  const early = await guideServer(t, []);
  assert.equal((await early.inject({ method: "GET", url })).statusCode, 503);
  assert.equal((await early.inject({ method: "GET", url: "/guide" })).statusCode, 503);
});
