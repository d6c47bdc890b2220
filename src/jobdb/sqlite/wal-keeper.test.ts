import assert from "node:assert/strict";
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { limits } from "../../core/limits.ts";
import { Janitor } from "./janitor.ts";
import { openJobDbWriter } from "./job-db-connection.ts";
import { WalKeeper } from "./wal-keeper.ts";

const mebibyte = 1024 * 1024;

let folder: string;
let path: string;
let database: DatabaseSync;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "posthorn-wal-"));
  path = join(folder, "1.db");
  database = openJobDbWriter(path);
  database.exec("CREATE TABLE filler (content BLOB)");
});
afterEach(() => {
  if (database.isOpen) database.close();
  rmSync(folder, { recursive: true });
});

function write(bytes: number): void {
  const insert = database.prepare("INSERT INTO filler VALUES (?)");
  const content = new Uint8Array(Math.min(bytes, 8 * mebibyte));
  for (let left = bytes; left > 0; left -= content.length) insert.run(content);
}

function walFrames(): { readonly log: number; readonly checkpointed: number } {
  const row = database.prepare("PRAGMA wal_checkpoint(NOOP)").get();
  return { log: Number(row?.["log"]), checkpointed: Number(row?.["checkpointed"]) };
}

/** A keeper whose checkpoints end when the test says so. */
function keeperWithCheckpoints() {
  const checkpoints: PromiseWithResolvers<void>[] = [];
  const failure = Promise.withResolvers<unknown>();
  const keeper = new WalKeeper({
    database,
    path,
    checkpoint: async () => {
      const checkpoint = Promise.withResolvers<void>();
      checkpoints.push(checkpoint);
      return checkpoint.promise;
    },
    onFailure: failure.resolve,
  });
  return { keeper, checkpoints, failure: failure.promise };
}

test("a checkpoint is asked for once the WAL has grown enough, and one at a time", async () => {
  const { keeper, checkpoints } = keeperWithCheckpoints();
  write(limits.checkpointBytes / 2);
  keeper.tend();
  assert.equal(checkpoints.length, 0);
  write(limits.checkpointBytes / 2);
  keeper.tend();
  write(limits.checkpointBytes);
  keeper.tend();
  assert.equal(checkpoints.length, 1);
  checkpoints[0]?.resolve();
  await setImmediate(); // all that follows from the promise has run
  keeper.tend();
  assert.equal(checkpoints.length, 2, "what was written meanwhile is still to be copied");
});

test("a long WAL is finished between two commits, and the next one starts from the front", async () => {
  const { keeper, checkpoints } = keeperWithCheckpoints();
  write(limits.walRestartBytes);
  keeper.tend();
  assert.equal(walFrames().checkpointed, 0);
  checkpoints[0]?.resolve();
  await setImmediate(); // all that follows from the promise has run
  const { log, checkpointed } = walFrames();
  assert.equal(checkpointed, log);
  write(1);
  assert.ok(walFrames().log < 10);
});

test("a checkpoint that fails is told", async () => {
  const { keeper, checkpoints, failure } = keeperWithCheckpoints();
  write(limits.checkpointBytes);
  keeper.tend();
  const cause = new Error("disk I/O error");
  checkpoints[0]?.reject(cause);
  assert.equal(await failure, cause);
});

test("the janitor copies the WAL into the file beside an open writer", async () => {
  const janitor = new Janitor();
  write(mebibyte);
  assert.ok(statSync(path).size < mebibyte);
  await janitor.checkpoint(path);
  assert.ok(statSync(path).size > mebibyte);
  const { log, checkpointed } = walFrames();
  assert.equal(checkpointed, log);
  await janitor.stop();
  await janitor.stop();
});

test("the janitor says what it could not copy", async () => {
  const janitor = new Janitor();
  const garbage = join(folder, "garbage.db");
  writeFileSync(garbage, new Uint8Array(mebibyte).fill(7));
  await assert.rejects(janitor.checkpoint(garbage), /not a database/);
  await janitor.stop();
});
