import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type ApplicationKey, applicationKeyOf } from "./ids.ts";
import { jobDbStates, jobDbsToDrop, type StoredJobDb } from "./retention.ts";

const jobDb = (number: number, more: Partial<StoredJobDb> = {}): StoredJobDb => ({
  number,
  state: "drained",
  applications: [applicationKeyOf(1)],
  firstAtMs: number * 100,
  lastAtMs: number * 100 + 50,
  writtenAtMs: number * 100 + 60,
  bytes: 10,
  ...more,
});
const three = [jobDb(1), jobDb(2), jobDb(3)];
const endless = { keptMs: Infinity, ownKeptMs: new Map(), bytesMax: Infinity };
const now = { nowMs: 1_000, pins: [] };
const numbersOf = (dropped: readonly StoredJobDb[]) => dropped.map(({ number }) => number);

test("a JobDb is dropped when its last message has been kept for long enough", () => {
  const dropped = jobDbsToDrop(three, { ...endless, keptMs: 740 }, now);
  assert.deepEqual(numbersOf(dropped), [1, 2]);
});

test("one that was written to since is kept for a day more, or as long as any if that is shorter", () => {
  const dayMs = 24 * 60 * 60 * 1000;
  const restored = jobDb(1, { writtenAtMs: 10 * dayMs });
  const at = (nowMs: number, keptMs: number) =>
    numbersOf(jobDbsToDrop([restored], { ...endless, keptMs }, { nowMs, pins: [] }));
  assert.deepEqual(at(11 * dayMs - 1, 5 * dayMs), []);
  assert.deepEqual(at(11 * dayMs, 5 * dayMs), [1]);
  assert.deepEqual(at(10 * dayMs + 999, 1_000), []);
  assert.deepEqual(at(10 * dayMs + 1_000, 1_000), [1]);
});

test("a JobDb is kept for the longest retention of the applications in it, the server's for those without one", () => {
  const [none, short, long] = [1, 2, 3].map(applicationKeyOf);
  assert.ok(none !== undefined && short !== undefined && long !== undefined);
  const ownKeptMs = new Map([
    [short, 100],
    [long, 1_000],
  ]);
  const droppedAtMs = (...applications: ApplicationKey[]) => {
    const retention = { ...endless, keptMs: 500, ownKeptMs };
    const all = [jobDb(0, { applications, lastAtMs: 0, writtenAtMs: 0 })];
    return [99, 100, 499, 500, 999, 1_000].find(
      (nowMs) => jobDbsToDrop(all, retention, { nowMs, pins: [] }).length > 0,
    );
  };
  assert.equal(droppedAtMs(short), 100);
  assert.equal(droppedAtMs(none), 500);
  assert.equal(droppedAtMs(short, none), 500);
  assert.equal(droppedAtMs(none, short), 500);
  assert.equal(droppedAtMs(short, long, none), 1_000);
});

test("the oldest are dropped, whatever their age, until the rest fits on the disk", () => {
  assert.deepEqual(numbersOf(jobDbsToDrop(three, { ...endless, bytesMax: 30 }, now)), []);
  assert.deepEqual(numbersOf(jobDbsToDrop(three, { ...endless, bytesMax: 29 }, now)), [1]);
  assert.deepEqual(numbersOf(jobDbsToDrop(three, { ...endless, bytesMax: 9 }, now)), [1, 2, 3]);
});

test("what is dropped by age counts for the disk as well", () => {
  const dropped = jobDbsToDrop(three, { ...endless, keptMs: 840, bytesMax: 25 }, now);
  assert.deepEqual(numbersOf(dropped), [1]);
});

test("what was made within a pinned span stays, to the millisecond", () => {
  const everything = { ...endless, keptMs: 0, bytesMax: 0 };
  const pinned = (sinceMs: number, untilMs: number) =>
    numbersOf(jobDbsToDrop(three, everything, { nowMs: 1_000, pins: [{ sinceMs, untilMs }] }));
  assert.deepEqual(pinned(250, 300), [1, 3]);
  assert.deepEqual(pinned(251, 300), [1, 2, 3]);
  assert.deepEqual(pinned(251, 301), [1, 2]);
});

test("nothing unsettled is dropped, and all else that is too old for all of its applications, or too much for the disk", () => {
  const applications = fc.uniqueArray(fc.integer({ min: 1, max: 4 }).map(applicationKeyOf), {
    minLength: 1,
  });
  const times = { lastAtMs: fc.nat(1_000), bytes: fc.nat(50) };
  const jobDbs = fc
    .array(fc.record({ state: fc.constantFrom(...jobDbStates), applications, ...times }))
    .map((each) => each.map((more, index) => jobDb(index + 1, { ...more, firstAtMs: 0 })));
  const retentions = fc.record({
    keptMs: fc.nat(1_000),
    ownKeptMs: fc
      .array(fc.tuple(fc.integer({ min: 1, max: 4 }).map(applicationKeyOf), fc.nat(1_000)))
      .map((entries) => new Map(entries)),
    bytesMax: fc.nat(500),
  });
  fc.assert(
    fc.property(jobDbs, retentions, (all, retention) => {
      const { keptMs, ownKeptMs, bytesMax } = retention;
      const dropped = new Set(jobDbsToDrop(all, retention, now));
      assert.ok([...dropped].every(({ state }) => state === "drained"));
      const left = all.filter((each) => !dropped.has(each));
      const isRecent = ({ lastAtMs, writtenAtMs, applications: owners }: StoredJobDb) =>
        1_000 - Math.max(lastAtMs, writtenAtMs) <
        Math.max(...owners.map((owner) => ownKeptMs.get(owner) ?? keptMs));
      assert.ok(left.every((each) => each.state !== "drained" || isRecent(each)));
      const total = all.reduce((sum, each) => sum + each.bytes, 0);
      assert.ok(total > bytesMax || [...dropped].every((each) => !isRecent(each)));
      const bytes = left.reduce((sum, each) => sum + each.bytes, 0);
      assert.ok(bytes <= bytesMax || left.every((each) => each.state !== "drained"));
    }),
  );
});
