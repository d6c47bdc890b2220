import assert from "node:assert/strict";
import { test } from "node:test";
import { commitOf, messageTo } from "../../../test/conformance/job-db-rows.ts";
import { MemoryDisk } from "./memory-disk.ts";
import { MemoryJobDbStore } from "./memory-job-db-store.ts";

const crashed = { code: "jobdb_failed", message: "the simulated process has crashed" };

function openStore(disk: MemoryDisk, epoch: number): MemoryJobDbStore {
  return new MemoryJobDbStore(disk, { index: 0, count: 1, epoch });
}

/** A disk whose flushes never end. */
function stuckDisk(survives: () => boolean): MemoryDisk {
  return new MemoryDisk({ flush: () => Promise.withResolvers<void>().promise, survives });
}

test("after a crash the old instance is dead and a new one sees what was durable", async () => {
  const disk = new MemoryDisk();
  const store = openStore(disk, 1);
  const jobDb = await store.create();
  await jobDb.commit(commitOf({ messages: [messageTo([1], 1)] }));
  disk.crash();
  await assert.rejects(jobDb.endpoints(), crashed);
  await assert.rejects(jobDb.commit(commitOf({ messages: [messageTo([1], 2)] })), crashed);
  await assert.rejects(store.create(), crashed);
  const [reopened] = await openStore(disk, 2).unsettled();
  assert.equal(reopened?.lastMessageRow, 1);
});

for (const survives of [true, false]) {
  test(`a commit under way at a crash is never answered, and ${survives ? "survives whole" : "leaves nothing"}`, async () => {
    const disk = stuckDisk(() => survives);
    const jobDb = await openStore(disk, 1).create();
    const messages = [messageTo([1], 1), messageTo([1], 2)];
    const commit = assert.rejects(jobDb.commit(commitOf({ messages })), crashed);
    disk.crash();
    await commit;
    const unsettled = await openStore(disk, 2).unsettled();
    assert.deepEqual(
      unsettled.map(({ lastMessageRow }) => lastMessageRow),
      survives ? [2] : [],
    );
  });
}

test("of commits under way one after the other, none survives a crash without those before it", async () => {
  const answers = [true, false, true];
  const disk = stuckDisk(() => answers.shift() ?? false);
  const jobDb = await openStore(disk, 1).create();
  const commits = [1, 2, 3].map((row) =>
    assert.rejects(jobDb.commit(commitOf({ messages: [messageTo([1], row)] })), crashed),
  );
  disk.crash();
  await Promise.all(commits);
  const [reopened] = await openStore(disk, 2).unsettled();
  assert.equal(reopened?.lastMessageRow, 1);
});
