/** Registering who is told of endpoints and deliveries, over the real control store. */
import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { createTestApi, tokenOf } from "../../test/api/test-api.ts";
import { scratchControl } from "../../test/conformance/scratch-control.ts";
import { LdbReader } from "../control/ldb-reader.ts";
import { SqliteControlWriter } from "../control/sqlite-control-writer.ts";

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
  /** The answer's status and body. */
  const told = async (...values: Parameters<typeof api.ask>): Promise<[number, unknown]> => {
    const { statusCode, body } = await api.ask(...values);
    return [statusCode, body === "" ? undefined : JSON.parse(body)];
  };
  return { told, controlReader, backend: api.backend };
}

const path = "/api/v1/operational-webhook/endpoint";
const url = "https://ops.example/hook";
const none = { data: [], iterator: null, prevIterator: null, done: true };

test("an operational endpoint is created, found, listed, replaced and deleted", async (t) => {
  const { told } = await open(t);
  assert.deepEqual(await told("GET", path), [200, none]);
  assert.equal((await told("GET", `${path}/main`))[0], 404);
  const input = { url, uid: "main", eventTypes: ["endpoint.created"], metadata: { a: "b" } };
  const [created, made] = await told("POST", path, input);
  assert.equal(created, 201);
  const { id, createdAt, updatedAt } = made as Record<string, string>;
  const expected = {
    id,
    ...input,
    description: "",
    disabled: false,
    throttleRate: null,
    ordered: false,
    hasBasicAuth: false,
    tls: null,
  };
  assert.deepEqual(made, { ...expected, createdAt, updatedAt });
  for (const name of [id, "main"]) {
    assert.deepEqual(await told("GET", `${path}/${name}`), [200, made]);
  }
  const ends = { iterator: id, prevIterator: `-${id}`, done: true };
  assert.deepEqual(await told("GET", path), [200, { data: [made], ...ends }]);
  const [replaced, put] = await told("PUT", `${path}/${id}`, { url, disabled: true });
  assert.equal(replaced, 200);
  assert.deepEqual(put, {
    ...expected,
    uid: null,
    disabled: true,
    eventTypes: null,
    metadata: {},
    createdAt,
    updatedAt,
  });
  assert.equal((await told("PUT", `${path}/other`, { url }))[0], 201);
  assert.equal((await told("PUT", `${path}/ep_${"0".repeat(27)}`, { url }))[0], 404);
  assert.equal((await told("POST", path, { url, uid: "other" }))[0], 409);
  assert.equal((await told("DELETE", `${path}/other`))[0], 204);
  assert.equal((await told("GET", `${path}/other`))[0], 404);
});

test("its headers and its secret are those of any endpoint", async (t) => {
  const { told } = await open(t);
  const secret = `whsec_${"A".repeat(32)}`;
  await told("POST", path, { url, uid: "main", secret, headers: { "X-One": "1" } });
  assert.deepEqual(await told("GET", `${path}/main/secret`), [200, { key: secret }]);
  const key = `whsec_${"B".repeat(32)}`;
  assert.equal((await told("POST", `${path}/main/secret/rotate`, { key }))[0], 204);
  assert.deepEqual(await told("GET", `${path}/main/secret`), [200, { key }]);
  const headers = { "X-Two": "2", Authorization: "Bearer s" };
  assert.equal((await told("PUT", `${path}/main/headers`, { headers }))[0], 204);
  assert.deepEqual(await told("GET", `${path}/main/headers`), [
    200,
    { headers: { "X-Two": "2" }, sensitive: ["Authorization"] },
  ]);
});

test("an event type that is never told is refused", async (t) => {
  const { told } = await open(t);
  const [status, problem] = await told("POST", path, { url, eventTypes: ["endpoint.made"] });
  assert.equal(status, 422);
  const { detail } = problem as { detail: { loc: string[]; msg: string }[] };
  assert.deepEqual(detail[0]?.loc, ["body", "eventTypes", "0"]);
  assert.match(detail[0]?.msg ?? "", /"endpoint.created".*got "endpoint.made"/);
  const channels = { url, eventTypes: ["message.attempt.failing"] };
  assert.equal((await told("POST", path, channels))[0], 201);
});

test("operational endpoints and customers' endpoints don't see each other", async (t) => {
  const { told, controlReader } = await open(t);
  await told("POST", path, { url, uid: "main" });
  await told("POST", "/api/v1/app", { name: "Shop", uid: "shop" });
  const [, endpoint] = await told("POST", "/api/v1/app/shop/endpoint", { url, uid: "shops" });
  const hidden = controlReader.operationalApplication("org_1");
  assert.ok(hidden !== undefined);
  const [, applications] = await told("GET", "/api/v1/app");
  assert.equal((applications as { data: unknown[] }).data.length, 1);
  for (const rest of ["", "/endpoint", "/endpoint/main", "/msg", "/endpoint/main/secret"]) {
    assert.equal((await told("GET", `/api/v1/app/${hidden.id}${rest}`))[0], 404, rest);
  }
  const message = { eventType: "endpoint.created", payload: {} };
  assert.equal((await told("POST", `/api/v1/app/${hidden.id}/msg`, message))[0], 404);
  assert.equal((await told("DELETE", `/api/v1/app/${hidden.id}`))[0], 404);
  const key = { name: "a", application: hidden.id };
  assert.equal((await told("POST", "/api/v1/auth/key", key))[0], 404);
  for (const name of ["shops", (endpoint as { id: string }).id]) {
    assert.equal((await told("GET", `${path}/${name}`))[0], 404);
  }
  const stranger = await tokenOf("org_2");
  assert.deepEqual(await told("GET", path, undefined, stranger), [200, none]);
  assert.equal((await told("GET", `${path}/main`, undefined, stranger))[0], 404);
});

test("what was sent to an operational endpoint is listed", async (t) => {
  const { told, controlReader, backend } = await open(t);
  await told("POST", path, { url, uid: "main" });
  const application = controlReader.operationalApplication("org_1");
  assert.ok(application !== undefined);
  const endpoint = controlReader.endpoint(application.key, "main");
  assert.ok(endpoint !== undefined);
  const message = { atMs: Date.UTC(2026, 10, 22), jobDb: 1, row: 1, nonce: 1 };
  backend.attempts.push({
    address: { ...message, nonce: 2 },
    message,
    eventType: "endpoint.created",
    channels: undefined,
    delivery: 65_536,
    endpoint: endpoint.key,
    round: 0,
    number: 1,
    trigger: "scheduled",
    url,
    statusCode: 204,
    durationMs: 3,
    response: new Uint8Array(),
    settlement: "delivered",
    retryAtMs: undefined,
  });
  const [status, page] = await told("GET", `${path}/main/attempt?status=0`);
  assert.equal(status, 200);
  const { data } = page as { data: Record<string, unknown>[] };
  assert.equal(data.length, 1);
  assert.deepEqual([data[0]?.["endpointId"], data[0]?.["status"]], [endpoint.id, 0]);
});
