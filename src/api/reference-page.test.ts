import assert from "node:assert/strict";
import { after, test } from "node:test";
import type { LightMyRequestResponse } from "fastify";
import { createTestApi } from "../../test/api/test-api.ts";

const { server } = await createTestApi();
after(() => server.close());

/** Without a token. */
async function get(url: string): Promise<LightMyRequestResponse> {
  return server.inject({ method: "GET", url });
}

function linksOf(html: string): string[] {
  return [...html.matchAll(/\b(?:src|href)="([^"]*)"/g)].map(([, link]) => String(link));
}

const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "sandbox allow-scripts allow-popups allow-popups-to-escape-sandbox",
].join("; ");

for (const page of ["/docs", "/docs/"]) {
  test(`${page} is served to anybody, with all that it links to, under a strict policy`, async () => {
    const answer = await get(page);
    assert.equal(answer.statusCode, 200);
    assert.equal(answer.headers["content-type"], "text/html; charset=utf-8");
    assert.equal(answer.headers["content-security-policy"], policy);
    const links = linksOf(answer.body);
    assert.equal(links.length, 8, links.join());
    for (const link of links) {
      const asset = await get(new URL(link, `http://posthorn.example${page}`).pathname);
      assert.equal(asset.statusCode, 200, link);
      assert.ok(asset.rawPayload.length > 0, link);
      assert.equal(asset.headers["content-security-policy"], policy, link);
      assert.equal(asset.headers["x-content-type-options"], "nosniff", link);
    }
  });
}

test("the page names no other host and has no script or style of its own, and neither names one what it starts with", async () => {
  const { body: html } = await get("/docs");
  assert.doesNotMatch(html, /\/\//);
  assert.doesNotMatch(html, /<style|\bstyle=|\bon\w+=/);
  for (const [, attributes, script] of html.matchAll(/<script([^>]*)>(.*?)<\/script>/gs)) {
    assert.match(String(attributes), /\bsrc="/);
    assert.equal(String(script).trim(), "");
  }
  const { body: initializer } = await get("/docs/static/swagger-initializer.js");
  const addresses = initializer.match(/https?:\/\/[^\s"']+/g) ?? [];
  // Of an explanation in a comment.
  assert.deepEqual(addresses, ["https://stackoverflow.com/a/77855838/492336"]);
  assert.match(initializer, /validatorUrl: null/);
});

test("the page is for reading: it sends no requests of the API's and has no place for a token", async () => {
  const { body: initializer } = await get("/docs/static/swagger-initializer.js");
  assert.match(initializer, /"supportedSubmitMethods":\[\]/);
  assert.match(initializer, /"persistAuthorization":false/);
  const { body: css } = await get("/docs/static/theme/reading.css");
  for (const part of [".scheme-container", ".authorization__btn"]) assert.ok(css.includes(part));
});

test("the page shows the very document that is at /api/v1/openapi.json, which has no place for the page", async () => {
  const shown = await get("/docs/json");
  // Sandboxed, the page is of no origin: without this it could not read the document.
  assert.equal(shown.headers["access-control-allow-origin"], "*");
  const document = await get("/api/v1/openapi.json");
  assert.equal(document.headers["access-control-allow-origin"], undefined);
  assert.deepEqual(shown.json(), document.json());
  assert.doesNotMatch(document.body, /"\/docs/);
});

test("nothing but the page's own files is served below it", async () => {
  for (const path of [
    "/docs/package.json",
    "/docs/static/../package.json",
    "/docs/static/%2e%2e/package.json",
    "/docs/static/..%2fpackage.json",
  ]) {
    assert.equal((await get(path)).statusCode, 404, path);
  }
});
