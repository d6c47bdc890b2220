/** Every operation of the OpenAPI document × everybody who may ask. */
import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import type { LightMyRequestResponse } from "fastify";
import { LdbReader } from "../../src/control/ldb-reader.ts";
import { SqliteControlWriter } from "../../src/control/sqlite-control-writer.ts";
import { scratchControl } from "../conformance/scratch-control.ts";
import { openApiOf } from "../../src/api/openapi.ts";
import { createToken } from "../../src/api/create-token.ts";
import { authorizationTable, readersMay, type Row } from "./authorization-table.ts";
import { startMs } from "./in-memory-backend.ts";
import { createTestApi, jwtKeys, tokenOf } from "./test-api.ts";

interface Operation {
  readonly id: string;
  readonly method: "GET" | "POST" | "DELETE";
  readonly path: string;
  readonly scope: unknown;
}

const operations = await allOperations();

async function allOperations(): Promise<readonly Operation[]> {
  const { server } = await createTestApi();
  const { paths } = await openApiOf(server);
  await server.close();
  return Object.entries(paths ?? {}).flatMap(([path, methods]) =>
    Object.entries(methods ?? {}).map(([method, operation]: [string, Json]) => ({
      id: String(operation["operationId"]),
      method: method.toUpperCase() as Operation["method"], // or another of HTTP's, which is passed on alike
      path,
      scope: operation["x-scope"],
    })),
  );
}

type Json = Readonly<Record<string, unknown>>;

test("every operation has a row of the table that says who may do it", () => {
  for (const { id, scope } of operations) {
    const row = authorizationTable[id];
    assert.ok(row !== undefined, `${id} has a row in test/api/authorization-table.ts`);
    assert.equal(scope ?? "anybody", row.scope, id);
  }
});

for (const operation of operations) {
  const row = authorizationTable[operation.id];
  if (row === undefined) continue; // the test above says so
  test(`${operation.id} is answered as the table says, whoever asks`, (t) =>
    check(t, operation, row));
}

/** A server with two applications of `org_1`, an endpoint of the first, and an event type. */
async function createWorld(t: TestContext) {
  const { files, sources } = scratchControl(t);
  const controlWriter = new SqliteControlWriter(files, sources, () => {});
  const controlReader = new LdbReader(files.ldbPath, { ...sources, generation: undefined });
  const api = await createTestApi({ controlWriter, controlReader, erasures: controlWriter });
  t.after(async () => {
    await api.server.close();
    controlReader.close();
    controlWriter.close();
  });
  const ids: string[] = [];
  for (const uid of ["own", "other"]) {
    const answer = await api.ask("POST", "/api/v1/app", { name: uid, uid });
    ids.push(answer.json<{ id: string }>().id);
  }
  const [own = "", other = ""] = ids;
  const made = await api.ask("POST", `/api/v1/app/${own}/endpoint`, { url: "https://a.example/" });
  const eventType = { name: "order.paid", description: "Paid" };
  await api.ask("POST", "/api/v1/event-type", eventType);
  return { ...api, controlWriter, own, other, endpoint: made.json<{ id: string }>().id };
}

type World = Awaited<ReturnType<typeof createWorld>>;

/** The operation, asked with the first application in the path. */
function asker(world: World, { method, path }: Operation, { body, query = "" }: Row) {
  const url = path
    .replace("{app_id}", world.own)
    .replace("{endpoint_id}", world.endpoint)
    .replace("{event_type_name}", "order.paid")
    .replace("{msg_id}", `msg_${"1".repeat(27)}`)
    .replace("{attempt_id}", `atmpt_${"1".repeat(27)}`)
    .replace("{task_id}", `qtask_${"1".repeat(27)}`)
    .replace("{key_id}", `key_${"1".repeat(27)}`)
    .replace("{erasure_id}", `erase_${"1".repeat(27)}`);
  return (token: string | undefined): Promise<LightMyRequestResponse> =>
    world.server.inject({
      method,
      url: `${url}${query}`,
      headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
      ...(body === undefined ? {} : { payload: body as object }), // the table has nothing else
    });
}

async function check(t: TestContext, operation: Operation, row: Row): Promise<void> {
  const world = await createWorld(t);
  const ask = asker(world, operation, row);
  const status = async (token: string | undefined) => (await ask(token)).statusCode;

  const isOpen = row.scope === "anybody";
  for (const [who, token] of Object.entries(await invalidTokens(world))) {
    assert.equal(await status(token), isOpen ? row.otherOrganization : 401, who);
  }

  const otherOrganization = await tokenOf("org_2");
  assert.equal(await status(otherOrganization), row.otherOrganization, "another organisation");

  const expected = isOpen ? row.otherOrganization : await expectedOfOther(t, operation, row);
  const otherApplication = await tokenOf("org_1", world.other);
  if (!isOpen) await checkReaders(t, operation, row, expected);
  if (operation.id === "logout_api_v1_auth_logout__post") {
    assert.equal(await status(otherApplication), 204, "its own token is all it can log out");
    assert.equal(await status(otherApplication), 401);
    return;
  }
  assert.equal(await status(otherApplication), expected, "another application");
  // The same id in another organisation is not this one.
  const stranger = await tokenOf("org_2", world.own);
  const isAnyApplications = row.scope === "application" && !operation.path.includes("{app_id}");
  const expectedOfStranger = isAnyApplications ? row.otherOrganization : expected;
  assert.equal(await status(stranger), expectedOfStranger, "an organisation's made-up application");

  const allowed = await statusForOrganization(t, operation, row);
  assert.ok(allowed !== 401 && allowed !== 403 && allowed < 500, `${allowed} to the organisation`);
  const ownApplication = await tokenOf("org_1", world.own);
  const expectedOfOwn = row.scope === "organization" ? 403 : allowed;
  assert.equal(await status(ownApplication), expectedOfOwn, "the application itself");
}

/** Tokens that only read, in worlds of their own: what they may do changes nothing, but a logout. */
async function checkReaders(
  t: TestContext,
  operation: Operation,
  row: Row,
  expectedOfOther: number,
): Promise<void> {
  const world = await createWorld(t);
  const ask = asker(world, operation, row);
  const may = readersMay.has(operation.id);
  const other = await ask(await readerOf(world.other));
  const isAbout = operation.path.includes("{app_id}");
  const own = await ask(await readerOf(world.own));
  const isLogout = operation.id === "logout_api_v1_auth_logout__post";
  const allowed = isLogout ? 204 : await statusForOrganization(t, operation, row);
  assert.equal(own.statusCode, may ? allowed : 403, "a reader of the application");
  const refusedOfOther = isAbout || may ? expectedOfOther : 403;
  assert.equal(other.statusCode, isLogout ? 204 : refusedOfOther, "a reader of another one");
}

function readerOf(application: string): Promise<string> {
  const request = { organization: "org_1", application, onlyReads: true, nowMs: startMs };
  return createToken(jwtKeys, { ...request, expiresInSeconds: undefined });
}

async function expectedOfOther(t: TestContext, operation: Operation, row: Row): Promise<number> {
  if (row.scope === "organization") return 403;
  return operation.path.includes("{app_id}") ? 404 : statusForOrganization(t, operation, row);
}

/** In a world of its own, as it may change something. */
async function statusForOrganization(
  t: TestContext,
  operation: Operation,
  row: Row,
): Promise<number> {
  const world = await createWorld(t);
  return (await asker(world, operation, row)(world.token)).statusCode;
}

async function invalidTokens(world: World): Promise<Record<string, string | undefined>> {
  const request = { organization: "org_1", application: undefined, nowMs: startMs };
  const { controlWriter } = world;
  const loggedOut = await tokenOf("org_1", world.own);
  await controlWriter.revokeToken(loggedOut.slice(0, loggedOut.lastIndexOf(".")), undefined);
  const key = { name: "CI", application: undefined };
  const deleted = await controlWriter.createApiKey("org_1", { ...key, expiresAtMs: undefined });
  await controlWriter.deleteApiKey("org_1", deleted.apiKey.id);
  const expired = await controlWriter.createApiKey("org_1", { ...key, expiresAtMs: startMs });
  return {
    "no token": undefined,
    "a bad signature": `${world.token.slice(0, -10)}${"A".repeat(10)}`,
    "an expired token": await createToken(jwtKeys, {
      ...request,
      nowMs: startMs - 3_600_000,
      expiresInSeconds: 60,
    }),
    "a logged-out token": loggedOut,
    "a deleted key": deleted.secret,
    "an expired key": expired.secret,
  };
}
