import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, test } from "node:test";
import {
  commitsWithOneUndelivered,
  dumpOf,
  makeDrainedJobDb,
  testNames,
} from "../../test/archive/drained-job-db.ts";
import { MemoryArchiveStore } from "../../test/archive/memory-archive-store.ts";
import { baseAtMs, commitOf } from "../../test/conformance/job-db-rows.ts";
import { PosthornError } from "../core/errors.ts";
import { applicationKeyOf, endpointKeyOf } from "../core/ids.ts";
import { jobDbNumbersIn, jobDbPath } from "../jobdb/sqlite/job-db-folder.ts";
import { SqliteHistory } from "../jobdb/sqlite/sqlite-history.ts";
import { SqliteJobDbStore } from "../jobdb/sqlite/sqlite-job-db-store.ts";
import { unarchivedTables } from "./job-db-rows.ts";
import type { ArchiveFilter } from "./manifest-filter.ts";
import { missingJobDbs, restoreMissing } from "./missing-job-dbs.ts";
import { storeJobDb } from "./store-job-db.ts";

let folder: string;
let store: MemoryArchiveStore;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "posthorn-matching-"));
  store = new MemoryArchiveStore();
  for (let made = 0; made < 3; made += 1)
    await makeDrainedJobDb(folder, commitsWithOneUndelivered());
});
afterEach(() => rmSync(folder, { recursive: true }));

const everything: ArchiveFilter = {
  application: undefined,
  endpoint: undefined,
  eventTypes: undefined,
  sinceMs: undefined,
  untilMs: undefined,
  failed: false,
};

async function archive(jobDb: number, kind: "history" | "undelivered"): Promise<void> {
  const betweenBlocks = async (): Promise<void> => undefined;
  await storeJobDb(jobDb, kind, {
    store,
    folder,
    names: testNames,
    blockBytes: 500,
    betweenBlocks,
  });
}

async function restore(jobDb: number): Promise<void> {
  await restoreMissing(jobDb, { store, folder, betweenBlocks: async () => undefined });
}

function drop(jobDb: number): void {
  for (const suffix of ["", "-wal", "-shm"])
    rmSync(`${jobDbPath(folder, jobDb)}${suffix}`, { force: true });
}

test("what may match and is missing is found in the order of time, and restored in a folder in use, where history and resends find it", async () => {
  const history = new SqliteHistory(folder);
  const missing = async (filter: ArchiveFilter) =>
    (await missingJobDbs(store, filter, folder)).map(({ jobDb }) => jobDb);
  const jobDbs = new SqliteJobDbStore(folder, { index: 0, count: 1, epoch: Date.now() });
  await archive(1, "undelivered");
  await archive(1, "history");
  await archive(2, "undelivered");
  await archive(3, "history");
  drop(1);
  drop(2);
  const first = { atMs: baseAtMs + 1, jobDb: 1, row: 1, nonce: 1001 };
  const second = { atMs: baseAtMs + 2, jobDb: 2, row: 2, nonce: 1002 };
  const application = applicationKeyOf(1);
  assert.equal(await history.message(application, first), undefined);
  const nobody = { ...everything, application: applicationKeyOf(2) };
  assert.deepEqual(await missing(nobody), []);
  assert.deepEqual(await missing(everything), [1, 2]);
  await restore(1);
  assert.deepEqual(await missing(everything), [2]);
  await restore(2);
  assert.deepEqual(await missing(everything), []);
  await restore(2);
  assert.deepEqual((await history.message(application, first))?.address, first, "of its history");
  assert.deepEqual((await history.message(application, second))?.address, second);
  const endpoint = endpointKeyOf(1);
  const jobDb = await jobDbs.open(2);
  assert.ok(jobDb !== undefined);
  const trigger = "manual";
  const resend = { messageRow: 2, endpoint, trigger, atMs: baseAtMs, asker: undefined } as const;
  await jobDb.commit(commitOf({ resends: [resend] }));
  const due = await jobDb.due(endpoint, { atMs: 0, place: 0 }, baseAtMs, 10);
  assert.equal(due.deliveries.length, 1);
  await jobDbs.close();
  history.close();
});

test("a damaged manifest is told if its JobDb is missing, and is nobody's matter while that is there", async () => {
  await archive(1, "history");
  await store.put("manifests/00000001.history.json", Buffer.from("{}"));
  assert.deepEqual(await missingJobDbs(store, everything, folder), []);
  drop(1);
  await assert.rejects(missingJobDbs(store, everything, folder), { code: "archive_damaged" });
  await assert.rejects(restore(1), { code: "archive_damaged" });
});

test("what a crash left of the dropped file's WAL is no part of the restored one", async () => {
  await archive(1, "history");
  const path = jobDbPath(folder, 1);
  const content = dumpOf(folder, 1, unarchivedTables);
  const database = new DatabaseSync(path);
  database.exec("PRAGMA wal_autocheckpoint = 0; DELETE FROM attempt");
  const wal = readFileSync(`${path}-wal`);
  database.close();
  drop(1);
  writeFileSync(`${path}-wal`, wal);
  await restore(1);
  assert.deepEqual(dumpOf(folder, 1, unarchivedTables), content);
});

test("a restoring that is ended between two blocks leaves nothing that anybody sees", async () => {
  await archive(1, "history");
  drop(1);
  const ended = new PosthornError("shutting_down", "ended");
  const betweenBlocks = () => Promise.reject(ended);
  await assert.rejects(restoreMissing(1, { store, folder, betweenBlocks }), ended);
  assert.deepEqual(jobDbNumbersIn(folder), [2, 3]);
  assert.deepEqual(
    readdirSync(folder).filter((name) => name.startsWith("00000001")),
    [],
  );
});
