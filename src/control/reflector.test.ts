import assert from "node:assert/strict";
import { copyFileSync, existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { test, type TestContext } from "node:test";
import * as fc from "fast-check";
import {
  eventTypeRow,
  newApplication,
  newEndpoint,
} from "../../test/conformance/new-control-rows.ts";
import { scratchControl, type ScratchControl } from "../../test/conformance/scratch-control.ts";
import { applicationKeyOf, endpointKeyOf } from "../core/ids.ts";
import type { ControlChange } from "./control-change.ts";
import { ControlStore } from "./control-store.ts";
import type { ControlWrite } from "./control-write.ts";
import { createApplication } from "./create-application.ts";
import { createEndpoint } from "./create-endpoint.ts";
import { disableEndpoint } from "./disable-endpoint.ts";
import { LdbReader } from "./ldb-reader.ts";
import { Reflector } from "./reflector.ts";
import { tableNames } from "./tables.ts";

function openStore(t: TestContext, { files, sources }: ScratchControl): ControlStore {
  const store = new ControlStore(files.controlPath, sources);
  t.after(() => store.close());
  return store;
}

/** As a process does that starts, and ends. */
function reflect({ files }: ScratchControl, store: ControlStore) {
  const reflector = new Reflector(files.ldbPath, store);
  const changes: ControlChange[] = [];
  try {
    reflector.catchUp((batch) => changes.push(...batch));
  } finally {
    reflector.close();
  }
  return { rebuilt: reflector.rebuilt, changes };
}

function addEventTypes(store: ControlStore, ...names: readonly string[]): void {
  store.transaction(() => {
    for (const name of names) store.writeRow("event_type", eventTypeRow(name));
  });
}

function rowsOf(path: string): Record<string, unknown> {
  const database = new DatabaseSync(path, { readOnly: true });
  const rows = tableNames.map((table) => [
    table,
    database.prepare(`SELECT * FROM ${table} ORDER BY key`).all(),
  ]);
  database.close();
  return Object.fromEntries(rows);
}

function assertReflected({ files }: ScratchControl): void {
  assert.deepEqual(rowsOf(files.ldbPath), rowsOf(files.controlPath));
}

/** What may be written, about the row with a key; nothing if there is none. */
const writes: Readonly<Record<string, (write: ControlWrite, key: number) => unknown>> = {
  createApplication: (write) => createApplication(write, "org", newApplication(), false),
  createEndpoint: (write, key) => {
    const application = applicationKeyOf(key);
    const isThere = write.store.application(application)?.deleted_at_ms === null;
    return isThere && createEndpoint(write, application, newEndpoint({ eventTypes: ["a"] }));
  },
  disableEndpoint: (write, key) => disableEndpoint(write, endpointKeyOf(key)),
  deleteApplication: ({ store, atMs }, key) => {
    const row = store.application(applicationKeyOf(key));
    return row && store.writeRow("application", { ...row, deleted_at_ms: atMs });
  },
  deleteEndpoint: ({ store, atMs }, key) => {
    const row = store.endpoint(endpointKeyOf(key));
    return row && store.writeRow("endpoint", { ...row, deleted_at_ms: atMs });
  },
  addExpiringSecret: ({ store, atMs }, key) => {
    const row = { key: null, endpoint: key, secret: "whsec_", created_at_ms: atMs };
    const isThere = store.endpoint(endpointKeyOf(key)) !== undefined;
    return isThere && store.writeRow("signing_secret", { ...row, expires_at_ms: atMs });
  },
};

test("whatever is written and wherever it crashes, the LDB becomes what the store is", (t) => {
  const step = fc.tuple(
    fc.constantFrom("catchUp", "crash", ...Object.keys(writes)),
    fc.integer({ min: 1, max: 4 }),
  );
  const property = fc.property(fc.array(step, { maxLength: 60, size: "max" }), (steps) => {
    const scratch = scratchControl(t);
    const { randomBytes } = scratch.sources;
    const store = openStore(t, scratch);
    let reflector = new Reflector(scratch.files.ldbPath, store);
    for (const [name, number] of steps) {
      scratch.clock.atMs += number - 1;
      store.transaction((atMs) => writes[name]?.({ store, atMs, randomBytes }, number));
      if (name === "catchUp") {
        reflector.catchUp(() => {});
        assertReflected(scratch);
      }
      if (name === "crash") {
        reflector.close();
        reflector = new Reflector(scratch.files.ldbPath, store);
      }
    }
    reflector.close();
    assert.equal(reflect(scratch, store).rebuilt, undefined);
    assertReflected(scratch);
    store.close();
  });
  fc.assert(property, { numRuns: 40 });
});

test("what was written just before a crash is in the LDB after the next start", (t) => {
  const scratch = scratchControl(t);
  const store = openStore(t, scratch);
  addEventTypes(store, "a");
  assert.equal(reflect(scratch, store).rebuilt, "missing");
  addEventTypes(store, "b", "c"); // and a crash before the reflector sees it
  const { rebuilt, changes } = reflect(scratch, store);
  assert.equal(rebuilt, undefined);
  assert.deepEqual(changes, [
    { sequence: 2, table: "event_type", key: 2, owner: null },
    { sequence: 3, table: "event_type", key: 3, owner: null },
  ]);
  assertReflected(scratch);
});

test("a batch that fails is not applied in part, and nobody is told of it", (t) => {
  const scratch = scratchControl(t);
  const store = openStore(t, scratch);
  reflect(scratch, store);
  const before = rowsOf(scratch.files.ldbPath);
  addEventTypes(store, "a");
  const other = new DatabaseSync(scratch.files.controlPath);
  other.exec("INSERT INTO ledger (table_name, key, row, at_ms) VALUES ('unknown', 1, '{}', 1)");
  assert.throws(() => reflect(scratch, store), /ledger entry 2 is of a table that the LDB has/);
  assert.deepEqual(rowsOf(scratch.files.ldbPath), before);
  other.exec("DELETE FROM ledger WHERE sequence = 2");
  other.close();
  assert.equal(reflect(scratch, store).changes.length, 1);
  assertReflected(scratch);
});

test("an entry without a row erases the row", (t) => {
  const scratch = scratchControl(t);
  const store = openStore(t, scratch);
  addEventTypes(store, "a", "b");
  reflect(scratch, store);
  const other = new DatabaseSync(scratch.files.controlPath);
  other.exec(`
    DELETE FROM event_type WHERE key = 1;
    INSERT INTO ledger (table_name, key, row, at_ms) VALUES ('event_type', 1, NULL, 2);
  `);
  other.close();
  const { changes } = reflect(scratch, store);
  assert.deepEqual(changes, [{ sequence: 3, table: "event_type", key: 1, owner: null }]);
  assertReflected(scratch);
});

test("an entry of an endpoint from before there was strict order is applied, as one without it", (t) => {
  const scratch = scratchControl(t);
  const store = openStore(t, scratch);
  const write = { store, atMs: 1_700_000_000_000, randomBytes: scratch.sources.randomBytes };
  store.transaction(() => {
    createApplication(write, "org", newApplication(), false);
    createEndpoint(write, applicationKeyOf(1), newEndpoint());
  });
  const older = new DatabaseSync(scratch.files.controlPath);
  older.exec(`UPDATE ledger SET row = json_remove(row, '$.ordered');
    UPDATE endpoint SET ordered = NULL`);
  older.close();
  reflect(scratch, store);
  assertReflected(scratch);
  const reader = new LdbReader(scratch.files.ldbPath, {
    ...scratch.sources,
    generation: undefined,
  });
  assert.equal(reader.find(endpointKeyOf(1))?.ordered, false);
  reader.close();
});

test("the LDB lists its last changes only", (t) => {
  const scratch = scratchControl(t);
  const store = openStore(t, scratch);
  addEventTypes(store, ...Array.from({ length: 10_050 }, (_, index) => `type${index}`));
  reflect(scratch, store);
  const ldb = new DatabaseSync(scratch.files.ldbPath, { readOnly: true });
  const listed = ldb.prepare("SELECT min(sequence) AS first, count(*) AS count FROM change").get();
  assert.deepEqual({ ...listed }, { first: 51, count: 10_000 });
  assert.equal(ldb.prepare("SELECT changes_from FROM reflection").get()?.["changes_from"], 50);
  ldb.close();
  assertReflected(scratch);
});

/** How an LDB can come to be one that can't be continued, and what is told of it. */
const spoilers: readonly {
  readonly name: string;
  readonly rebuilt: string;
  readonly spoil: (scratch: ScratchControl) => void;
}[] = [
  {
    name: "is missing, though its WAL is there",
    rebuilt: "missing",
    spoil: ({ files }) => {
      const ldb = new DatabaseSync(files.ldbPath);
      ldb.exec("DELETE FROM event_type");
      const wal = readFileSync(`${files.ldbPath}-wal`);
      ldb.close();
      rmSync(files.ldbPath);
      writeFileSync(`${files.ldbPath}-wal`, wal);
    },
  },
  {
    name: "is empty",
    rebuilt: "other version",
    spoil: ({ files }) => writeFileSync(files.ldbPath, ""),
  },
  {
    name: "is no database",
    rebuilt: "damaged",
    spoil: ({ files }) => writeFileSync(files.ldbPath, Buffer.alloc(8192, "x")),
  },
  {
    name: "has a damaged page",
    rebuilt: "damaged",
    spoil: ({ files }) => {
      const bytes = readFileSync(files.ldbPath);
      const page = bytes.lastIndexOf("event-type-2");
      bytes.fill(0xff, page - (page % 4096), page - (page % 4096) + 4096);
      writeFileSync(files.ldbPath, bytes);
    },
  },
  {
    name: "is cut off",
    rebuilt: "damaged",
    spoil: ({ files }) => {
      const bytes = readFileSync(files.ldbPath);
      writeFileSync(files.ldbPath, bytes.subarray(0, bytes.length - 4096));
    },
  },
  {
    name: "is of another schema version",
    rebuilt: "other version",
    spoil: ({ files }) => {
      const ldb = new DatabaseSync(files.ldbPath);
      ldb.exec("PRAGMA user_version = 99");
      ldb.close();
    },
  },
  {
    name: "is of another store",
    rebuilt: "other store",
    spoil: ({ files, sources }) => {
      rmSync(files.ldbPath);
      const other = new ControlStore(`${files.controlPath}.other`, sources);
      addEventTypes(other, "z");
      new Reflector(files.ldbPath, other).close();
      other.close();
    },
  },
];

for (const { name, rebuilt, spoil } of spoilers) {
  test(`an LDB that ${name} is made again from the ledger`, (t) => {
    const scratch = scratchControl(t);
    const store = openStore(t, scratch);
    addEventTypes(store, "event-type-1", "event-type-2");
    reflect(scratch, store);
    spoil(scratch);
    assert.deepEqual(reflect(scratch, store), {
      rebuilt,
      changes: [
        { sequence: 1, table: "event_type", key: 1, owner: null },
        { sequence: 2, table: "event_type", key: 2, owner: null },
      ],
    });
    assertReflected(scratch);
    assert.equal(reflect(scratch, store).rebuilt, undefined);
  });
}

for (const { name, later } of [
  { name: "is ahead of a store restored from a backup", later: [] },
  { name: "is of what a store had before it was restored and went on", later: ["c", "d", "e"] },
]) {
  test(`an LDB that ${name} is made again`, (t) => {
    const scratch = scratchControl(t);
    const { files, sources } = scratch;
    const first = new ControlStore(files.controlPath, sources);
    addEventTypes(first, "a");
    first.close();
    assert.equal(existsSync(`${files.controlPath}-wal`), false);
    copyFileSync(files.controlPath, `${files.controlPath}.backup`);
    const lost = new ControlStore(files.controlPath, sources);
    addEventTypes(lost, "b");
    reflect(scratch, lost);
    lost.close();
    copyFileSync(`${files.controlPath}.backup`, files.controlPath);
    const restored = openStore(t, scratch);
    scratch.clock.atMs += 1;
    if (later.length > 0) addEventTypes(restored, ...later);
    assert.equal(reflect(scratch, restored).rebuilt, "diverged");
    assertReflected(scratch);
  });
}

test("a folder that is not there is an error, not a reason to make the LDB again", (t) => {
  const scratch = scratchControl(t);
  const store = openStore(t, scratch);
  assert.throws(() => new Reflector(`${scratch.files.ldbPath}/inside/ldb.db`, store), {
    code: "data_unwritable",
  });
});
