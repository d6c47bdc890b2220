import assert from "node:assert/strict";
import { mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, test } from "node:test";
import {
  commitsWithOneUndelivered,
  makeDrainedJobDb,
  testNames,
} from "../../test/archive/drained-job-db.ts";
import { MemoryArchiveStore } from "../../test/archive/memory-archive-store.ts";
import { jobDbPath } from "../jobdb/sqlite/job-db-folder.ts";
import { limits } from "../core/limits.ts";
import { UndeliveredArchiver } from "./undelivered-archiver.ts";

let folder: string;
let store: MemoryArchiveStore;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "posthorn-undelivered-"));
  store = new MemoryArchiveStore();
});
afterEach(() => rmSync(folder, { recursive: true }));

/** As a run of the program makes one. */
function newArchiver(): UndeliveredArchiver {
  const betweenBlocks = async (): Promise<void> => undefined;
  return new UndeliveredArchiver({
    store,
    folder,
    names: testNames,
    blockBytes: 500,
    betweenBlocks,
  });
}

/** The numbers of the JobDbs that are archived now. */
async function storedBy(archiver: UndeliveredArchiver, nowMs = 0): Promise<readonly number[]> {
  const stored: number[] = [];
  await archiver.storeAll(nowMs, ({ jobDb }) => stored.push(jobDb));
  return stored;
}

function alter(jobDb: number, sql: string): void {
  const database = new DatabaseSync(jobDbPath(folder, jobDb));
  database.exec(sql);
  database.close();
}

test("each JobDb is archived once when it is drained, by whichever run, and again when it is drained again", async () => {
  const archiver = newArchiver();
  assert.deepEqual(await storedBy(archiver), []);
  await makeDrainedJobDb(folder, commitsWithOneUndelivered());
  await makeDrainedJobDb(folder, commitsWithOneUndelivered());
  alter(2, "UPDATE job_db SET drained_at_ms = NULL");
  assert.deepEqual(await storedBy(archiver), [1]);
  assert.deepEqual(await storedBy(archiver), []);
  assert.deepEqual(await storedBy(newArchiver()), []);
  alter(1, "UPDATE job_db SET drained_at_ms = 7");
  alter(2, "UPDATE job_db SET drained_at_ms = 8");
  assert.deepEqual(await storedBy(archiver), [1, 2]);
  assert.deepEqual(await storedBy(newArchiver()), []);
});

/** The archive has no place for a JobDb, until the function that is returned is called. */
function refuse(jobDb: string): () => void {
  const put = store.put.bind(store);
  store.put = async (name, bytes) => {
    if (name.includes(jobDb)) throw new Error("no place");
    await put(name, bytes);
  };
  return () => {
    store.put = put;
  };
}

test("a JobDb that can't be archived is told, and keeps no other from it", async () => {
  await makeDrainedJobDb(folder, commitsWithOneUndelivered());
  await makeDrainedJobDb(folder, commitsWithOneUndelivered());
  const accept = refuse("00000001");
  const stored: number[] = [];
  const archiver = newArchiver();
  await assert.rejects(
    archiver.storeAll(0, ({ jobDb }) => stored.push(jobDb)),
    /no place/,
  );
  assert.deepEqual(stored, [2]);
  accept();
  assert.deepEqual(await storedBy(archiver, limits.archiverRetryMs), [1]);
});

test("a JobDb that can't be archived is tried again later each time, and anew when it was archived", async () => {
  await makeDrainedJobDb(folder, commitsWithOneUndelivered());
  const accept = refuse("00000001");
  const archiver = newArchiver();
  const triedAtMinutes: number[] = [];
  for (let minute = 0; minute <= 250; minute += 1) {
    const tried = await storedBy(archiver, minute * 60_000).catch(() => "tried");
    if (tried === "tried") triedAtMinutes.push(minute);
  }
  assert.deepEqual(triedAtMinutes, [0, 1, 3, 7, 15, 31, 63, 123, 183, 243]);
  accept();
  assert.deepEqual(await storedBy(archiver, 303 * 60_000), [1]);
});

test("a JobDb that nobody has written to since it was looked into is not opened again", async () => {
  await makeDrainedJobDb(folder, commitsWithOneUndelivered());
  const path = jobDbPath(folder, 1);
  // Long ago, or it might have been written to since without its time showing it.
  const longAgo = new Date(Date.now() - 3_600_000);
  utimesSync(path, longAgo, longAgo);
  const archiver = newArchiver();
  assert.deepEqual(await storedBy(archiver), [1]);
  writeFileSync(path, "no database");
  utimesSync(path, longAgo, longAgo);
  assert.deepEqual(await storedBy(archiver), []);
  utimesSync(path, longAgo, new Date());
  await assert.rejects(storedBy(archiver), { code: "jobdb_failed" });
});
