/** Replacing, changing and deleting, over the real control store. */
import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { test, type TestContext } from "node:test";
import { scratchControl } from "../../test/conformance/scratch-control.ts";
import { createTestApi, type TestApi } from "../../test/api/test-api.ts";
import { LdbReader } from "../control/ldb-reader.ts";
import { SqliteControlWriter } from "../control/sqlite-control-writer.ts";
import { applicationIdOf, endpointIdOf } from "../core/ids.ts";

async function open(t: TestContext) {
  const { files, sources } = scratchControl(t);
  const controlWriter = new SqliteControlWriter(files, sources, () => {});
  const controlReader = new LdbReader(files.ldbPath, { ...sources, generation: undefined });
  const api = await createTestApi({ controlWriter, controlReader });
  t.after(async () => {
    await api.server.close();
    controlReader.close();
    controlWriter.close();
  });
  const ask: Ask = (...values) => api.ask(...values);
  return { ask, controlReader };
}

type Ask = TestApi["ask"];

/** The answer's status and body. */
async function told(answer: ReturnType<Ask>): Promise<[number, unknown]> {
  const { statusCode, body } = await answer;
  return [statusCode, body === "" ? undefined : JSON.parse(body)];
}

async function status(answer: ReturnType<Ask>): Promise<number> {
  return (await answer).statusCode;
}

function fieldsOf(body: unknown, names: readonly string[]): unknown {
  const fields = body as Record<string, unknown>; // an answer's object
  return Object.fromEntries(names.map((name) => [name, fields[name]]));
}

const app = "/api/v1/app/acme";
const endpoint = `${app}/endpoint/main`;
const hook = "https://a.example/";
const unknownApplication = `/api/v1/app/${applicationIdOf(1_700_000_000_000, new Uint8Array(14))}`;
const unknownEndpoint = `${app}/endpoint/${endpointIdOf(1_700_000_000_000, new Uint8Array(14))}`;

test("PUT creates what a uid names, then replaces it; an unknown id is 404", async (t) => {
  const { ask } = await open(t);
  const full = { name: "Acme", throttleRate: 3, retentionDays: 7, metadata: { a: "b" } };
  assert.equal(await status(ask("PUT", app, full)), 201);
  const [replaced, application] = await told(ask("PUT", app, { name: "New" }));
  assert.equal(replaced, 200);
  assert.deepEqual(
    fieldsOf(application, ["name", "uid", "throttleRate", "retentionDays", "metadata"]),
    {
      name: "New",
      uid: "acme",
      throttleRate: null,
      retentionDays: null,
      metadata: {},
    },
  );
  assert.equal(await status(ask("PUT", unknownApplication, { name: "x" })), 404);

  assert.equal(await status(ask("PUT", endpoint, { url: hook, channels: ["x"] })), 201);
  const [again, made] = await told(ask("PUT", endpoint, { url: hook, disabled: true }));
  assert.equal(again, 200);
  assert.deepEqual(fieldsOf(made, ["uid", "channels", "disabled"]), {
    uid: "main",
    channels: null,
    disabled: true,
  });
  assert.equal(await status(ask("PUT", unknownEndpoint, { url: hook })), 404);

  const type = "/api/v1/event-type/a.b";
  assert.equal(await status(ask("PUT", type, { description: "one", deprecated: true })), 201);
  const [third, eventType] = await told(ask("PUT", type, { description: "two" }));
  assert.equal(third, 200);
  assert.deepEqual(fieldsOf(eventType, ["name", "description", "deprecated"]), {
    name: "a.b",
    description: "two",
    deprecated: false,
  });
});

test("PATCH tells null, which takes away, from absent, which leaves", async (t) => {
  const { ask } = await open(t);
  const rates = { throttleRate: 3, retentionDays: 7 };
  const application = { name: "Acme", uid: "acme", ...rates, metadata: { a: "b" } };
  await ask("PUT", app, application);
  const given = { url: hook, uid: "main", description: "d", disabled: true };
  const filters = { eventTypes: ["a.b"], channels: ["x"], throttleRate: 5, metadata: { c: "d" } };
  const whole = { ...given, ...filters, ordered: true };
  await ask("PUT", endpoint, whole);
  const type = { description: "d", archived: false, deprecated: true, featureFlag: "f" };
  const eventType = { ...type, schemas: { "1": { type: "object" } } };
  await ask("PUT", "/api/v1/event-type/a.b", eventType);

  for (const [url, before, patches] of [
    [
      app,
      application,
      [{ throttleRate: null }, { retentionDays: null }, { metadata: {} }, { name: "New" }, {}],
    ],
    [
      endpoint,
      whole,
      [
        { eventTypes: null },
        { channels: null },
        { throttleRate: null },
        { ordered: false },
        { description: "" },
        { disabled: false },
        { metadata: {} },
        { url: "https://b.example/" },
        {},
      ],
    ],
    [
      "/api/v1/event-type/a.b",
      eventType,
      [{ featureFlag: null }, { schemas: null }, { archived: true }, { deprecated: false }, {}],
    ],
  ] as const) {
    let expected: object = before;
    for (const patch of patches) {
      expected = { ...expected, ...patch };
      const [code, body] = await told(ask("PATCH", url, patch));
      assert.equal(code, 200, JSON.stringify(patch));
      assert.deepEqual(fieldsOf(body, Object.keys(before)), expected);
      assert.deepEqual(await told(ask("GET", url)), [200, body]);
    }
  }
  const [, unnamed] = await told(ask("PATCH", endpoint, { uid: null }));
  assert.deepEqual(fieldsOf(unnamed, ["uid"]), { uid: null });
  assert.equal(await status(ask("GET", endpoint)), 404);
});

test("what is wrong to create is wrong to change", async (t) => {
  const { ask } = await open(t);
  await ask("PUT", app, { name: "Acme" });
  await ask("PUT", "/api/v1/app/other", { name: "Other" });
  await ask("PUT", endpoint, { url: hook });
  await ask("PUT", `${app}/endpoint/other`, { url: hook });
  const headers = `${endpoint}/headers`;
  const rotate = `${endpoint}/secret/rotate`;
  for (const [method, url, body, expected] of [
    ["PUT", app, { name: "" }, 422],
    ["PATCH", app, { name: null }, 422],
    ["PATCH", app, { throttleRate: 0 }, 422],
    ["PATCH", app, { uid: "other" }, 409],
    ["PUT", app, { name: "x", uid: "other" }, 409],
    ["PUT", "/api/v1/app/third", { name: "x", uid: "other" }, 409],
    ["PUT", endpoint, { url: "http://127.0.0.1/" }, 422],
    ["PATCH", endpoint, { url: "http://127.0.0.1/" }, 422],
    ["PATCH", endpoint, { url: null }, 422],
    ["PATCH", endpoint, { disabled: null }, 422],
    ["PATCH", endpoint, { eventTypes: [] }, 422],
    ["PATCH", endpoint, { uid: "other" }, 409],
    ["PATCH", unknownEndpoint, {}, 404],
    ["PUT", headers, {}, 422],
    ["PUT", headers, { headers: { host: "x" } }, 422],
    ["PUT", headers, { headers: { "webhook-id": "x" } }, 422],
    ["PUT", headers, { headers: { "x y": "x" } }, 422],
    ["PUT", headers, { headers: { a: null } }, 422],
    ["PATCH", headers, { headers: { "content-length": "1" } }, 422],
    ["POST", `${app}/endpoint`, { url: hook, headers: { Connection: "close" } }, 422],
    ["POST", rotate, { key: "whsec_short" }, 422],
    ["POST", rotate, { gracePeriodSeconds: 604_801 }, 422],
    ["POST", rotate, { gracePeriodSeconds: -1 }, 422],
    ["PATCH", "/api/v1/event-type/none", {}, 404],
    ["DELETE", "/api/v1/event-type/none", undefined, 404],
    ["DELETE", unknownEndpoint, undefined, 404],
    ["DELETE", unknownApplication, undefined, 404],
  ] as const) {
    const [code, answer] = await told(ask(method, url, body));
    assert.equal(code, expected, `${method} ${url} ${JSON.stringify(body)}`);
    assert.ok(!JSON.stringify(answer).includes("whsec_short"), "a secret is never told back");
  }
});

test("headers are shown as they were given, and those that are credentials by name alone", async (t) => {
  const { ask, controlReader } = await open(t);
  await ask("PUT", app, { name: "Acme" });
  const body = { url: hook, uid: "main", headers: { "X-Team": "a", Authorization: "Bearer s" } };
  assert.equal(await status(ask("POST", `${app}/endpoint`, body)), 201);
  const url = `${endpoint}/headers`;
  assert.deepEqual(await told(ask("GET", url)), [
    200,
    { headers: { "X-Team": "a" }, sensitive: ["Authorization"] },
  ]);
  const patch = { headers: { "x-team": null, "X-Api-Key": "k", "X-Other": "o" } };
  assert.deepEqual(await told(ask("PATCH", url, patch)), [204, undefined]);
  const removal = { headers: {}, deleteHeaders: ["authorization"] };
  assert.deepEqual(await told(ask("PATCH", url, removal)), [204, undefined]);
  assert.deepEqual(await told(ask("GET", url)), [
    200,
    { headers: { "X-Other": "o" }, sensitive: ["X-Api-Key"] },
  ]);
  assert.deepEqual(await told(ask("PUT", url, { headers: { "X-Last": "1" } })), [204, undefined]);
  const application = controlReader.application("org_1", "acme");
  assert.ok(application !== undefined);
  const stored = controlReader.endpoint(application.key, "main");
  assert.ok(stored !== undefined);
  assert.deepEqual(controlReader.find(stored.key)?.headers, [["x-last", "1"]]);
});

test("deleting ends what is below, answers 204 without a body, and then 404", async (t) => {
  const { ask } = await open(t);
  await ask("PUT", app, { name: "Acme" });
  await ask("PUT", endpoint, { url: hook });
  assert.deepEqual(await told(ask("DELETE", endpoint)), [204, undefined]);
  assert.equal(await status(ask("GET", endpoint)), 404);
  assert.equal(await status(ask("DELETE", endpoint)), 404);
  assert.equal(await status(ask("PUT", endpoint, { url: hook })), 201);
  assert.deepEqual(await told(ask("DELETE", app)), [204, undefined]);
  assert.equal(await status(ask("GET", endpoint)), 404);
  assert.equal(await status(ask("PUT", app, { name: "Acme" })), 201);
  assert.equal(await status(ask("GET", endpoint)), 404);
});

test("an event type is archived, comes back when it is created, and is gone once expunged", async (t) => {
  const { ask } = await open(t);
  const type = "/api/v1/event-type/a.b";
  const body = { name: "a.b", description: "d" };
  assert.equal(await status(ask("POST", "/api/v1/event-type", body)), 201);
  assert.deepEqual(await told(ask("DELETE", type)), [204, undefined]);
  const [, archived] = await told(ask("GET", type));
  assert.deepEqual(fieldsOf(archived, ["archived"]), { archived: true });
  const [code, back] = await told(ask("POST", "/api/v1/event-type", body));
  assert.deepEqual([code, fieldsOf(back, ["archived"])], [201, { archived: false }]);
  assert.equal(await status(ask("POST", "/api/v1/event-type", body)), 409);
  assert.deepEqual(await told(ask("DELETE", `${type}?expunge=true`)), [204, undefined]);
  assert.equal(await status(ask("GET", type)), 404);
  assert.equal(await status(ask("POST", "/api/v1/event-type", body)), 201);
});

test("an asymmetric secret is taken only with its own public half", async (t) => {
  const { ask } = await open(t);
  await ask("PUT", app, { name: "Acme" });
  await ask("PUT", endpoint, { url: hook });
  const keys = generateKeyPairSync("ed25519").privateKey.export({ format: "jwk" });
  const seed = Buffer.from(String(keys.d), "base64url");
  const pair = (half: Buffer): string => `whsk_${Buffer.concat([seed, half]).toString("base64")}`;
  const own = Buffer.from(String(keys.x), "base64url");
  const url = `${endpoint}/secret/rotate`;
  const wrong = pair(Buffer.alloc(32, 1));
  assert.equal(await status(ask("POST", url, { key: wrong })), 422);
  const body = { url: hook, secret: wrong };
  assert.equal(await status(ask("POST", `${app}/endpoint`, body)), 422);
  assert.deepEqual(await told(ask("POST", url, { key: pair(own) })), [204, undefined]);
  const shown = { key: `whpk_${own.toString("base64")}` };
  assert.deepEqual(await told(ask("GET", `${endpoint}/secret`)), [200, shown]);
});
