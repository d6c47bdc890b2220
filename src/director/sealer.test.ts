import assert from "node:assert/strict";
import { test } from "node:test";
import { SimulatedClock } from "../../test/simulation/simulated-clock.ts";
import { type ErrorCode, PosthornError } from "../core/errors.ts";
import { limits } from "../core/limits.ts";
import type { JobDbSize } from "../core/sealing.ts";
import { MemoryDisk } from "../jobdb/memory/memory-disk.ts";
import { MemoryJobDbStore } from "../jobdb/memory/memory-job-db-store.ts";
import { Sealer } from "./sealer.ts";

const startMs = 1_700_000_000_000;
const sealing = { rowsMax: 100, bytesMax: Infinity, ageMsMax: 3_600_000 };

/** An open JobDb of a size that the test sets; making the next one fails with `code` while that is set. */
function createWorld() {
  const clock = new SimulatedClock(startMs);
  const store = new MemoryJobDbStore(new MemoryDisk(), { index: 0, count: 1, epoch: 1 });
  const world: { size: JobDbSize | undefined; code: ErrorCode | undefined; made: number } = {
    size: { rows: 1, bytes: 0, firstAtMs: startMs },
    code: undefined,
    made: 0,
  };
  const changes: number[] = [];
  const failures: unknown[] = [];
  const sealer = new Sealer({
    clock,
    store: {
      create: async () => {
        world.made += 1;
        if (world.code !== undefined) throw new PosthornError(world.code, "the test's");
        return store.create();
      },
    },
    sealing,
    openSize: () => world.size,
    onNext: ({ number }) => {
      changes.push(number);
      world.size = { rows: 0, bytes: 0, firstAtMs: undefined };
    },
    onFailure: (error) => failures.push(error),
  });
  return { clock, sealer, world, changes, failures };
}

test("the next JobDb is made once when the open one is nearly full, and takes over when it is full", async () => {
  const { clock, sealer, world, changes } = createWorld();
  sealer.look();
  assert.equal(world.made, 0);
  world.size = { rows: 90, bytes: 0, firstAtMs: startMs };
  sealer.look();
  sealer.look();
  await clock.run(startMs + 1);
  assert.deepEqual([world.made, changes], [1, []]);
  world.size = { rows: 100, bytes: 0, firstAtMs: startMs };
  sealer.look();
  assert.deepEqual([world.made, changes], [1, [1]]);
});

test("it takes over by age without any commit, but not while one is under way", async () => {
  const { clock, sealer, world, changes } = createWorld();
  sealer.look();
  await clock.run(startMs + sealing.ageMsMax - 1);
  const { size } = world;
  world.size = undefined;
  await clock.run(startMs + sealing.ageMsMax + 1);
  assert.deepEqual(changes, []);
  world.size = size;
  sealer.look();
  assert.deepEqual(changes, [1]);
});

test("without room on the disk the open one goes on, and the next one is tried again", async () => {
  const { clock, sealer, world, changes, failures } = createWorld();
  world.code = "data_unwritable";
  world.size = { rows: 100, bytes: 0, firstAtMs: startMs };
  for (let count = 0; count < 3; count += 1) sealer.look();
  await clock.run(startMs + limits.sealingRetryMs - 1);
  assert.deepEqual([world.made, changes, failures], [1, [], []]);
  world.code = undefined;
  await clock.run(startMs + limits.sealingRetryMs + 1);
  assert.deepEqual([world.made, changes, failures], [2, [1], []]);
});

test("what else goes wrong is told", async () => {
  const { clock, sealer, world, failures } = createWorld();
  world.code = "jobdb_failed";
  world.size = { rows: 100, bytes: 0, firstAtMs: startMs };
  sealer.look();
  await clock.run(startMs + 1);
  assert.equal(failures.length, 1);
});
