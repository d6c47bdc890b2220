/** Every POST of the OpenAPI document, repeated with its `Idempotency-Key`. */
import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import type { LightMyRequestResponse } from "fastify";
import { createToken } from "../../src/api/create-token.ts";
import { openApiOf } from "../../src/api/openapi.ts";
import { LdbReader } from "../../src/control/ldb-reader.ts";
import { SqliteControlWriter } from "../../src/control/sqlite-control-writer.ts";
import { scratchControl } from "../conformance/scratch-control.ts";
import { onceTable, type Row, stateOf } from "./once-table.ts";
import { startMs } from "./in-memory-backend.ts";
import { createTestApi, jwtKeys, tokenOf } from "./test-api.ts";

/** An organisation with the application `shop`, its endpoint `main` and a task on that, over a real control store. */
async function createWorld(t: TestContext) {
  const { files, sources } = scratchControl(t);
  const controlWriter = new SqliteControlWriter(files, sources, () => {});
  const controlReader = new LdbReader(files.ldbPath, {
    ...sources,
    generation: undefined,
  });
  const api = await createTestApi({ controlWriter, controlReader, erasures: controlWriter });
  t.after(async () => {
    await api.server.close();
    controlReader.close();
    controlWriter.close();
  });
  const made = await api.ask("POST", "/api/v1/app", { name: "Shop", uid: "shop" });
  await api.ask("POST", "/api/v1/app/shop/endpoint", { url: "https://a.example/", uid: "main" });
  await api.ask("POST", "/api/v1/operational-webhook/endpoint", {
    url: "https://own.example/",
    uid: "own",
  });
  for (const name of ["order.made", "order.paid"]) {
    await api.ask("POST", "/api/v1/event-type", { name, description: name });
  }
  const kept = { eventType: "order.made", payload: { kept: true }, eventId: "kept" };
  await api.ask("POST", "/api/v1/app/shop/msg", kept);
  const since = { since: "2020-01-01T00:00:00Z" };
  const begun = await api.ask("POST", "/api/v1/app/shop/endpoint/main/recover", since);
  const task = begun.json<{ id: string }>().id;
  const ownToken = await tokenOf("org_1", made.json<{ id: string }>().id);
  return { ...api, controlWriter, controlReader, ownToken, task };
}

type World = Awaited<ReturnType<typeof createWorld>>;

function asker(world: World, { path, application }: Row) {
  const token = application === undefined ? world.token : world.ownToken;
  return (body: unknown, key: string, url = path): Promise<LightMyRequestResponse> =>
    world.server.inject({
      method: "POST",
      url: url.replace("{task}", world.task),
      headers: {
        authorization: `Bearer ${token}`,
        "idempotency-key": key,
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
      ...(body === undefined
        ? {}
        : { payload: typeof body === "string" ? body : JSON.stringify(body) }),
    });
}

test("every POST has a row of the table that says how it is repeated, and tells of the header", async () => {
  const { server } = await createTestApi();
  const { paths } = await openApiOf(server);
  await server.close();
  const ids: string[] = [];
  for (const methods of Object.values(paths ?? {})) {
    const operation = (methods as { readonly post?: Operation } | undefined)?.post; // an OpenAPI path item
    if (operation === undefined) continue;
    ids.push(String(operation.operationId));
    const header = operation.parameters?.find(({ name }) => name === "idempotency-key");
    assert.equal(header?.in, "header", operation.operationId);
    assert.notEqual(header?.required, true);
  }
  assert.deepEqual(ids.toSorted(), Object.keys(onceTable).toSorted());
});

interface Operation {
  readonly operationId?: string;
  readonly parameters?: {
    readonly name?: string;
    readonly in?: string;
    readonly required?: boolean;
  }[];
}

for (const [id, row] of Object.entries(onceTable)) {
  test(`${id} takes effect once for a key and is answered the same whatever is sent again`, async (t) => {
    const world = await createWorld(t);
    const ask = asker(world, row);
    const before = await stateOf(world, world.ownToken);
    const first = await ask(row.body, "key 1");
    assert.equal(first.statusCode, row.status, first.body);
    const after = await stateOf(world, world.ownToken);
    if (row.isWithoutEffect !== true) assert.notDeepEqual(after, before);
    const [path = "", query] = row.path.split("?");
    const again = [
      await ask(row.body, "key 1"),
      await ask(row.otherBody, "key 1"),
      await ask(row.body === undefined ? undefined : { no: "field of it" }, "key 1"),
      await ask(row.body === undefined ? undefined : "[{no JSON", "key 1"),
      await ask(row.body, "key 1", `${path}/${query === undefined ? "" : `?${query}`}`),
      await ask(row.body, "key 1", `${path}?get_if_exists=neither`),
    ];
    for (const answer of again) {
      assert.equal(answer.statusCode, first.statusCode, answer.body);
      assert.equal(answer.body, first.body);
      assert.equal(answer.headers["content-type"], first.headers["content-type"]);
    }
    assert.deepEqual(await stateOf(world, world.ownToken), after);
  });

  test(`${id} takes effect again for another key, but for what it has ended`, async (t) => {
    const world = await createWorld(t);
    const ask = asker(world, row);
    const first = await ask(row.body, "key 1");
    assert.equal(first.statusCode, row.status, first.body);
    const other = await ask(row.otherBody, "key 2");
    if (row.application !== undefined) assert.equal(other.statusCode, 401);
    else {
      assert.equal(other.statusCode, row.status, other.body);
      if (row.status !== 204 && row.saysNothing !== true) assert.notEqual(other.body, first.body);
    }
  });

  test(`${id} of twins with one key happens once`, async (t) => {
    const world = await createWorld(t);
    const ask = asker(world, row);
    const answers = await Promise.all([
      ask(row.body, "key 1"),
      ask(row.otherBody, "key 1"),
      ask(row.body, "key 1"),
    ]);
    const [first] = answers;
    const state = await stateOf(world, world.ownToken);
    assert.deepEqual(
      answers.map(({ statusCode, body }) => [statusCode, body]),
      answers.map(() => [row.status, first.body]),
    );
    await ask(row.body, "key 1");
    assert.deepEqual(await stateOf(world, world.ownToken), state);
  });

  test(`${id} refuses a wrong key and does nothing`, async (t) => {
    const world = await createWorld(t);
    const ask = asker(world, row);
    const before = await stateOf(world, world.ownToken);
    for (const key of ["", "a".repeat(257), "tab\there", "schlüssel"]) {
      const answer = await ask(row.body, key);
      assert.equal(answer.statusCode, 422, answer.body);
      const [wrong] = answer.json<{ detail: { loc: string[]; type: string }[] }>().detail;
      assert.deepEqual([wrong?.loc, wrong?.type], [["header", "idempotency-key"], "value_error"]);
    }
    assert.deepEqual(await stateOf(world, world.ownToken), before);
    assert.equal((await ask(row.body, "~ ".repeat(128))).statusCode, row.status);
  });
}

test("a body that can't be read is refused as ever if nothing is kept for the key", async (t) => {
  const world = await createWorld(t);
  for (const [id, row] of Object.entries(onceTable)) {
    if (row.body === undefined) continue;
    const answer = await asker(world, row)("[{no JSON", "key 1");
    assert.equal(answer.statusCode, 400, id);
    assert.equal(answer.json<{ code: string }>().code, "invalid_json");
    assert.equal((await asker(world, row)(row.body, "key 1")).statusCode, row.status, id);
  }
});

test("keys are the organisation's, the path's and the token's application's own", async (t) => {
  const world = await createWorld(t);
  const { server, token, ownToken } = world;
  await world.ask("POST", "/api/v1/app", { name: "Other", uid: "other" });
  const otherOrganization = await tokenOf("org_2");
  const create = async (bearer: string, url: string, payload: object): Promise<string> => {
    const headers = { authorization: `Bearer ${bearer}`, "idempotency-key": "k" };
    const answer = await server.inject({ method: "POST", url, headers, payload });
    assert.equal(answer.statusCode, 201, answer.body);
    return answer.json<{ id: string }>().id;
  };
  const endpoint = { url: "https://one.example/" };
  const ids = [
    await create(token, "/api/v1/app", { name: "a" }),
    await create(otherOrganization, "/api/v1/app", { name: "a" }),
    await create(token, "/api/v1/app/shop/endpoint", endpoint),
    await create(token, "/api/v1/app/other/endpoint", endpoint),
    await create(ownToken, "/api/v1/app/shop/endpoint", endpoint),
  ];
  assert.equal(new Set(ids).size, ids.length);
  // A fresh token of the same organisation is the same producer.
  const renewed = await createToken(jwtKeys, {
    organization: "org_1",
    application: undefined,
    nowMs: startMs + 1000,
    expiresInSeconds: 60,
  });
  assert.notEqual(renewed, token);
  assert.equal(await create(renewed, "/api/v1/app", { name: "b" }), ids[0]);
});

test("a refused request may be corrected and sent under the same key", async (t) => {
  const world = await createWorld(t);
  const { backend } = world;
  const ask = asker(world, onceTable["v1.message.create"] ?? assert.fail());
  assert.equal((await ask({ eventType: "order.made" }, "k")).statusCode, 422);
  backend.failWith("overloaded");
  const message = { eventType: "order.made", payload: {}, eventId: "evt-9" };
  assert.equal((await ask(message, "k")).statusCode, 503);
  backend.failWith(undefined);
  assert.equal((await ask(message, "k")).statusCode, 202);
  assert.equal((await ask(message, "other")).statusCode, 409);
  assert.equal((await ask({ ...message, eventId: "evt-10" }, "other")).statusCode, 202);
  assert.equal(backend.accepted.length, 3, "the one kept before, and two");
});

test("an answer stays as it was when the thing itself has changed or gone", async (t) => {
  const world = await createWorld(t);
  for (const id of ["v1.endpoint.create", "v1.message.create", "v1.message.create-batch"]) {
    const ask = asker(world, onceTable[id] ?? assert.fail());
    const first = await ask(onceTable[id]?.body, id);
    assert.ok(first.statusCode < 300, first.body);
    await world.ask("PATCH", "/api/v1/app/shop", { name: `Renamed ${id}` });
    assert.equal((await ask({}, id)).body, first.body);
  }
  const rows = ["v1.endpoint.create", "v1.message.create", "v1.message.create-batch"];
  const before = await Promise.all(
    rows.map((id) => asker(world, onceTable[id] ?? assert.fail())({}, id)),
  );
  await world.ask("DELETE", "/api/v1/app/shop");
  for (const [index, id] of rows.entries()) {
    const answer = await asker(world, onceTable[id] ?? assert.fail())({}, id);
    assert.deepEqual(
      [answer.statusCode, answer.body],
      [before[index]?.statusCode, before[index]?.body],
    );
  }
});

test("an API key logs itself out once, and is told so again, while any other request of it is refused", async (t) => {
  const world = await createWorld(t);
  const made = await world.ask("POST", "/api/v1/auth/key", { name: "a", application: "shop" });
  const { token } = made.json<{ token: string }>();
  const logout = async (key?: string): Promise<number> => {
    const headers = {
      authorization: `Bearer ${token}`,
      ...(key === undefined ? {} : { "idempotency-key": key }),
    };
    const answer = await world.server.inject({
      method: "POST",
      url: "/api/v1/auth/logout",
      headers,
    });
    return answer.statusCode;
  };
  assert.equal(await logout("k"), 204);
  assert.equal(await logout("k"), 204);
  assert.equal(await logout("other"), 401);
  assert.equal(await logout(), 401);
  const read = await world.ask("GET", "/api/v1/app/shop", undefined, token);
  assert.equal(read.statusCode, 401);
});

test("a message without its content is answered without it again", async (t) => {
  const world = await createWorld(t);
  const row = onceTable["v1.message.create"] ?? assert.fail();
  const ask = asker(world, row);
  const first = await ask(row.body, "k", `${row.path}?with_content=false`);
  assert.deepEqual(first.json<{ payload: unknown }>().payload, {});
  assert.equal((await ask(row.body, "k")).body, first.body);
});

test("a batch of which everything was refused takes effect once, too", async (t) => {
  const world = await createWorld(t);
  const row = onceTable["v1.message.create-batch"] ?? assert.fail();
  const ask = asker(world, row);
  const first = await ask([{}], "k");
  assert.equal(first.statusCode, 202);
  assert.equal((await ask(row.body, "k")).body, first.body);
  assert.equal(world.backend.accepted.length, 1, "the one that was there before");
});
