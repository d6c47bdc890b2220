import assert from "node:assert/strict";
import { test } from "node:test";
import { limits } from "./limits.ts";
import { TrafficMinutes } from "./traffic-minutes.ts";
import {
  type AttemptResult,
  attemptResults,
  durationBoundsMs,
  latencyBoundsMs,
  TrafficTally,
  trafficWidth,
} from "./traffic-tally.ts";
import type { Outcome } from "./delivery.ts";

function answered(statusCode: number): Outcome {
  const body = new Uint8Array();
  return { kind: "answered", statusCode, body, retryAfterMs: undefined, durationMs: 7 };
}

test("attempts are counted by what came of them", () => {
  const cases: readonly (readonly [Outcome, AttemptResult])[] = [
    [answered(204), "2xx"],
    [answered(301), "3xx"],
    [answered(410), "4xx"],
    [answered(503), "5xx"],
    [answered(700), "other"],
    [{ kind: "unanswered", reason: "timeout", durationMs: 15_000 }, "timeout"],
    [{ kind: "unanswered", reason: "certificate", durationMs: 3 }, "certificate"],
  ];
  for (const [outcome, result] of cases) {
    const tally = new TrafficTally();
    tally.attempted(outcome);
    assert.deepEqual(
      attemptResults.filter((each) => tally.of(each) > 0),
      [result],
    );
    assert.equal(tally.attempts, 1);
    assert.equal(tally.attemptDuration.sumMs, outcome.durationMs);
  }
});

test("no two numbers of a tally share a place, and tallies add up", () => {
  const tally = new TrafficTally();
  tally.accepted({ payload: new Uint8Array(3), recipients: [] });
  tally.attempted(answered(200));
  tally.delivered(6);
  const sum = new TrafficTally();
  sum.add(tally.numbers);
  sum.add(tally.numbers);
  assert.deepEqual(
    [sum.of("messages"), sum.of("payloadBytes"), sum.of("deliveries"), sum.of("delivered")],
    [2, 6, 0, 2],
  );
  assert.deepEqual(sum.latency.counts, [0, 2, ...latencyBoundsMs.slice(1).map(() => 0)]);
  assert.deepEqual(sum.attemptDuration.counts, [0, 2, ...durationBoundsMs.slice(1).map(() => 0)]);
  assert.deepEqual([sum.latency.sumMs, sum.attemptDuration.sumMs], [12, 14]);
  assert.equal(sum.numbers.length, trafficWidth);
});

test("minutes are kept for an hour, and a clock that goes back adds to the newest", () => {
  const minutes = new TrafficMinutes();
  const one = new TrafficTally();
  one.count("messages");
  const startMs = 28_333_333 * 60_000;
  minutes.add(one.numbers, startMs + 59_999);
  minutes.add(one.numbers, startMs + 60_000);
  minutes.add(one.numbers, startMs);
  const found = (nowMs: number) =>
    minutes.since(nowMs).map(({ atMs, tally }) => [atMs - startMs, tally.of("messages")]);
  const second = [60_000, 2];
  assert.deepEqual(found(startMs + 60_000), [[0, 1], second]);
  assert.deepEqual(found(startMs + limits.talliedMinutes * 60_000), [second]);
  assert.deepEqual(found(startMs + (limits.talliedMinutes + 1) * 60_000), []);
});
