import assert from "node:assert/strict";
import { setImmediate as turn } from "node:timers/promises";
import { test } from "node:test";
import { baseAtMs, commitOf, messageTo } from "../../test/conformance/job-db-rows.ts";
import { SimulatedClock } from "../../test/simulation/simulated-clock.ts";
import { limits } from "../core/limits.ts";
import { MemoryDisk } from "../jobdb/memory/memory-disk.ts";
import { MemoryJobDbStore } from "../jobdb/memory/memory-job-db-store.ts";
import { Eraser } from "./eraser.ts";
import { PayloadCache } from "./payload-cache.ts";
import type { JobDb } from "./ports.ts";

const dayMs = 24 * 60 * 60 * 1000;

/** Two JobDbs with a message each, kept for 5 and for 30 days. */
async function createWorld() {
  const disk = new MemoryDisk();
  const store = new MemoryJobDbStore(disk, { index: 0, count: 1, epoch: 1 });
  const jobDbs = new Map<number, JobDb>();
  for (const retentionDays of [5, 30]) {
    const jobDb = await store.create();
    await jobDb.commit(commitOf({ messages: [messageTo([1], 1, { retentionDays })] }));
    jobDbs.set(jobDb.number, jobDb);
  }
  const clock = new SimulatedClock(baseAtMs + dayMs);
  /** The JobDbs that were opened, in order. */
  const opened: number[] = [];
  const failures: unknown[] = [];
  const eraser = new Eraser({
    clock,
    expiring: (untilMs) => store.expiring(untilMs),
    withJobDb: (number, use) => {
      opened.push(number);
      return use(jobDbs.get(number) ?? assert.fail());
    },
    payloads: new PayloadCache(),
    assertAccepting: () => {},
    onFailure: (error) => failures.push(error),
  });
  const erased = () => [...disk.files.values()].map((file) => file.erased.size);
  return { clock, eraser, erased, opened, failures, disk };
}

test("payloads are erased when their own days are over, and a JobDb is opened only when that may be", async () => {
  const { clock, eraser, erased, opened, failures } = await createWorld();
  eraser.start();
  await clock.run(baseAtMs + 5 * dayMs - limits.erasureIntervalMs);
  assert.deepEqual([erased(), opened], [[0, 0], []]);
  await clock.run(baseAtMs + 5 * dayMs + 2 * limits.erasureIntervalMs);
  assert.deepEqual([erased(), opened], [[1, 0], [1]]);
  await clock.run(baseAtMs + 30 * dayMs + 2 * limits.erasureIntervalMs);
  assert.deepEqual(
    [erased(), opened],
    [
      [1, 1],
      [1, 2],
    ],
  );
  assert.deepEqual(failures, []);
});

test("after its end an eraser opens nothing", async () => {
  const { clock, eraser, erased, opened } = await createWorld();
  eraser.start();
  eraser.stop();
  await turn();
  const before = opened.length;
  await clock.run(baseAtMs + 40 * dayMs);
  assert.deepEqual([erased(), opened.length], [[0, 0], before]);
});

test("what goes wrong is told, and nothing is erased any more", async () => {
  const { clock, eraser, erased, failures, disk } = await createWorld();
  disk.crash();
  eraser.start();
  await clock.run(baseAtMs + 40 * dayMs);
  assert.equal(failures.length, 1);
  assert.deepEqual(erased(), [0, 0]);
});
