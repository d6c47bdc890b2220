import assert from "node:assert/strict";
import { after, test } from "node:test";
import * as fc from "fast-check";
import { limits } from "../core/limits.ts";
import { createTestApi, tokenOf } from "../../test/api/test-api.ts";

const api = await createTestApi();
after(() => api.server.close());
const app = (await api.ask("POST", "/api/v1/app", { name: "Orders", uid: "orders" })).json<{
  id: string;
}>();

interface Wrong {
  readonly detail: { readonly loc: string[]; readonly msg: string; readonly type: string }[];
}

interface List {
  readonly data: { readonly id: string; readonly name: string }[];
  readonly iterator: string | null;
  readonly prevIterator: string | null;
  readonly done: boolean;
}

test("an application has all its fields, those that were not given as null", async () => {
  const full = {
    name: "Full",
    uid: "full",
    throttleRate: 65_535,
    retentionDays: 3_650,
    metadata: { a: "1" },
  };
  const created = await api.ask("POST", "/api/v1/app", full);
  assert.equal(created.statusCode, 201);
  const { id, ...rest } = created.json<{ id: string }>();
  assert.match(id, /^app_[0-9A-Za-z]{27}$/);
  const times = { createdAt: "2026-11-22T00:00:00.000Z", updatedAt: "2026-11-22T00:00:00.000Z" };
  assert.deepEqual(rest, { ...full, ...times });
  const bare = await api.ask("POST", "/api/v1/app", { name: "Bare", uid: null });
  const { id: _id, ...bareRest } = bare.json<{ id: string }>();
  const defaults = { uid: null, throttleRate: null, retentionDays: null, metadata: {} };
  assert.deepEqual(bareRest, { name: "Bare", ...defaults, ...times });
  for (const name of [id, "full"]) {
    const read = await api.ask("GET", `/api/v1/app/${name}`);
    assert.deepEqual([read.statusCode, read.json()], [200, created.json()]);
  }
});

test("a uid that is taken is answered 409, or with what has it", async () => {
  const again = { name: "Other", uid: "orders" };
  const conflict = await api.ask("POST", "/api/v1/app", again);
  assert.equal(conflict.statusCode, 409);
  assert.equal(conflict.json<{ code: string }>().code, "conflict");
  const existing = await api.ask("POST", "/api/v1/app?get_if_exists=true", again);
  assert.deepEqual([existing.statusCode, existing.json<{ id: string }>().id], [200, app.id]);
  const made = await api.ask("POST", "/api/v1/app?get_if_exists=true", { name: "x", uid: "new" });
  assert.equal(made.statusCode, 201);
});

test("__proto__ is a name like any other in metadata", async () => {
  const body =
    '{"name":"x","__proto__":{"uid":"evil"},"metadata":{"__proto__":"1","constructor":"2"}}';
  const answer = await api.ask("POST", "/api/v1/app", body);
  assert.equal(answer.statusCode, 201);
  assert.ok(answer.body.includes('"metadata":{"__proto__":"1","constructor":"2"}'));
  assert.ok(answer.body.includes('"uid":null'));
  const wrong = await api.ask("POST", "/api/v1/app", '{"name":"x","metadata":{"__proto__":{}}}');
  assert.deepEqual(wrong.json<Wrong>().detail[0]?.loc, ["body", "metadata", "__proto__"]);
});

const secret = `whsec_${Buffer.alloc(24, 7).toString("base64")}`;

test("an endpoint has all its fields but its secret, which is asked for", async () => {
  const full = {
    url: "https://full.example/hook?a=b",
    uid: "full",
    description: "All of it",
    disabled: true,
    eventTypes: ["a.b"],
    channels: ["c"],
    throttleRate: 10,
    ordered: true,
    metadata: { k: "v" },
  };
  const created = await api.ask("POST", "/api/v1/app/orders/endpoint", { ...full, secret });
  assert.equal(created.statusCode, 201);
  const { id, createdAt, updatedAt, ...rest } = created.json<Record<string, unknown>>();
  assert.match(String(id), /^ep_[0-9A-Za-z]{27}$/);
  assert.equal(createdAt, updatedAt);
  assert.deepEqual(rest, { ...full, hasBasicAuth: false, tls: null });
  for (const name of [String(id), "full"]) {
    const read = await api.ask("GET", `/api/v1/app/${app.id}/endpoint/${name}`);
    assert.deepEqual([read.statusCode, read.json()], [200, created.json()]);
    const key = await api.ask("GET", `/api/v1/app/orders/endpoint/${name}/secret`);
    assert.deepEqual([key.statusCode, key.json()], [200, { key: secret }]);
  }
  const bare = await api.ask("POST", "/api/v1/app/orders/endpoint", { url: "https://b.example" });
  const {
    id: _id,
    createdAt: _c,
    updatedAt: _u,
    ...bareRest
  } = bare.json<Record<string, unknown>>();
  assert.deepEqual(bareRest, {
    url: "https://b.example",
    uid: null,
    description: "",
    disabled: false,
    eventTypes: null,
    channels: null,
    throttleRate: null,
    ordered: false,
    hasBasicAuth: false,
    tls: null,
    metadata: {},
  });
});

test("an event type has all its fields; listings leave its schemas out unless asked", async () => {
  const full = {
    name: "invoice.paid",
    description: "An invoice was paid",
    archived: false,
    deprecated: true,
    featureFlag: "beta",
    schemas: { "1": { type: "object" } },
  };
  const created = await api.ask("POST", "/api/v1/event-type", full);
  assert.equal(created.statusCode, 201);
  const { createdAt: _c, updatedAt: _u, ...rest } = created.json<Record<string, unknown>>();
  assert.deepEqual(rest, full);
  assert.equal((await api.ask("POST", "/api/v1/event-type", full)).statusCode, 409);
  await api.ask("POST", "/api/v1/event-type", { name: "old", description: "", archived: true });
  const read = await api.ask("GET", "/api/v1/event-type/invoice.paid");
  assert.deepEqual([read.statusCode, read.json()], [200, created.json()]);
  assert.equal((await api.ask("GET", "/api/v1/event-type/none")).statusCode, 404);
  const namesIn = async (query: string): Promise<string[]> =>
    (await api.ask("GET", `/api/v1/event-type${query}`)).json<List>().data.map(({ name }) => name);
  assert.deepEqual(await namesIn(""), ["invoice.paid"]);
  assert.deepEqual(await namesIn("?include_archived=true"), ["invoice.paid", "old"]);
  const bare = await api.ask("GET", "/api/v1/event-type");
  assert.ok(bare.body.includes('"schemas":null'));
  const content = await api.ask("GET", "/api/v1/event-type?with_content=true");
  assert.ok(content.body.includes('"schemas":{"1":{"type":"object"}}'));
});

const endpoint = { url: "https://a.example/" };
const eventType = { name: "a", description: "" };
for (const [what, url, body, wrong] of [
  ["an application without a name", "/app", {}, ["name"]],
  ["an application with an empty name", "/app", { name: "" }, ["name"]],
  ["an application whose name is null", "/app", { name: null }, ["name"]],
  ["a retention of 0 days", "/app", { name: "x", retentionDays: 0 }, ["retentionDays"]],
  ["a retention of 3,651 days", "/app", { name: "x", retentionDays: 3_651 }, ["retentionDays"]],
  ["a rate of 0", "/app", { name: "x", throttleRate: 0 }, ["throttleRate"]],
  ["a rate of 65,536", "/app", { name: "x", throttleRate: 65_536 }, ["throttleRate"]],
  ["a rate of 1.5", "/app", { name: "x", throttleRate: 1.5 }, ["throttleRate"]],
  ["a rate as text", "/app", { name: "x", throttleRate: "5" }, ["throttleRate"]],
  ["a uid with a slash", "/app", { name: "x", uid: "a/b" }, ["uid"]],
  ["a uid of 257 characters", "/app", { name: "x", uid: "a".repeat(257) }, ["uid"]],
  ["metadata that is null", "/app", { name: "x", metadata: null }, ["metadata"]],
  ["metadata of numbers", "/app", { name: "x", metadata: { a: 1, b: "2" } }, ["metadata.a"]],
  ["an endpoint without a URL", "/app/orders/endpoint", {}, ["url"]],
  ["a URL that is refused", "/app/orders/endpoint", { url: "http://10.0.0.1/" }, ["url"]],
  ["a URL that is none", "/app/orders/endpoint", { url: "hello" }, ["url"]],
  ["disabled as text", "/app/orders/endpoint", { ...endpoint, disabled: "true" }, ["disabled"]],
  ["no event types", "/app/orders/endpoint", { ...endpoint, eventTypes: [] }, ["eventTypes"]],
  [
    "more event types than the limit",
    "/app/orders/endpoint",
    {
      ...endpoint,
      eventTypes: Array.from({ length: limits.eventTypesPerEndpointMax + 1 }, (_, at) => `t${at}`),
    },
    ["eventTypes"],
  ],
  [
    "11 channels",
    "/app/orders/endpoint",
    { ...endpoint, channels: Array.from("abcdefghijk") },
    ["channels"],
  ],
  ["a short secret", "/app/orders/endpoint", { ...endpoint, secret: "whsec_c2hvcnQ=" }, ["secret"]],
  [
    "a secret that is no base64",
    "/app/orders/endpoint",
    { ...endpoint, secret: "?".repeat(40) },
    ["secret"],
  ],
  [
    "an endpoint with all wrong",
    "/app/orders/endpoint",
    { url: "x", uid: "", description: 1, secret: "x", metadata: [] },
    ["url", "uid", "description", "metadata", "secret"],
  ],
  ["an event type without a description", "/event-type", { name: "a" }, ["description"]],
  ["an event type with a space", "/event-type", { ...eventType, name: "a b" }, ["name"]],
  ["a schema that is text", "/event-type", { ...eventType, schemas: { "1": "x" } }, ["schemas.1"]],
] as const) {
  test(`${what} is answered 422, naming each wrong field once`, async () => {
    const answer = await api.ask("POST", `/api/v1${url}`, body);
    assert.equal(answer.statusCode, 422);
    const locs = answer.json<Wrong>().detail.map(({ loc }) => loc.join("."));
    // An empty text is too short and breaks the pattern as well.
    assert.deepEqual(
      [...new Set(locs)],
      wrong.map((field) => `body.${field}`),
    );
  });
}

test("a refused URL says why, and a refused secret is not repeated", async () => {
  const body = { url: "http://10.0.0.1/", secret: "whsec_c2hvcnQ=" };
  const answer = await api.ask("POST", "/api/v1/app/orders/endpoint", body);
  assert.deepEqual(answer.json<Wrong>().detail[0], {
    loc: ["body", "url"],
    msg: "Refused: expected a URL under .example. Correct it.",
    type: "value_error",
  });
  assert.ok(!answer.body.includes("c2hvcnQ"));
});

test("unknown and other organisations' applications and endpoints are not found", async () => {
  const endpoints = "/api/v1/app/orders/endpoint";
  for (const url of [
    "/api/v1/app/none",
    "/api/v1/app/none/endpoint",
    `${endpoints}/none`,
    `${endpoints}/none/secret`,
    "/api/v1/app/full/endpoint/full",
  ]) {
    const answer = await api.ask("GET", url);
    assert.deepEqual([answer.statusCode, answer.json<{ code: string }>().code], [404, "not_found"]);
  }
  const other = await tokenOf("org_2");
  for (const url of [`/api/v1/app/${app.id}`, endpoints, "/api/v1/event-type/invoice.paid"]) {
    assert.equal((await api.ask("GET", url, undefined, other)).statusCode, 404);
  }
  for (const url of ["/api/v1/app", "/api/v1/event-type"]) {
    assert.deepEqual((await api.ask("GET", url, undefined, other)).json<List>().data, []);
  }
});

test("walking the pages forth and back shows every item once in its order, whatever the names", async () => {
  const name = fc.stringMatching(/^[-:]?[a-c.]{1,3}$/).filter((text) => !text.startsWith(":"));
  const names = fc.uniqueArray(name, { maxLength: 12 });
  const order = fc.constantFrom("ascending", "descending");
  let organizations = 0;
  await fc.assert(
    fc.asyncProperty(names, fc.integer({ min: 1, max: 4 }), order, async (given, limit, way) => {
      organizations += 1;
      const token = await tokenOf(`walker_${organizations}`);
      for (const eventTypeName of given) {
        const body = { name: eventTypeName, description: "" };
        await api.ask("POST", "/api/v1/event-type", body, token);
      }
      const pageAt = async (iterator: string | null): Promise<List> => {
        const query = new URLSearchParams({ limit: String(limit), order: way });
        if (iterator !== null) query.set("iterator", iterator);
        const answer = await api.ask(
          "GET",
          `/api/v1/event-type?${query.toString()}`,
          undefined,
          token,
        );
        assert.equal(answer.statusCode, 200, answer.body);
        return answer.json<List>();
      };
      const expected = given.toSorted();
      if (way === "descending") expected.reverse();
      const pages = [await pageAt(null)];
      for (let page = pages[0]; page?.done === false; page = pages.at(-1)) {
        pages.push(await pageAt(page.iterator));
      }
      assert.deepEqual(
        pages.flatMap(({ data }) => data.map((item) => item.name)),
        expected,
      );
      for (let at = pages.length - 1; at > 0; at -= 1) {
        const back = await pageAt(pages[at]?.prevIterator ?? null);
        assert.deepEqual(back.data, pages[at - 1]?.data);
        assert.equal(back.done, at === 1);
      }
    }),
    { numRuns: 50 },
  );
});
