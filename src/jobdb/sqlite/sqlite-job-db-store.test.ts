import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, test } from "node:test";
import {
  attemptOf,
  commitOf,
  firstDeliveryOf,
  messageTo,
} from "../../../test/conformance/job-db-rows.ts";
import { schemaDumpOf } from "../../../test/conformance/schema-dump.ts";
import { endpointKeyOf } from "../../core/ids.ts";
import { limits } from "../../core/limits.ts";
import { dueFromStart } from "../../director/ports.ts";
import { readPragma } from "../../sqlite/read-pragma.ts";
import { openJobDbWriter } from "./job-db-connection.ts";
import { jobDbNumbersIn, jobDbPath } from "./job-db-folder.ts";
import { lastDeliveryOfRun, runRows } from "./run.ts";
import { SqliteJobDbStore } from "./sqlite-job-db-store.ts";
import { ThreadedJobDbStore } from "./threaded-job-db-store.ts";

let folder: string;
let opened: { close(): Promise<void> }[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "posthorn-jobdb-"));
  opened = [];
});
afterEach(async () => {
  for (const store of opened) await store.close();
  rmSync(folder, { recursive: true });
});

function open(epoch: number): SqliteJobDbStore {
  const store = new SqliteJobDbStore(folder, { index: 0, count: 1, epoch });
  opened.push(store);
  return store;
}

function alter(jobDb: number, change: (database: DatabaseSync) => void): void {
  const database = new DatabaseSync(jobDbPath(folder, jobDb));
  change(database);
  database.close();
}

test("schema.sql is the schema that the migrations make", async () => {
  await open(1).create();
  alter(1, (database) => {
    const file = new URL("./schema.sql", import.meta.url);
    assert.equal(readFileSync(file, "utf8"), schemaDumpOf(database));
  });
});

test("a writing connection has the settings that the promise rests on", () => {
  const database = openJobDbWriter(join(folder, "settings.db"));
  assert.equal(readPragma(database, "journal_mode"), "wal");
  assert.equal(readPragma(database, "synchronous"), 2);
  assert.equal(readPragma(database, "wal_autocheckpoint"), 0);
  database.close();
});

test("a file of a newer program is refused", async () => {
  const jobDb = await open(1).create();
  await jobDb.commit(commitOf({ messages: [messageTo([1], 1)] }));
  jobDb.close();
  alter(1, (database) => database.exec("PRAGMA user_version = 99"));
  await assert.rejects(open(2).unsettled(), { code: "data_newer" });
});

test("a file that is no database fails the start with its name", async () => {
  writeFileSync(jobDbPath(folder, 1), "x".repeat(5000));
  await assert.rejects(open(1).unsettled(), { code: "jobdb_failed", message: /00000001\.db/ });
});

for (const [what, make] of [
  ["without a byte", () => writeFileSync(jobDbPath(folder, 3), "")],
  ["without tables", () => alter(3, (database) => database.exec("PRAGMA journal_mode = WAL"))],
] as const) {
  test(`a half-made file ${what} is nothing to settle, and is finished when a JobDb is needed`, async () => {
    make();
    const store = open(1);
    assert.deepEqual(await store.unsettled(), []);
    const jobDb = await store.create();
    assert.equal(jobDb.number, 3);
    await jobDb.commit(commitOf({ messages: [messageTo([1], 1)] }));
    assert.equal((await store.create()).number, 4);
    assert.deepEqual(jobDbNumbersIn(folder), [3, 4]);
  });
}

test("other files in the folder are left alone", async () => {
  for (const name of ["1.db", "00000007.db-wal", "00000008.db.tmp", "a00000009.db"]) {
    writeFileSync(join(folder, name), "");
  }
  assert.equal((await open(1).create()).number, 1);
});

test("a disk that takes no more: no acknowledgement, every later call fails, the acknowledged is there", async () => {
  const child = spawn(
    "sh",
    [
      "-c",
      'ulimit -f 2048; exec "$0" "$@"',
      process.execPath,
      "--input-type=module",
      "--eval",
      fillingSource,
      new URL("./sqlite-job-db-store.ts", import.meta.url).href,
      new URL("../../../test/conformance/job-db-rows.ts", import.meta.url).href,
      folder,
    ],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  const [output] = await Promise.all([text(child.stdout), once(child, "exit")]);
  const told = JSON.parse(output) as { acknowledged: number; codes: string[]; message: string }; // by fillingSource
  assert.deepEqual(told.codes, ["jobdb_failed", "jobdb_failed", "jobdb_failed"]);
  assert.match(told.message, /00000001\.db: disk I\/O error/);
  assert.ok(told.acknowledged > 0);
  const [jobDb] = await open(2).unsettled();
  assert.equal(jobDb?.lastMessageRow, told.acknowledged);
});

/** Commits messages until that fails, by a limit on the size of files; then tells how many were acknowledged, and is killed. */
const fillingSource = `
  const [storeModule, rowsModule, folder] = process.argv.slice(1);
  const { SqliteJobDbStore } = await import(storeModule);
  const { commitOf, messageTo } = await import(rowsModule);
  const store = new SqliteJobDbStore(folder, { index: 0, count: 1, epoch: 1 });
  const jobDb = await store.create();
  let acknowledged = 0;
  const payload = new Uint8Array(10_000);
  const commitNext = () =>
    jobDb.commit(commitOf({ messages: [messageTo([1], acknowledged + 1, { payload })] }));
  const errors = [];
  while (errors.length === 0) {
    await commitNext().then(() => { acknowledged += 1; }, (error) => errors.push(error));
  }
  await commitNext().catch((error) => errors.push(error));
  await jobDb.endpoints().catch((error) => errors.push(error));
  const codes = errors.map((error) => error.code);
  const told = JSON.stringify({ acknowledged, codes, message: errors[0].message });
  process.stdout.write(told, () => process.kill(process.pid, "SIGKILL"));
`;

test("an endpoint's deliveries are found in every run of 4,096 messages", async () => {
  const jobDb = await open(1).create();
  const rows = [1, runRows - 1, runRows, 2 * runRows + 5];
  const messages = Array.from({ length: 2 * runRows + 5 }, (_, index) =>
    messageTo(rows.includes(index + 1) ? [1] : [], index + 1),
  );
  await jobDb.commit(commitOf({ messages }));
  const all = await jobDb.unattempted(endpointKeyOf(1), 0, 100);
  assert.deepEqual(all, {
    deliveries: rows.map(firstDeliveryOf),
    scannedTo: firstDeliveryOf(2 * runRows + 5),
    end: true,
  });
  const page = await jobDb.unattempted(endpointKeyOf(1), firstDeliveryOf(1), 1);
  assert.deepEqual(page.deliveries, [firstDeliveryOf(runRows - 1)]);
  assert.equal(page.end, false);
});

test("one page looks through a bounded number of runs, and says how far it came", async () => {
  const jobDb = await open(1).create();
  await jobDb.commit(commitOf({ messages: [messageTo([1], 1)] }));
  jobDb.close();
  const farRow = (limits.refillRunsMax + 10) * runRows;
  alter(1, (database) => {
    database.exec(`INSERT INTO message SELECT ${farRow}, nonce, at_ms, application, event_type, event_id, channels, tags,
      retention_days, payload, erased_at_ms, checksum, trace FROM message`);
    database.exec(`INSERT INTO delivery VALUES (${firstDeliveryOf(farRow)}, 1, 0)`);
  });
  const [reopened] = await open(2).unsettled();
  const first = await reopened?.unattempted(endpointKeyOf(1), firstDeliveryOf(1), 10);
  assert.deepEqual(first, {
    deliveries: [],
    scannedTo: lastDeliveryOfRun(limits.refillRunsMax - 1),
    end: false,
  });
  assert.deepEqual(await reopened?.unattempted(endpointKeyOf(1), first?.scannedTo ?? 0, 10), {
    deliveries: [firstDeliveryOf(farRow)],
    scannedTo: firstDeliveryOf(farRow),
    end: true,
  });
});

test("retries and first attempts are found by their indexes, without sorting", async () => {
  const jobDb = await open(1).create();
  jobDb.close();
  alter(1, (database) => {
    const plan = database
      .prepare(
        `EXPLAIN QUERY PLAN SELECT row FROM attempt INDEXED BY attempt_retry
         WHERE endpoint = 1 AND retry_at_ms IS NOT NULL AND (retry_at_ms, row) > (1, 1) AND retry_at_ms <= 2
         ORDER BY retry_at_ms, row`,
      )
      .all();
    assert.deepEqual(
      plan.map((row) => row["detail"]),
      [
        "SEARCH attempt USING COVERING INDEX attempt_retry (endpoint=? AND retry_at_ms>? AND retry_at_ms<?)",
      ],
    );
  });
});

test("when the thread dies, everything under way and everything later fails with thread_died", async () => {
  const store = new ThreadedJobDbStore({ folder, owner: { index: 0, count: 1, epoch: 1 } });
  opened.push(store);
  const jobDb = await store.create();
  await jobDb.commit(commitOf({ messages: [messageTo([1], 1)] }));
  const fatal = jobDb.payloads([99]);
  const underWay = jobDb.due(endpointKeyOf(1), dueFromStart, 0, 1);
  const failed = { code: "thread_died", message: /the thread of the JobDbs in .* is gone/ };
  await assert.rejects(fatal, failed);
  await underWay.catch((error: unknown) => assert.match(String(error), /is gone/));
  const attempts = [attemptOf(firstDeliveryOf(1), endpointKeyOf(1), 1)];
  await assert.rejects(jobDb.commit(commitOf({ attempts })), failed);
  await assert.rejects(store.create(), failed);
});

test("a folder that can't be made is told by the first call to the thread", async () => {
  const file = join(folder, "file");
  writeFileSync(file, "");
  const store = new ThreadedJobDbStore({ folder: file, owner: { index: 0, count: 1, epoch: 1 } });
  opened.push(store);
  await assert.rejects(store.create(), { code: "data_unwritable" });
});

test("an erased payload and an erased answer are nowhere in the file or its WAL any more", async () => {
  const store = open(1);
  const jobDb = await store.create();
  // Larger than a page, so that it overflows into pages of its own; and one that does not.
  const texts = ["secret-one ".repeat(1_000), "secret-two"];
  const messages = texts.map((text, index) =>
    messageTo([1], index + 1, { payload: new TextEncoder().encode(text) }),
  );
  const response = new TextEncoder().encode("secret-three");
  const attempts = [attemptOf(firstDeliveryOf(1), endpointKeyOf(1), 1, { response })];
  await jobDb.commit(commitOf({ messages, attempts }));
  const path = jobDbPath(folder, 1);
  // Closing a file drops SQLite's locks on it, which nobody else asks for here.
  const onDisk = (): string =>
    ["", "-wal"].map((suffix) => readFileSync(path + suffix, "latin1")).join("");
  assert.match(onDisk(), /secret-one/);
  await jobDb.erasePayload(1);
  await jobDb.erasePayload(2);
  await jobDb.eraseResponse(1);
  assert.doesNotMatch(onDisk(), /secret-/);
});
