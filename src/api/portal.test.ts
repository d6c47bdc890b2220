import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { createTestApi } from "../../test/api/test-api.ts";

const html = Buffer.from("<!doctype html>");
const unbranded = { name: "Webhooks", color: undefined, logo: undefined, frameAncestors: [] };

async function portalServer(t: TestContext, looks = {}) {
  const file = { contentType: "text/html", bytes: html, gzipped: html };
  const { server } = await createTestApi({
    dashboard: { find: async (name) => (name === "portal.html" ? file : undefined) },
    portal: { ...unbranded, ...looks },
  });
  t.after(() => server.close());
  return server;
}

for (const [frameAncestors, told] of [
  [[], "'none'"],
  [["https://a.example", "https://*.b.example"], "https://a.example https://*.b.example"],
] as const) {
  test(`the portal is for anybody, and in the frames of ${told}`, async (t) => {
    const server = await portalServer(t, { frameAncestors });
    for (const url of ["/portal", "/portal/applications/app_1/messages"]) {
      const { statusCode, rawPayload, headers } = await server.inject({ url });
      assert.equal(statusCode, 200);
      assert.deepEqual(rawPayload, html);
      assert.equal(headers["referrer-policy"], "no-referrer");
      assert.equal(headers["cache-control"], "no-cache");
      const policy = String(headers["content-security-policy"]).split("; ");
      assert.ok(policy.includes("default-src 'none'"));
      assert.ok(policy.includes("script-src 'self'"));
      assert.deepEqual(
        policy.filter((each) => each.startsWith("frame-ancestors")),
        [`frame-ancestors ${told}`],
      );
    }
  });
}

test("its looks are told to anybody, and a logo is an image under a policy that lets nothing in it run", async (t) => {
  const logo = { contentType: "image/svg+xml", bytes: Buffer.from("<svg/>") };
  const server = await portalServer(t, { name: "Ferry", color: "#0f766e", logo });
  const brand = await server.inject({ url: "/portal/brand" });
  assert.deepEqual(brand.json(), { name: "Ferry", color: "#0f766e", hasLogo: true });
  const { headers, body } = await server.inject({ url: "/portal/logo" });
  assert.equal(body, "<svg/>");
  assert.equal(headers["content-type"], "image/svg+xml");
  assert.match(String(headers["content-security-policy"]), /default-src 'none';.*sandbox/);
  assert.equal(headers["x-content-type-options"], "nosniff");
});

test("without looks of its own it says so, and there is no logo", async (t) => {
  const server = await portalServer(t);
  const brand = await server.inject({ url: "/portal/brand" });
  assert.deepEqual(brand.json(), { name: "Webhooks", color: null, hasLogo: false });
  assert.equal((await server.inject({ url: "/portal/logo" })).statusCode, 404);
});
