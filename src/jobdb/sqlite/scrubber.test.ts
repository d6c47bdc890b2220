import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, test } from "node:test";
import { commitOf, messageTo } from "../../../test/conformance/job-db-rows.ts";
import { eventually } from "../../../test/e2e/eventually.ts";
import { makeScratchFolder, type ScratchFolder } from "../../../test/e2e/scratch-folder.ts";
import { jobDbPath } from "./job-db-folder.ts";
import { quarantineDamaged } from "./quarantine.ts";
import { readScrubLog, type ScrubFinding, writeScrubLog } from "./scrub-log.ts";
import { Scrubber } from "./scrubber.ts";
import { SqliteJobDbStore } from "./sqlite-job-db-store.ts";

let scratch: ScratchFolder;

beforeEach(async () => {
  scratch = makeScratchFolder("scrubber");
  for (const epoch of [1, 2, 3]) {
    const store = new SqliteJobDbStore(scratch.path, { index: 0, count: 1, epoch });
    const jobDb = await store.create();
    const messages = [1, 2, 3].map((row) =>
      messageTo([1], row, { payload: Buffer.alloc(3_000, "payload ") }),
    );
    await jobDb.commit(commitOf({ messages }));
    await store.close();
  }
});
afterEach(() => scratch.remove());

/** What a round finds. */
async function scrub(): Promise<readonly ScrubFinding[]> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const found: ScrubFinding[] = [];
  const scrubber = new Scrubber({
    folder: scratch.path,
    freeBytesMin: 0,
    onFound: (finding) => found.push(finding),
    onDone: resolve,
    onFailure: reject,
  });
  await promise;
  await scrubber.stop();
  return found;
}

test("a round over sound files finds nothing, and is not begun again before its time", async () => {
  assert.deepEqual(await scrub(), []);
  const { jobDb, found } = readScrubLog(scratch.path);
  assert.deepEqual([jobDb, found], [3, []]);
});

test("a payload that was altered is found, and its file stays in use", async () => {
  const database = new DatabaseSync(jobDbPath(scratch.path, 2));
  database.exec("UPDATE message SET payload = CAST('other' AS BLOB) WHERE row = 2");
  database.close();
  const damage = "1 payloads or answers are not what was stored";
  assert.deepEqual(await scrub(), [{ jobDb: 2, damage }]);
  assert.deepEqual(readScrubLog(scratch.path).found, [{ jobDb: 2, damage }]);
  assert.deepEqual(quarantineDamaged(scratch.path), []);
});

test("a malformed file is found and marked, so that the next start sets it aside", async () => {
  const path = jobDbPath(scratch.path, 1);
  writeFileSync(path, readFileSync(path).fill(0xff, 3 * 4096));
  const [finding, ...others] = await scrub();
  assert.deepEqual(others, []);
  assert.match(finding?.damage ?? "", /^malformed/);
  assert.deepEqual(
    quarantineDamaged(scratch.path).map(({ jobDb }) => jobDb),
    [1],
  );
});

test("a round goes on where it was", async () => {
  writeFileSync(jobDbPath(scratch.path, 1), "no database ".repeat(1000));
  writeScrubLog(scratch.path, { jobDb: 1, beganAtMs: 1_800_000_000_000, found: [] });
  assert.deepEqual(await scrub(), []);
});

test("a half-made file is passed over", async () => {
  writeFileSync(jobDbPath(scratch.path, 4), "");
  assert.deepEqual(await scrub(), []);
  assert.equal(readScrubLog(scratch.path).jobDb, 4);
});

test("it summarises runs beside that, and a summary that can't be written ends nothing", async () => {
  const store = new SqliteJobDbStore(scratch.path, { index: 0, count: 1, epoch: 4 });
  const jobDb = await store.create();
  const messages = Array.from({ length: 600 }, (_, index) => messageTo([1], index + 1));
  await jobDb.commit(commitOf({ messages }));
  await jobDb.seal();
  await jobDb.markDrained();
  const runs = `${jobDbPath(scratch.path, jobDb.number)}-runs`;
  mkdirSync(runs); // so that no file can be made in its place
  assert.deepEqual(await scrub(), []);
  rmdirSync(runs);
  const scrubber = startScrubber();
  await eventually(
    async () => existsSync(runs),
    (isThere) => isThere,
  );
  await scrubber.stop();
  await store.close();
});

function startScrubber(): Scrubber {
  const onFailure = assert.ifError;
  const nothing = () => {};
  return new Scrubber({
    folder: scratch.path,
    freeBytesMin: 0,
    onFound: nothing,
    onDone: nothing,
    onFailure,
  });
}
