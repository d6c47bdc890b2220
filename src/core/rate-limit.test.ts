import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { limits } from "./limits.ts";
import { initialRateLimit, takeTurn } from "./rate-limit.ts";

const startMs = 1_700_000_000_000;

/** When turns are taken by somebody who always wants one and whose timers are late. */
function turnsAt(ratePerSecond: number, count: number, latenessMs: (turn: number) => number) {
  let rateLimit = takeTurn(initialRateLimit, ratePerSecond, startMs);
  const atMs = [startMs];
  while (atMs.length < count) {
    const nowMs = Math.max(rateLimit.nextAtMs + latenessMs(atMs.length), atMs.at(-1) ?? 0);
    rateLimit = takeTurn(rateLimit, ratePerSecond, nowMs);
    atMs.push(nowMs);
  }
  return atMs;
}

const rates = fc.oneof(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 3_000 }));

const anyLateness = fc.array(fc.nat(3_000), { minLength: 1 });
const anyWay = fc.array(fc.double({ min: 0, max: limits.rateWayMs, noNaN: true }), {
  minLength: 1,
});

test("no window of one second has more arrivals than the rate, however late turns are taken and whatever the way takes", () => {
  fc.assert(
    fc.property(rates, anyLateness, anyWay, (rate, lateness, wayMs) => {
      const startsMs = turnsAt(rate, 2 * rate + 20, (turn) => {
        const late = lateness[turn % lateness.length] ?? 0;
        // Mostly by a few milliseconds, now and then by much.
        return late > 2_900 ? late : (late % 120) / 10;
      });
      const atMs = startsMs
        .map((startedMs, turn) => startedMs + (wayMs[turn % wayMs.length] ?? 0))
        .sort((one, other) => one - other);
      for (let turn = 0; turn + rate < atMs.length; turn += 1) {
        const windowMs = (atMs[turn + rate] ?? 0) - (atMs[turn] ?? 0);
        assert.ok(windowMs >= 1_000, `${rate + 1} arrivals in ${windowMs} ms`);
      }
    }),
    { seed: 1, numRuns: 200 },
  );
});

test("who always waits gets the rate to 5 %, with timers that are late by up to 10 ms", () => {
  fc.assert(
    fc.property(rates, fc.array(fc.nat(limits.rateCatchUpMs), { minLength: 1 }), (rate, late) => {
      const count = Math.max(3 * rate, 50);
      const atMs = turnsAt(rate, count + 1, (turn) => late[turn % late.length] ?? 0);
      const perSecond = (count / ((atMs.at(-1) ?? 0) - startMs)) * 1_000;
      assert.ok(perSecond >= 0.95 * rate && perSecond <= rate, `${perSecond} of ${rate}`);
    }),
    { seed: 2, numRuns: 200 },
  );
});

test("turns are spaced: after a silence of any length there is one, then the next a spacing later", () => {
  const first = takeTurn(initialRateLimit, 10, startMs);
  const second = takeTurn(first, 10, startMs + 3_600_000);
  const earliestMs = startMs + 3_600_000 + 100 - limits.rateCatchUpMs;
  assert.ok(second.nextAtMs >= earliestMs);
  assert.throws(() => takeTurn(second, 10, startMs + 3_600_050), /its time/);
});

test("another rate holds from the next turn on", () => {
  const slow = takeTurn(initialRateLimit, 1, startMs);
  const quick = takeTurn(slow, 1_000, slow.nextAtMs);
  assert.ok(quick.nextAtMs - slow.nextAtMs < 1.1);
});
