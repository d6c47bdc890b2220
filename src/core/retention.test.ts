import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { jobDbsToDrop, type StoredJobDb } from "./retention.ts";

const jobDb = (number: number, more: Partial<StoredJobDb> = {}): StoredJobDb => ({
  number,
  settled: true,
  firstAtMs: number * 100,
  lastAtMs: number * 100 + 50,
  writtenAtMs: number * 100 + 60,
  bytes: 10,
  ...more,
});
const three = [jobDb(1), jobDb(2), jobDb(3)];
const endless = { keptMs: Infinity, bytesMax: Infinity };
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

test("the oldest are dropped, whatever their age, until the rest fits on the disk", () => {
  assert.deepEqual(numbersOf(jobDbsToDrop(three, { ...endless, bytesMax: 30 }, now)), []);
  assert.deepEqual(numbersOf(jobDbsToDrop(three, { ...endless, bytesMax: 29 }, now)), [1]);
  assert.deepEqual(numbersOf(jobDbsToDrop(three, { ...endless, bytesMax: 9 }, now)), [1, 2, 3]);
});

test("what is dropped by age counts for the disk as well", () => {
  const dropped = jobDbsToDrop(three, { keptMs: 840, bytesMax: 25 }, now);
  assert.deepEqual(numbersOf(dropped), [1]);
});

test("what was made within a pinned span stays, to the millisecond", () => {
  const everything = { keptMs: 0, bytesMax: 0 };
  const pinned = (sinceMs: number, untilMs: number) =>
    numbersOf(jobDbsToDrop(three, everything, { nowMs: 1_000, pins: [{ sinceMs, untilMs }] }));
  assert.deepEqual(pinned(250, 300), [1, 3]);
  assert.deepEqual(pinned(251, 300), [1, 2, 3]);
  assert.deepEqual(pinned(251, 301), [1, 2]);
});

test("nothing unsettled is dropped, and all else that is too old, or too much for the disk", () => {
  const jobDbs = fc
    .array(fc.record({ settled: fc.boolean(), lastAtMs: fc.nat(1_000), bytes: fc.nat(50) }))
    .map((each) => each.map((more, index) => jobDb(index + 1, { ...more, firstAtMs: 0 })));
  fc.assert(
    fc.property(jobDbs, fc.nat(1_000), fc.nat(500), (all, keptMs, bytesMax) => {
      const dropped = new Set(jobDbsToDrop(all, { keptMs, bytesMax }, now));
      assert.ok([...dropped].every(({ settled }) => settled));
      const left = all.filter((each) => !dropped.has(each));
      const isRecent = ({ lastAtMs, writtenAtMs }: StoredJobDb) =>
        1_000 - Math.max(lastAtMs, writtenAtMs) < keptMs;
      assert.ok(left.every((each) => !each.settled || isRecent(each)));
      const bytes = left.reduce((sum, each) => sum + each.bytes, 0);
      assert.ok(bytes <= bytesMax || left.every((each) => !each.settled));
    }),
  );
});
