import assert from "node:assert/strict";
import { test } from "node:test";
import { baseAtMs } from "../../test/conformance/job-db-rows.ts";
import type { MissingJobDb } from "../archive/missing-job-dbs.ts";
import type { BackgroundTask } from "../control/entities.ts";
import { PosthornError } from "../core/errors.ts";
import { applicationKeyOf, messageIdOf } from "../core/ids.ts";
import { limits } from "../core/limits.ts";
import { Restorer } from "./restorer.ts";

const task = {
  key: 1,
  application: applicationKeyOf(1),
  endpoint: undefined,
  sinceMs: baseAtMs + 100,
  untilMs: baseAtMs + 1_000,
  filter: { archived: true, state: "failed" },
  cursor: undefined,
} as BackgroundTask; // no more of it is looked at

const two: readonly MissingJobDb[] = [
  { jobDb: 4, fromMs: baseAtMs + 200, bytes: 10 },
  { jobDb: 3, fromMs: baseAtMs + 300, bytes: 20 },
];

/** A restorer of an archive that has two JobDbs, and does what `fails` throws. */
function createWorld(fails: () => void = () => undefined) {
  const asked: object[] = [];
  const restored: number[] = [];
  const timers: { readonly delayMs: number; readonly callback: () => void }[] = [];
  const failures: unknown[] = [];
  const world = { room: Infinity, changes: 0 };
  const restorer = new Restorer({
    archive: {
      findMissing: async (filter) => {
        asked.push(filter);
        fails();
        return two;
      },
      restore: async (jobDb) => {
        fails();
        restored.push(jobDb);
      },
    },
    disk: { hasRoomFor: (bytes) => bytes <= world.room },
    noneDropping: async () => undefined,
    clock: {
      after: (delayMs, callback) => {
        timers.push({ delayMs, callback });
        return { stop: () => undefined };
      },
    },
    onChange: () => void (world.changes += 1),
    onFailure: (error) => failures.push(error),
  });
  return { restorer, world, asked, restored, timers, failures };
}

/** Lets what was begun go on to its end. */
function settled(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  setImmediate(resolve);
  return promise;
}

test("a task reaches the first that is missing, then the next, then the end, and each is restored once it is asked for", async () => {
  const { restorer, world, asked, restored } = createWorld();
  assert.deepEqual(restorer.reach(task), { kind: "waits" });
  assert.deepEqual(restorer.reach(task), { kind: "waits" });
  await settled();
  assert.equal(world.changes, 1);
  assert.equal(asked.length, 1);
  assert.deepEqual(restorer.reach(task), { kind: "reached", untilMs: baseAtMs + 200 });
  assert.deepEqual(restored, []);
  restorer.goOn(task);
  assert.deepEqual(restorer.reach(task), { kind: "waits" });
  await settled();
  assert.deepEqual(
    [restored, restorer.reach(task)],
    [[4], { kind: "reached", untilMs: baseAtMs + 300 }],
  );
  restorer.goOn(task);
  await settled();
  const end = { kind: "reached", untilMs: Infinity };
  assert.deepEqual([restored, restorer.reach(task)], [[4, 3], end]);
});

test("what is before a task's cursor is not looked for any more", async () => {
  const { restorer, asked } = createWorld();
  const cursor = messageIdOf({ atMs: baseAtMs + 500, jobDb: 1, row: 1, nonce: 1 });
  restorer.reach({ ...task, cursor });
  await settled();
  const { application, endpoint } = task;
  assert.deepEqual(asked, [
    {
      application,
      endpoint,
      eventTypes: undefined,
      sinceMs: baseAtMs + 500,
      untilMs: baseAtMs + 1_000,
      failed: true,
    },
  ]);
});

test("what may pass is tried again, later each time, and told once", async () => {
  let isFailing = true;
  const { restorer, timers, failures } = createWorld(() => {
    if (isFailing) throw new PosthornError("archive_failed", "not now");
  });
  for (let tries = 0; tries < 3; tries += 1) {
    restorer.reach(task);
    await settled();
    assert.deepEqual(restorer.reach(task), { kind: "waits" });
    timers.at(-1)?.callback();
  }
  const first = limits.taskRetryMs;
  assert.deepEqual(
    timers.map(({ delayMs }) => delayMs),
    [first, 2 * first, 4 * first],
  );
  assert.equal(failures.length, 1);
  isFailing = false;
  restorer.reach(task);
  await settled();
  assert.deepEqual(restorer.reach(task), { kind: "reached", untilMs: baseAtMs + 200 });
});

test("nothing is restored for which the disk has no room", async () => {
  const { restorer, world, restored, timers, failures } = createWorld();
  restorer.reach(task);
  await settled();
  world.room = 9;
  restorer.goOn(task);
  await settled();
  assert.deepEqual(restored, []);
  assert.equal((failures[0] as PosthornError).code, "disk_full");
  world.room = 10;
  timers.at(-1)?.callback();
  restorer.goOn(task);
  await settled();
  assert.deepEqual(restored, [4]);
});

for (const code of ["archive_damaged", "data_newer"] as const) {
  test(`a task can't go on when the archive fails with ${code}`, async () => {
    const { restorer, world, timers } = createWorld(() => {
      throw new PosthornError(code, "never");
    });
    restorer.reach(task);
    await settled();
    assert.deepEqual(restorer.reach(task), { kind: "unreadable" });
    assert.deepEqual([world.changes, timers.length], [1, 0]);
  });
}
