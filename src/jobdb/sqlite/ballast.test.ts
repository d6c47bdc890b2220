import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, type TestContext, test } from "node:test";
import { commitOf, messageTo } from "../../../test/conformance/job-db-rows.ts";
import { makeScratchFolder, type ScratchFolder } from "../../../test/e2e/scratch-folder.ts";
import { mountSmallDisk, type SmallDisk } from "../../../test/e2e/small-disk.ts";
import { endpointKeyOf } from "../../core/ids.ts";
import { makeBallast, missingBallastBytes } from "./ballast.ts";
import { SqliteJobDbStore } from "./sqlite-job-db-store.ts";

const ballastBytes = 1024 * 1024;
const owner = { index: 0, count: 1, epoch: 1 };
let scratch: ScratchFolder;

before(() => {
  scratch = makeScratchFolder("ballast");
});
after(() => scratch.remove());

/** With a ballast. Undefined: the test is skipped. */
async function smallDisk(context: TestContext, name: string): Promise<SmallDisk | undefined> {
  const disk = mountSmallDisk(join(scratch.path, name), 4);
  if (typeof disk === "string") {
    context.skip(disk);
    return undefined;
  }
  context.after(() => disk.unmount());
  assert.equal(await missingBallastBytes(disk.path, ballastBytes), ballastBytes);
  await makeBallast(disk.path, ballastBytes);
  assert.equal(await missingBallastBytes(disk.path, ballastBytes), 0);
  return disk;
}

test("a commit that finds the disk full gives the ballast up, and then all of it is there", async (context) => {
  const disk = await smallDisk(context, "commit");
  if (disk === undefined) return;
  const store = new SqliteJobDbStore(disk.path, owner);
  const jobDb = await store.create();
  await jobDb.commit(commitOf({ messages: [messageTo([1], 1)] }));
  disk.fill(0);
  await jobDb.commit(commitOf({ messages: [messageTo([1, 2], 2)] }));
  assert.equal(await missingBallastBytes(disk.path, ballastBytes), ballastBytes);
  assert.deepEqual(await jobDb.endpoints(), [endpointKeyOf(1), endpointKeyOf(2)]);
  await store.close();
});

test("without a ballast a commit on a full disk fails as such, and what was committed is there", async (context) => {
  const disk = await smallDisk(context, "without");
  if (disk === undefined) return;
  const store = new SqliteJobDbStore(disk.path, owner);
  const jobDb = await store.create();
  await jobDb.commit(commitOf({ messages: [messageTo([1], 1)] }));
  disk.fill(0);
  const payload = new Uint8Array(2 * ballastBytes);
  const commit = commitOf({ messages: [messageTo([2], 2, { payload })] });
  await assert.rejects(jobDb.commit(commit), { code: "disk_full" });
  await assert.rejects(jobDb.endpoints(), { code: "disk_full" });
  await store.close();

  disk.free();
  const again = new SqliteJobDbStore(disk.path, { ...owner, epoch: 2 });
  const [left] = await again.unsettled();
  assert.deepEqual(await left?.endpoints(), [endpointKeyOf(1)]);
  await again.close();
});

test("a ballast that does not fit leaves nothing of itself", async (context) => {
  const disk = await smallDisk(context, "too-small");
  if (disk === undefined) return;
  await assert.rejects(makeBallast(disk.path, 8 * ballastBytes), { code: "ENOSPC" });
  assert.equal(await missingBallastBytes(disk.path, ballastBytes), ballastBytes);
});
