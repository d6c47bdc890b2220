/** The operations that make and end credentials, as far as HTTP shows. */
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { createTestApi, tokenOf } from "../../test/api/test-api.ts";

const api = await createTestApi();
after(() => api.server.close());
const { id: shop } = (await api.ask("POST", "/api/v1/app", { name: "Shop", uid: "shop" })).json<{
  id: string;
}>();
const portalUrl = "/api/v1/auth/app-portal-access/shop";

for (const [name, url, body, loc] of [
  ["an API key without a name", "/api/v1/auth/key", {}, ["body", "name"]],
  [
    "an API key that expires some day",
    "/api/v1/auth/key",
    { name: "a", expiresAt: "tomorrow" },
    ["body", "expiresAt"],
  ],
  ["a portal's token for a minute", portalUrl, { expiry: 60 }, ["body", "expiry"]],
  ["a portal's token for a month", portalUrl, { expiry: 2_592_000 }, ["body", "expiry"]],
  ["a portal's token that reads somehow", portalUrl, { readOnly: "yes" }, ["body", "readOnly"]],
  [
    "a portal's token that may do less",
    portalUrl,
    { capabilities: ["ViewBase"] },
    ["body", "capabilities"],
  ],
] as const) {
  test(`${name} is refused as a wrong field`, async () => {
    const answer = await api.ask("POST", url, body);
    assert.equal(answer.statusCode, 422);
    assert.deepEqual(answer.json<{ detail: { loc: string[] }[] }>().detail[0]?.loc, loc);
  });
}

test("an API key for an application that is not there, or another organisation's, is not made", async () => {
  const body = { name: "a", application: "shop" };
  const token = await tokenOf("org_2");
  assert.equal((await api.ask("POST", "/api/v1/auth/key", body, token)).statusCode, 404);
  const none = { name: "a", application: "none" };
  assert.equal((await api.ask("POST", "/api/v1/auth/key", none)).statusCode, 404);
});

test("what clients send for nothing given is taken, and the token is the application's", async () => {
  const nothing = { application: null, expiry: null, readOnly: null, capabilities: null };
  const answer = await api.ask("POST", portalUrl, { ...nothing, featureFlags: ["beta"] });
  assert.equal(answer.statusCode, 200);
  const { token, url } = answer.json<{ token: string; url: string }>();
  assert.match(url, /^https:\/\/posthorn\.example\/portal#key=/);
  const own = await api.ask("GET", `/api/v1/app/${shop}`, undefined, token);
  assert.equal(own.statusCode, 200);
  const forbidden = await api.ask("GET", "/api/v1/app", undefined, token);
  assert.equal(forbidden.statusCode, 403);
  assert.equal(forbidden.json<{ code: string }>().code, "forbidden");
  assert.match(forbidden.json<{ detail: string }>().detail, /^Expected a token of the organis/);
});

test("an application's API key logs itself out", async () => {
  const made = await api.ask("POST", "/api/v1/auth/key", { name: "a", application: "shop" });
  const { token } = made.json<{ token: string }>();
  const url = "/api/v1/auth/logout";
  assert.equal((await api.ask("POST", url, undefined, token)).statusCode, 204);
  assert.equal((await api.ask("POST", url, undefined, token)).statusCode, 401);
});
