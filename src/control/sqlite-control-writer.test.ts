import assert from "node:assert/strict";
import { openSync, closeSync, statSync, writeSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import { newApplication, newEndpoint } from "../../test/conformance/new-control-rows.ts";
import { scratchControl } from "../../test/conformance/scratch-control.ts";
import { endpointKeyOf } from "../core/ids.ts";
import { limits } from "../core/limits.ts";
import { migrate } from "../sqlite/migrate.ts";
import { controlMigrations } from "./control-migrations.ts";
import { changedEndpointOf, type ControlChange } from "./control-change.ts";
import { LdbReader } from "./ldb-reader.ts";
import { SqliteControlWriter } from "./sqlite-control-writer.ts";

/** Overwrites all of a file behind its first page, which holds the schema. */
function spoil(path: string): void {
  const file = openSync(path, "r+");
  const bytes = Buffer.alloc(statSync(path).size - 4096, 0xff);
  writeSync(file, bytes, 0, bytes.length, 4096);
  closeSync(file);
}

test("ids and instants are of the given time and randomness", async (t) => {
  const { files, sources, clock } = scratchControl(t);
  const writer = new SqliteControlWriter(files, sources, () => {});
  t.after(() => writer.close());
  const { application } = await writer.createApplication("org", newApplication(), false);
  assert.equal(application.createdAtMs, clock.atMs);
  assert.equal(application.id, "app_2YBXZHqCHEdmi7E1Lp3eBh2pt0y");
  clock.atMs += 1000;
  const endpoint = await writer.createEndpoint(application.key, newEndpoint());
  assert.equal(endpoint.createdAtMs, clock.atMs);
  await writer.disableEndpoint(endpoint.key);
});

test("changes are told with their endpoint when they can be read", async (t) => {
  const { files, sources } = scratchControl(t);
  const told: ControlChange[] = [];
  const writer = new SqliteControlWriter(files, sources, (changes) => {
    told.push(...changes);
    const reader = new LdbReader(files.ldbPath, { ...sources, generation: undefined });
    for (const endpoint of changes.map(changedEndpointOf)) {
      if (endpoint !== undefined) assert.equal(reader.find(endpoint)?.endpoint, endpoint);
    }
    reader.close();
  });
  t.after(() => writer.close());
  const { application } = await writer.createApplication("org", newApplication(), false);
  const endpoint = await writer.createEndpoint(application.key, newEndpoint());
  assert.deepEqual(told, [
    { sequence: 1, table: "application", key: application.key, owner: null },
    { sequence: 2, table: "endpoint", key: endpoint.key, owner: application.key },
    { sequence: 3, table: "signing_secret", key: 1, owner: endpoint.key },
  ]);
  assert.deepEqual(told.map(changedEndpointOf), [undefined, endpoint.key, endpoint.key]);
});

test("an application takes as many endpoints as are its limit, deleted ones not counted", async (t) => {
  const { files, sources } = scratchControl(t);
  const writer = new SqliteControlWriter(files, sources, () => {});
  t.after(() => writer.close());
  const { application } = await writer.createApplication("org", newApplication(), false);
  const first = await writer.createEndpoint(application.key, newEndpoint());
  const other = new DatabaseSync(files.controlPath);
  const copy = other.prepare(`
    INSERT INTO endpoint
    SELECT NULL, 'ep_' || ?, application, uid, url, authorization, description, disabled, event_types,
      channels, throttle_rate, metadata, headers, created_at_ms, updated_at_ms, deleted_at_ms, ordered,
      NULL, NULL, NULL, NULL
    FROM endpoint WHERE key = ?`);
  other.exec("BEGIN");
  for (let count = 1; count < limits.endpointsPerApplicationMax; count += 1) {
    copy.run(count, first.key);
  }
  other.exec("COMMIT");
  await assert.rejects(writer.createEndpoint(application.key, newEndpoint()), {
    code: "conflict",
    message: "the application has 10000 endpoints, the most it can",
  });
  other.exec(`UPDATE endpoint SET deleted_at_ms = 1 WHERE key = ${first.key}`);
  other.close();
  assert.equal((await writer.createEndpoint(application.key, newEndpoint())).disabled, false);
});

test("a secret that was not checked fails its write alone", async (t) => {
  const { files, sources } = scratchControl(t);
  const writer = new SqliteControlWriter(files, sources, () => {});
  t.after(() => writer.close());
  const { application } = await writer.createApplication("org", newApplication(), false);
  const wrong = newEndpoint({ uid: "main", secret: "whsec_short" });
  await assert.rejects(writer.createEndpoint(application.key, wrong), /assertion failed/);
  assert.equal(writer.failure, undefined);
  const right = await writer.createEndpoint(application.key, newEndpoint({ uid: "main" }));
  assert.equal(right.uid, "main");
});

test("a store that proves to be damaged takes no more writes, and the LDB is read on", async (t) => {
  const { files, sources } = scratchControl(t);
  const before = new SqliteControlWriter(files, sources, () => {});
  const input = newApplication({ uid: "acme" });
  const { application } = await before.createApplication("org", input, false);
  before.close();
  const writer = new SqliteControlWriter(files, sources, () => {});
  const reader = new LdbReader(files.ldbPath, { ...sources, generation: undefined });
  t.after(() => {
    reader.close();
    writer.close();
  });
  spoil(files.controlPath);
  const unavailable = {
    code: "control_unavailable",
    message: /control\.db or its LDB: database disk/,
  };
  await assert.rejects(writer.createApplication("org", input, true), unavailable);
  assert.equal(writer.failure?.code, "control_unavailable");
  await assert.rejects(writer.disableEndpoint(endpointKeyOf(1)), unavailable);
  assert.throws(() => writer.catchUp(), unavailable);
  assert.deepEqual(reader.application("org", "acme"), application);
});

test("a store from before there were operational applications goes on, and so do its applications", async (t) => {
  const { files, sources } = scratchControl(t);
  const older = new DatabaseSync(files.controlPath);
  migrate(older, controlMigrations.slice(0, 1), files.controlPath);
  const row = { id: "app_1", organization: "org", uid: "acme", name: "Acme" };
  const times = { created_at_ms: 1, updated_at_ms: 1, deleted_at_ms: null };
  const application = { key: 1, ...row, throttle_rate: null, metadata: "{}", ...times };
  older
    .prepare("INSERT INTO application VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
    .run(...Object.values(application));
  older
    .prepare("INSERT INTO ledger (table_name, key, row, at_ms) VALUES ('application', 1, ?, 1)")
    .run(JSON.stringify(application));
  older.close();
  const writer = new SqliteControlWriter(files, sources, () => {});
  const reader = new LdbReader(files.ldbPath, { ...sources, generation: undefined });
  t.after(() => {
    reader.close();
    writer.close();
  });
  assert.equal(reader.application("org", "acme")?.name, "Acme");
  assert.equal(reader.operationalApplication("org"), undefined);
  const all = { limit: 50, edge: undefined, order: "ascending" } as const;
  assert.deepEqual(
    reader.applications("org", all).map(({ id }) => id),
    ["app_1"],
  );
  const operational = await writer.putOperationalApplication("org");
  assert.deepEqual(reader.operationalApplication("org"), operational);
});

test("a closed store takes no more writes", async (t) => {
  const { files, sources } = scratchControl(t);
  const writer = new SqliteControlWriter(files, sources, () => {});
  writer.close();
  writer.close();
  await assert.rejects(writer.createApplication("org", newApplication(), false), {
    code: "control_unavailable",
  });
});

test("a start that fails leaves nothing open", (t) => {
  const { files, sources } = scratchControl(t);
  const ldbPath = `${files.ldbPath}/inside/ldb.db`;
  assert.throws(() => new SqliteControlWriter({ ...files, ldbPath }, sources, () => {}), {
    code: "data_unwritable",
  });
  const other = new DatabaseSync(files.controlPath);
  other.exec("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; COMMIT"); // fails if another has it open
  other.close();
});
