/** kill -9 while a JobDb is archived: whenever it comes, there is a whole archive or none, and the JobDb as it was. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { listArchives, verifyArchive } from "../../src/archive/archive-listing.ts";
import { FolderArchiveStore } from "../../src/archive/folder-archive-store.ts";
import { storeJobDb } from "../../src/archive/store-job-db.ts";
import {
  commitsWithOneUndelivered,
  dumpOf,
  makeDrainedJobDb,
  testNames,
} from "../archive/drained-job-db.ts";
import { ownChild } from "./own-child.ts";
import { makeScratchFolder } from "./scratch-folder.ts";

const program = join(import.meta.dirname, "../archive/store-process.ts");

/** Archives in another process, which is killed after so many lines of it. Whether it came to its end. */
async function storeUntil(lines: number, paths: readonly string[]): Promise<boolean> {
  const child = spawn(process.execPath, [program, ...paths], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const exited = ownChild(child);
  let seen = 0;
  if (lines === 0) child.kill("SIGKILL");
  for await (const _ of createInterface({ input: child.stdout })) {
    seen += 1;
    if (seen === lines) child.kill("SIGKILL");
  }
  return (await exited).code === 0;
}

/** How many archives there are; all of them are whole. */
async function countWhole(archive: string): Promise<number> {
  const store = new FolderArchiveStore(archive);
  let count = 0;
  for await (const listed of listArchives(store)) {
    if (listed.kind === "damaged") assert.fail(listed.damage.why);
    for await (const damage of verifyArchive(store, listed.manifest)) assert.fail(damage.why);
    count += 1;
  }
  return count;
}

test("a process that is killed while it archives leaves a whole archive or none, and the next one finishes", async () => {
  const scratch = makeScratchFolder("archive-crash");
  const folder = join(scratch.path, "jobdb");
  const jobDb = await makeDrainedJobDb(folder, commitsWithOneUndelivered(12));
  const source = dumpOf(folder, jobDb);
  let finished = false;
  for (let lines = 0; !finished; lines += 1) {
    const archive = join(scratch.path, `archive-${lines}`);
    const paths = [folder, archive, String(jobDb)];
    finished = await storeUntil(lines, paths);
    const whole = await countWhole(archive);
    assert.ok(finished ? whole === 1 : whole <= 1);
    assert.deepEqual(dumpOf(folder, jobDb), source);
    const store = new FolderArchiveStore(archive);
    const betweenBlocks = async (): Promise<void> => undefined;
    await storeJobDb(jobDb, "history", {
      store,
      folder,
      names: testNames,
      blockBytes: 6_000,
      betweenBlocks,
    });
    assert.equal(await countWhole(archive), 1);
    assert.ok(lines < 40);
  }
  scratch.remove();
});
