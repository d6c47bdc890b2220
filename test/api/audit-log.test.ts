/** Every operation of the OpenAPI document, as the audit log has it. */
import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { openApiOf } from "../../src/api/openapi.ts";
import { LdbReader } from "../../src/control/ldb-reader.ts";
import { SqliteControlWriter } from "../../src/control/sqlite-control-writer.ts";
import { scratchControl } from "../conformance/scratch-control.ts";
import { authorizationTable } from "./authorization-table.ts";
import { createTestApi, tokenOf } from "./test-api.ts";

interface Operation {
  readonly id: string;
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly path: string;
}

/** The data plane: what was accepted says itself what, when and for whom, and an attempt what it was answered. */
const unaudited = new Set(["v1.message.create", "v1.message.create-batch", "v1.arrival.answer"]);

/** Operations that tell a secret though they change nothing. */
const tells = new Set([
  "v1.endpoint.get-secret",
  "v1.operational-webhook.endpoint.get-secret",
  "v1.authentication.app-portal-access",
]);

/** There is no attempt here, no erasure and nothing that waits for an answer, so these are 404. */
const undone = new Set([
  "v1.message-attempt.get",
  "v1.message-attempt.expunge-content",
  "v1.erasure.get",
  "v1.arrival.answer",
]);

const operations = await allOperations();

async function allOperations(): Promise<readonly Operation[]> {
  const { server } = await createTestApi();
  const { paths } = await openApiOf(server);
  await server.close();
  return Object.entries(paths ?? {}).flatMap(([path, methods]) =>
    Object.entries(methods ?? {}).map(([method, operation]) => ({
      id: String((operation as Readonly<Record<string, unknown>>)["operationId"]),
      method: method.toUpperCase() as Operation["method"], // HTTP's
      path,
    })),
  );
}

/** One of each kind of row, with the organisation's own names. */
async function createWorld(t: TestContext) {
  const { files, sources } = scratchControl(t);
  const controlWriter = new SqliteControlWriter(files, sources, () => {});
  const controlReader = new LdbReader(files.ldbPath, { ...sources, generation: undefined });
  const api = await createTestApi({
    controlWriter,
    controlReader,
    auditLog: controlWriter,
    erasures: controlWriter,
  });
  t.after(async () => {
    await api.server.close();
    controlReader.close();
    controlWriter.close();
  });
  const made = async (path: string, body: unknown) =>
    (await api.ask("POST", path, body)).json<{ readonly id: string; readonly token: string }>();
  const application = await made("/api/v1/app", { name: "Shop", uid: "shop" });
  const endpoint = await made("/api/v1/app/shop/endpoint", { url: "https://a.example/", uid: "e" });
  const own = { url: "https://own.example/", uid: "own" };
  const operational = await made("/api/v1/operational-webhook/endpoint", own);
  await made("/api/v1/event-type", { name: "order.made", description: "Made" });
  const { id: key } = await made("/api/v1/auth/key", { name: "CI" });
  const task = await made("/api/v1/app/shop/endpoint/e/recover", { since: "2020-01-01T00:00:00Z" });
  const message = { eventType: "order.made", payload: { marker: 1 } };
  const { id: messageId } = await made("/api/v1/app/shop/msg", message);
  return { ...api, controlWriter, application, endpoint, operational, key, task, messageId };
}

type World = Awaited<ReturnType<typeof createWorld>>;

async function entriesOf(world: World) {
  type Entry = Readonly<
    Record<"id" | "operation" | "outcome" | "application" | "client", string>
  > & {
    readonly subjects: Readonly<Record<string, string>>;
  };
  return (await world.ask("GET", "/api/v1/audit-log?limit=250")).json<{ readonly data: Entry[] }>()
    .data;
}

function urlOf(world: World, path: string): string {
  return path
    .replace("{app_id}", "shop")
    .replace("/operational-webhook/endpoint/{endpoint_id}", "/operational-webhook/endpoint/own")
    .replace("{endpoint_id}", "e")
    .replace("{event_type_name}", "order.made")
    .replace("{msg_id}", world.messageId)
    .replace("{attempt_id}", `atmpt_${"1".repeat(27)}`)
    .replace("{task_id}", world.task.id)
    .replace("{key_id}", world.key)
    .replace("{erasure_id}", `erase_${"1".repeat(27)}`);
}

for (const operation of operations) {
  const { id, method, path } = operation;
  const isAudited = (method !== "GET" && !unaudited.has(id)) || tells.has(id);
  test(`${id} leaves ${isAudited ? "an entry" : "no entry"} in the audit log`, async (t) => {
    const world = await createWorld(t);
    if (id === "v1.endpoint.resume") {
      await world.ask("POST", "/api/v1/app/shop/endpoint/e/pause");
    }
    const before = await entriesOf(world);
    const isLogout = id.startsWith("logout");
    const token = isLogout ? await tokenOf("org_1", world.application.id) : world.token;
    const body = bodyOf(id);
    const query = authorizationTable[id]?.query ?? "";
    const answer = await world.ask(method, `${urlOf(world, path)}${query}`, body, token);
    const added = (await entriesOf(world)).slice(0, -before.length);
    if (undone.has(id)) {
      assert.equal(answer.statusCode, 404);
      assert.deepEqual(added, []);
      return;
    }
    assert.ok(answer.statusCode < 300, `${answer.statusCode} ${answer.body}`);
    if (!isAudited) {
      assert.deepEqual(added, []);
      return;
    }
    const [entry] = added;
    assert.ok(entry !== undefined && added.length === 1, `one entry, not ${added.length}`);
    assert.equal(entry.operation, id);
    assert.equal(entry.client, "127.0.0.1");
    const isAboutShop = path.includes("{app_id}");
    if (isAboutShop) assert.equal(entry.application, world.application.id);
    for (const secret of secretsIn(answer.body)) {
      assert.ok(!JSON.stringify(entry).includes(secret), "a secret is told to nobody else");
    }
  });
}

/** Another one than what was made, so that it does something. */
function bodyOf(id: string): unknown {
  if (id === "v1.event-type.create") return { name: "order.paid", description: "Paid" };
  if (id === "v1.endpoint.send-example") return { eventType: "order.made" };
  if (id === "v1.erasure.create") return { application: "shop" };
  if (id === "patch_event_type") return { description: "Changed" };
  if (id.endsWith("headers")) return { headers: { "x-a": "secret-header-value" } };
  return authorizationTable[id]?.body;
}

function secretsIn(body: string): readonly string[] {
  return body.match(/whsec_[\w+/=]+|pk_\w{45}|ey\w+\.[\w-]+\.[\w-]+/g) ?? [];
}

test("a key's secret that is told again, as its request was repeated, is in the audit log again", async (t) => {
  const world = await createWorld(t);
  const before = (await entriesOf(world)).length;
  const create = () =>
    world.server.inject({
      method: "POST",
      url: "/api/v1/auth/key",
      headers: { authorization: `Bearer ${world.token}`, "idempotency-key": "one" },
      payload: { name: "second" },
    });
  assert.equal((await create()).body, (await create()).body);
  const added = (await entriesOf(world)).slice(0, -before);
  assert.deepEqual(
    added.map(({ operation, outcome }) => [operation, outcome]),
    [
      ["v1.api-key.create", "told"],
      ["v1.api-key.create", "done"],
    ],
  );
});

test("what fails after it was asked for is in the audit log as failed", async (t) => {
  const world = await createWorld(t);
  world.backend.failWith("overloaded");
  const url = `/api/v1/app/shop/msg/${world.messageId}/content`;
  assert.equal((await world.ask("DELETE", url)).statusCode, 503);
  const [failed, asked] = await entriesOf(world);
  assert.deepEqual([asked?.outcome, failed?.outcome], ["asked", "failed"]);
  assert.equal(failed?.subjects["msg_id"], world.messageId);
});

test("a page of the audit log leads to the next and back, and filters narrow it", async (t) => {
  const world = await createWorld(t);
  const page = async (query: string) =>
    (await world.ask("GET", `/api/v1/audit-log?${query}`)).json<{
      readonly data: readonly { readonly id: string; readonly operation: string }[];
      readonly iterator: string;
      readonly prevIterator: string;
      readonly done: boolean;
    }>();
  const first = await page("limit=2");
  const second = await page(`limit=2&iterator=${first.iterator}`);
  assert.equal(Number(first.data[1]?.id) - Number(second.data[0]?.id), 1);
  assert.deepEqual((await page(`limit=2&iterator=${second.prevIterator}`)).data, first.data);
  const keys = await page("operation=v1.api-key.create");
  assert.deepEqual(
    keys.data.map(({ operation }) => operation),
    ["v1.api-key.create"],
  );
  const ofShop = await page(`application=${world.application.id}`);
  assert.equal(ofShop.data.length, 3); // itself, its endpoint, the task
  assert.deepEqual((await page("until=2000-01-01T00:00:00Z")).data, []);
  const stranger = await tokenOf("org_2");
  const foreign = await world.ask("GET", "/api/v1/audit-log", undefined, stranger);
  assert.deepEqual(foreign.json<{ readonly data: unknown[] }>().data, []);
});
