/**
 * Every operation of Svix's contract against the real program, by a second client that shares nothing with the SDKs: requests
 * are made from the contract, and every answer's status and body are validated against it.
 */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { svixContract } from "../api/contract.ts";
import { type Answer, ContractClient, parametersOf } from "./contract-client.ts";
import { ContractSchemas } from "./contract-schemas.ts";
import { PathReceiver } from "./path-receiver.ts";
import { makeScratchFolder, type ScratchFolder } from "./scratch-folder.ts";
import { issueToken, startServer, type ServerProcess } from "./server-process.ts";
import { within } from "./within.ts";

const contract = await svixContract();
const schemas = new ContractSchemas(contract);
const ids = Object.keys(contract.operations);
const receiver = new PathReceiver();
let folder: ScratchFolder;
let server: ServerProcess;
let client: ContractClient;

before(async () => {
  folder = makeScratchFolder("contract");
  await receiver.start();
  const settings = {
    dataFolder: folder.path,
    listen: "127.0.0.1:0",
    jwtSecret: "the contract's secret of 32 bytes or more",
    retrySchedule: [3_600],
    attemptTimeoutSeconds: 15,
  };
  const token = await issueToken(settings);
  server = await startServer(settings);
  const { address } = server;
  client = new ContractClient({ contract, address, token, endpointUrl: receiver.url("/hook") });
});

after(async () => {
  await server.end("SIGTERM");
  receiver.stop();
  folder.remove();
});

/** Health asks for no token, whatever the contract says of its answers. */
const tokenless = ["v1.health.get"];
/** Makes whatever its path names, so there is nothing that it would not find. */
const neverLost = ["v1.event-type.update"];
/** The contract tells no success of these; there is nothing to tell but that it is done. */
const silent = ["v1.message.expunge-content", "v1.message-attempt.expunge-content"];

/** Of a contract's path, in characters, at the most. */
const longestPath = 1_000;

/** Names that nothing has, in the form of those that are given out. */
const strangers: Readonly<Record<string, string>> = {
  app_id: `app_${"0".repeat(27)}`,
  event_type_name: "never.made",
};

test("every operation of the contract is driven, and answers as the contract says", async (t) => {
  const driven = new Set<string>();
  for (;;) {
    const id = nextOf(ids.filter((each) => !driven.has(each)));
    if (id === undefined) break;
    driven.add(id);
    await t.test(id, async () => drive(id));
  }
  assert.deepEqual([...driven].toSorted(), ids.toSorted());
});

/** What makes things comes first, what takes them away last, the innermost of them before. */
function nextOf(waiting: readonly string[]): string | undefined {
  const next = waiting
    .toSorted((left, right) => rankOf(left) - rankOf(right))
    .find((id) => client.isReady(id));
  assert.ok(
    next !== undefined || waiting.length === 0,
    `no answer has told what ${waiting.join(", ")} need`,
  );
  return next;
}

function rankOf(id: string): number {
  const { method, path } = client.operation(id);
  if (method === "post") return 0;
  return method === "delete" ? longestPath - path.length : 1;
}

async function drive(id: string): Promise<void> {
  await refuse(id);
  const { query, answers, method, body } = client.operation(id);
  const sent = client.fullBody(id);
  if (body !== undefined) assert.deepEqual(schemas.wrongsOf(body, sent), []);
  const first = await client.ask(id, { body: sent });
  assertAnswer(id, first);
  if (id === "v1.message.create") await untilAttempted();
  if (Object.keys(query).length > 0) {
    const again = await client.ask(id, {
      query: client.fullQuery(id),
      body: client.leastBody(id),
    });
    assertAnswer(id, again);
    if ("iterator" in query) await turnPages(id, again);
  }
  // By its uid or its name, what is made is there already.
  if (method === "post" && "201" in answers) assertProblem(id, await client.ask(id), 409);
}

/** What the contract says of requests that can't be fulfilled. */
async function refuse(id: string): Promise<void> {
  const operation = client.operation(id);
  if (tokenless.includes(id)) return;
  assertProblem(id, await client.ask(id, { token: null }), 401);
  const [outermost] = parametersOf(operation);
  if (outermost !== undefined && !neverLost.includes(id)) {
    const params = { [outermost]: strangers[outermost] ?? "" };
    assertProblem(id, await client.ask(id, { params, body: client.leastBody(id) }), 404);
  }
  if (operation.body !== undefined) {
    assertProblem(id, await client.ask(id, { body: "no object" }), 422);
  }
  if ("limit" in operation.query) {
    assertProblem(id, await client.ask(id, { query: { limit: "many" } }), 422);
  }
}

/** @param answer a page of one item */
async function turnPages(id: string, answer: Answer): Promise<void> {
  const { iterator, prevIterator } = answer.body as Record<string, string>; // validated
  for (const next of [iterator, prevIterator]) {
    assert.equal(typeof next, "string", id);
    const query = { ...client.fullQuery(id), iterator: String(next) };
    assertAnswer(id, await client.ask(id, { query }), "even without items");
  }
}

function assertAnswer(
  id: string,
  { status, body }: Answer,
  items: "with items" | "even without items" = "with items",
): void {
  const { answers } = client.operation(id);
  const expected: typeof answers = silent.includes(id) ? { 204: null } : answers;
  const told = `${id} answers ${status} ${JSON.stringify(body)}`;
  assert.ok(String(status) in expected, told);
  const schema = expected[String(status)] ?? null;
  if (schema === null) {
    assert.equal(body, undefined, told);
    return;
  }
  assert.deepEqual(schemas.wrongsOf(schema, body), [], told);
  if (!schema.startsWith("ListResponse_") || items === "even without items") return;
  // Without an item nothing would have been validated of what is listed.
  assert.ok((body as { readonly data: readonly unknown[] }).data.length > 0, told);
}

function assertProblem(
  id: string,
  { status, body }: Answer,
  expected: 401 | 404 | 409 | 422,
): void {
  const told = `${id} answers ${status} ${JSON.stringify(body)}`;
  assert.equal(status, expected, told);
  const schema = expected === 422 ? "HTTPValidationError" : "HttpErrorOut";
  assert.deepEqual(schemas.wrongsOf(schema, body), [], told);
}

/** Until the first message's attempt has arrived and is recorded. */
async function untilAttempted(): Promise<void> {
  await receiver.requests("/hook", 1);
  const recorded = async (): Promise<void> => {
    for (;;) {
      const { body } = await client.ask("v1.message-attempt.list-by-msg");
      if ((body as { readonly data: readonly unknown[] }).data.length > 0) return;
    }
  };
  await within(recorded(), 20_000, "the record of the attempt");
}
