import assert from "node:assert/strict";
import { test } from "node:test";
import { SimulatedClock } from "../../test/simulation/simulated-clock.ts";
import { type ApplicationKey, applicationKeyOf } from "../core/ids.ts";
import { limits } from "../core/limits.ts";
import type { PinnedSpan, StoredJobDb } from "../core/retention.ts";
import { Dropper } from "./dropper.ts";
import type { Archive } from "./ports.ts";

const startMs = 1_700_000_000_000;

/** Three settled JobDbs of an application each, a second apart, that are kept for an hour; `steps` has what is done, in order. */
function createWorld(options: { readonly archive?: Archive; readonly pins?: PinnedSpan[] } = {}) {
  const clock = new SimulatedClock(startMs);
  const jobDbs = new Map(
    [1, 2, 3].map((number): [number, StoredJobDb] => {
      const atMs = startMs + number * 1_000;
      const times = { firstAtMs: atMs, lastAtMs: atMs, writtenAtMs: atMs };
      const applications = [applicationKeyOf(number)];
      return [number, { number, state: "drained", applications, ...times, bytes: 1 }];
    }),
  );
  const ownKeptMs = new Map<ApplicationKey, number>();
  const steps: string[] = [];
  const inUse = new Set<number>();
  const failures: unknown[] = [];
  const dropper = new Dropper({
    clock,
    retention: () => ({ keptMs: 3_600_000, ownKeptMs, bytesMax: Infinity }),
    jobDbs: async () => [...jobDbs.values()],
    pins: () => options.pins ?? [],
    archive: options.archive,
    drop: async (number) => {
      if (inUse.has(number)) return false;
      steps.push(`drop ${number}`);
      return jobDbs.delete(number);
    },
    onDropped: ({ number }) => steps.push(`dropped ${number}`),
    onFailure: (error) => failures.push(error),
  });
  const afterAnHour = startMs + 3_610_000 + limits.dropIntervalMs;
  return { clock, dropper, steps, inUse, failures, jobDbs, ownKeptMs, afterAnHour };
}

test("JobDbs are dropped when their time is over, the oldest first", async () => {
  const { clock, dropper, steps, afterAnHour } = createWorld();
  dropper.start();
  await clock.run(startMs + 3_600_000);
  assert.deepEqual(steps, []);
  await clock.run(afterAnHour);
  const inOrder = [1, 2, 3].flatMap((number) => [`drop ${number}`, `dropped ${number}`]);
  assert.deepEqual(steps, inOrder);
});

test("a retention of an application's own holds as soon as it is given and until it is taken away", async () => {
  const { clock, dropper, jobDbs, ownKeptMs, afterAnHour } = createWorld();
  dropper.start();
  ownKeptMs.set(applicationKeyOf(2), 60_000);
  ownKeptMs.set(applicationKeyOf(3), Infinity);
  await clock.run(startMs + 70_000 + limits.dropIntervalMs);
  assert.deepEqual([...jobDbs.keys()], [1, 3]);
  await clock.run(afterAnHour);
  assert.deepEqual([...jobDbs.keys()], [3]);
  ownKeptMs.clear();
  await clock.run(afterAnHour + 2 * limits.dropIntervalMs);
  assert.deepEqual([...jobDbs.keys()], []);
});

test("one in use is passed over, and dropped when it is not any more", async () => {
  const { clock, dropper, steps, inUse, afterAnHour } = createWorld();
  inUse.add(1);
  dropper.start();
  await clock.run(afterAnHour);
  assert.deepEqual(steps, ["drop 2", "dropped 2", "drop 3", "dropped 3"]);
  inUse.clear();
  await clock.run(afterAnHour + 2 * limits.dropIntervalMs);
  assert.deepEqual(steps.slice(4), ["drop 1", "dropped 1"]);
});

test("what a background task has still to read stays until it has", async () => {
  const pins = [{ sinceMs: 0, untilMs: startMs + 1_001 }];
  const { clock, dropper, jobDbs, afterAnHour } = createWorld({ pins });
  dropper.start();
  await clock.run(afterAnHour);
  assert.deepEqual([...jobDbs.keys()], [1]);
  pins.length = 0;
  await clock.run(afterAnHour + 2 * limits.dropIntervalMs);
  assert.deepEqual([...jobDbs.keys()], []);
});

test("a JobDb is dropped only when the archive has it; if it can't, all is kept and tried again", async () => {
  const stored: number[] = [];
  let isBroken = true;
  const archive: Archive = {
    resting: false,
    store: async (jobDb) => {
      if (isBroken) throw new Error("the archive is away");
      stored.push(jobDb);
    },
  };
  const { clock, dropper, steps, failures, jobDbs, afterAnHour } = createWorld({ archive });
  dropper.start();
  await clock.run(afterAnHour);
  assert.deepEqual([steps, jobDbs.size], [[], 3]);
  assert.ok(failures.length > 0);
  isBroken = false;
  await clock.run(afterAnHour + 4 * limits.dropIntervalMs);
  assert.deepEqual([stored, jobDbs.size], [[1, 2, 3], 0]);
});

test("nothing is dropped while the archive rests, and all is when that is over", async () => {
  const stored: number[] = [];
  const archive = { resting: true, store: async (jobDb: number) => void stored.push(jobDb) };
  const { clock, dropper, failures, jobDbs, afterAnHour } = createWorld({ archive });
  dropper.start();
  await clock.run(afterAnHour);
  assert.deepEqual([stored, jobDbs.size, failures], [[], 3, []]);
  archive.resting = false;
  await clock.run(afterAnHour + 2 * limits.dropIntervalMs);
  assert.deepEqual([stored, jobDbs.size], [[1, 2, 3], 0]);
});

test("a JobDb that was written to while it was being archived is archived again before it is dropped", async () => {
  const stored: number[] = [];
  const archive: Archive = {
    resting: false,
    store: async (number) => {
      const jobDb = jobDbs.get(number);
      if (number === 2 && !stored.includes(2) && jobDb !== undefined)
        jobDbs.set(number, { ...jobDb, writtenAtMs: clock.nowMs() });
      stored.push(number);
    },
  };
  const { clock, dropper, steps, jobDbs, afterAnHour } = createWorld({ archive });
  dropper.start();
  await clock.run(afterAnHour);
  assert.deepEqual([stored, [...jobDbs.keys()]], [[1, 2, 3], [2]]);
  await clock.run(2 * afterAnHour - startMs);
  assert.deepEqual([stored.at(-1), steps.at(-1), jobDbs.size], [2, "dropped 2", 0]);
});

test("one JobDb that can't be archived holds up no other", async () => {
  const archive: Archive = {
    resting: false,
    store: async (jobDb) => {
      if (jobDb === 1) throw new Error("another data folder's JobDb has its place");
    },
  };
  const { clock, dropper, failures, jobDbs, afterAnHour } = createWorld({ archive });
  dropper.start();
  await clock.run(afterAnHour);
  assert.deepEqual([...jobDbs.keys()], [1]);
  assert.ok(failures.length > 0);
});

test("what can't be archived is tried again at waits that double, up to an hour", async () => {
  const triesAtMs: number[] = [];
  const archive: Archive = {
    resting: false,
    store: async (jobDb) => {
      if (jobDb !== 1) return;
      triesAtMs.push(clock.nowMs());
      throw new Error("the archive is away");
    },
  };
  const { clock, dropper, afterAnHour } = createWorld({ archive });
  dropper.start();
  await clock.run(afterAnHour + 4 * 3_600_000);
  const waits = triesAtMs.slice(1).map((atMs, index) => atMs - (triesAtMs[index] ?? 0));
  assert.deepEqual(
    waits.slice(0, 4).map((ms) => ms / limits.dropIntervalMs),
    [1, 2, 4, 8],
  );
  assert.equal(waits.at(-1), 3_600_000);
});

test("what a task comes to need while it is being archived is not dropped", async () => {
  const pins: PinnedSpan[] = [];
  const archive: Archive = {
    resting: false,
    store: async (jobDb) => {
      if (jobDb === 2) pins.push({ sinceMs: startMs + 2_000, untilMs: startMs + 2_001 });
    },
  };
  const { clock, dropper, jobDbs, afterAnHour } = createWorld({ archive, pins });
  dropper.start();
  await clock.run(afterAnHour);
  assert.deepEqual([...jobDbs.keys()], [2]);
});

test("after its end a dropper drops nothing", async () => {
  const { clock, dropper, steps, afterAnHour } = createWorld();
  dropper.start();
  await dropper.stop();
  await clock.run(afterAnHour);
  assert.deepEqual(steps, []);
});
