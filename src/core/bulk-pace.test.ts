import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { BulkPace } from "./bulk-pace.ts";
import { limits } from "./limits.ts";

const startMs = 1_000_000;
/** What a flood could start each millisecond. */
const eachMsMax = 50;
const atOnce = (limits.lightAheadMs * limits.lightAttemptsPerSecond) / 1_000 + 1;

/** Starts as many attempts of the application as may start now, up to so many; returns how many did. */
function start(pace: BulkPace<string>, application: string, most: number, nowMs: number): number {
  let started = 0;
  while (started < most && !pace.hasToWait(application, nowMs)) {
    pace.started(application, nowMs);
    started += 1;
  }
  return started;
}

interface Flood {
  readonly floods: number;
  readonly share: number;
  /** Whether one who starts ten attempts a second is there as well. */
  readonly light: boolean;
}

/** Floods that want more than there is, for so many seconds from a second on; how many attempts each starts. */
function flood({ floods, share, light }: Flood, seconds: number): readonly number[] {
  const pace = new BulkPace<string>(share);
  const ring = Array.from({ length: floods }, (_, index) => ({ name: `flood ${index}`, count: 0 }));
  const all = [...ring];
  for (let nowMs = startMs; nowMs < startMs + (1 + seconds) * 1_000; nowMs += 1) {
    if (nowMs === startMs + 1_000) for (const each of all) each.count = 0;
    if (light && nowMs % 100 === 0) assert.equal(start(pace, "light", 1, nowMs), 1);
    for (const each of all) each.count += start(pace, each.name, eachMsMax, nowMs);
    while (pace.nextTurnAtMs <= nowMs) {
      const next = ring.shift();
      assert.ok(next !== undefined);
      ring.push(next);
      pace.giveTurn(next.name, floods, nowMs);
      next.count += start(pace, next.name, eachMsMax, nowMs);
    }
  }
  return all.map(({ count }) => count);
}

function jainIndex(values: readonly number[]): number {
  const sum = values.reduce((total, value) => total + value, 0);
  return sum ** 2 / (values.length * values.reduce((total, value) => total + value ** 2, 0));
}

function assertWithin(actual: number, expected: number, part: number): void {
  assert.ok(Math.abs(actual / expected - 1) <= part, `${actual} is not near ${expected}`);
}

test("with nobody light there nobody waits: not who is alone, nor floods among themselves", () => {
  for (const floods of [1, 2, 10]) {
    const counts = flood({ floods, share: 0.2, light: false }, 2);
    for (const count of counts.slice(1)) assert.ok(count >= eachMsMax * 990, `${count} attempts`);
  }
});

test("beside somebody light a flood has its share, but not less than if it were light, and the light one never waits", () => {
  for (const share of [0.01, 0.05, 0.2, 0.7]) {
    const [attempts = 0] = flood({ floods: 1, share, light: true }, 10);
    const perSecond = Math.max(
      (1_000 * share) / limits.bulkAttemptMs,
      limits.lightAttemptsPerSecond,
    );
    assertWithin(attempts, 10 * perSecond, 0.01);
  }
});

test("floods have one share together, in equal parts, but each as much as one who is light", () => {
  for (const floods of [2, 4, 10, 40]) {
    const counts = flood({ floods, share: 0.2, light: true }, 10);
    assert.ok(jainIndex(counts) >= 0.999, String(jainIndex(counts)));
    const all = counts.reduce((sum, each) => sum + each, 0);
    const perSecond = Math.max(200 / limits.bulkAttemptMs, limits.lightAttemptsPerSecond * floods);
    assertWithin(all, 10 * perSecond, 0.01);
  }
});

test("a flood starts at most a few at once: what its share has within the time that is made up for", () => {
  const pace = new BulkPace<string>(0.2);
  pace.started("light", startMs);
  assert.equal(start(pace, "flood", Infinity, startMs), atOnce);
  pace.giveTurn("flood", 1, startMs);
  assert.equal(start(pace, "flood", Infinity, startMs), 1);
  let turns = 0;
  for (const lateMs = startMs + 500; pace.nextTurnAtMs <= lateMs; turns += 1) {
    pace.giveTurn("flood", 1, lateMs);
  }
  assert.equal(turns, 1 + limits.bulkCatchUpMs / (limits.bulkAttemptMs / 0.2));
});

test("a flood is light again soon after it has ended, and without anybody light nobody waits", () => {
  const pace = new BulkPace<string>(0.2);
  for (let each = 0; each < 100_000; each += 1) pace.started("flood", startMs);
  pace.started("light", startMs);
  assert.ok(pace.hasToWait("flood", startMs));
  assert.ok(!pace.hasToWait("light", startMs));
  assert.ok(!pace.hasToWait("flood", startMs + limits.bulkAheadMsMax));
  for (let each = 0; each < 100; each += 1) pace.started("flood", startMs + 999);
  assert.ok(pace.hasToWait("flood", startMs + 999));
  assert.ok(!pace.hasToWait("flood", startMs + limits.bulkNeighbourMs));
});

test("an attempt that costs as much as ten counts as ten, and the turn after it is as far away", () => {
  const pace = new BulkPace<string>(0.2);
  pace.started("light", startMs);
  let started = 0;
  for (; !pace.hasToWait("flood", startMs); started += 1) pace.started("flood", startMs, 10);
  assert.equal(started, Math.ceil(atOnce / 10));
  pace.giveTurn("flood", 1, startMs);
  const nextTurnAtMs = pace.nextTurnAtMs;
  pace.started("flood", startMs, 10);
  assert.equal(pace.nextTurnAtMs - nextTurnAtMs, (9 * limits.bulkAttemptMs) / 0.2);
});

test("with a share of 1 nobody waits", () => {
  const pace = new BulkPace<string>(1);
  pace.started("light", startMs);
  assert.equal(start(pace, "flood", 10_000, startMs), 10_000);
});

test("who waits is bulk, who has had a turn starts one attempt, and only those that are ahead are remembered", () => {
  const step = fc.record({
    application: fc.integer({ min: 0, max: 5 }),
    attempts: fc.nat(60),
    afterMs: fc.constantFrom(0, 1, 10, 70, 2_000),
    turn: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
      const pace = new BulkPace<number>(0.2);
      const startedAtMs = new Map<number, number[]>();
      let nowMs = startMs;
      for (const { application, attempts, afterMs, turn } of steps) {
        nowMs += afterMs;
        const starts = startedAtMs.get(application) ?? [];
        startedAtMs.set(application, starts);
        if (turn && pace.nextTurnAtMs <= nowMs) {
          const waited = pace.hasToWait(application, nowMs);
          pace.giveTurn(application, 1, nowMs);
          assert.ok(!pace.hasToWait(application, nowMs));
          pace.started(application, nowMs);
          starts.push(nowMs);
          if (waited) assert.ok(pace.hasToWait(application, nowMs));
        }
        for (let each = 0; each < attempts && !pace.hasToWait(application, nowMs); each += 1) {
          pace.started(application, nowMs);
          starts.push(nowMs);
        }
        if (pace.hasToWait(application, nowMs)) {
          const recent = starts.filter((atMs) => atMs > nowMs - limits.bulkAheadMsMax);
          assert.ok(recent.length >= atOnce, `${recent.length} attempts`);
        }
      }
      for (let each = 1; each <= 20; each += 1) pace.started(5 + each, nowMs + 1_000 * each);
      assert.ok(pace.size <= 2, `${pace.size} are remembered`);
    }),
  );
});
