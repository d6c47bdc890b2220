import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { deliveryNumberOf, isGone, messageRowOf, nextStep, type Outcome } from "./delivery.ts";
import { limits } from "./limits.ts";
import { defaultRetrySchedule, parseRetryAfterMs, retryDelayMs } from "./retry-schedule.ts";

const nowMs = 1_700_000_000_000;

function answered(statusCode: number, retryAfterMs?: number): Outcome {
  return { kind: "answered", statusCode, body: new Uint8Array(), retryAfterMs, durationMs: 5 };
}

const unanswered: Outcome = { kind: "unanswered", reason: "timeout", durationMs: 15_000 };

function scheduled(attempt: number) {
  return { attempt, trigger: "scheduled" } as const;
}

test("any 2xx delivers", () => {
  for (const code of [200, 201, 202, 204, 299]) {
    assert.deepEqual(nextStep(scheduled(1), answered(code), [5], { nowMs, random: 0 }), {
      kind: "settle",
      settlement: "delivered",
    });
  }
});

test("410 ends the delivery as gone, whatever the schedule has left", () => {
  const step = nextStep(scheduled(1), answered(410), defaultRetrySchedule, { nowMs, random: 0 });
  assert.deepEqual(step, { kind: "settle", settlement: "gone" });
});

test("every other answer and no answer at all is retried by the schedule", () => {
  for (const outcome of [
    ...[100, 199, 300, 301, 304, 400, 401, 404, 429, 500, 503, 599].map((code) => answered(code)),
    unanswered,
  ]) {
    assert.deepEqual(nextStep(scheduled(2), outcome, [5, 300], { nowMs, random: 0 }), {
      kind: "retry",
      atMs: nowMs + 300_000,
    });
  }
});

test("after the last entry of the schedule the delivery is exhausted", () => {
  assert.deepEqual(nextStep(scheduled(3), answered(500), [5, 300], { nowMs, random: 0 }), {
    kind: "settle",
    settlement: "exhausted",
  });
  assert.deepEqual(nextStep(scheduled(1), unanswered, [], { nowMs, random: 0 }), {
    kind: "settle",
    settlement: "exhausted",
  });
});

test("a manual attempt delivers or leaves everything as it is", () => {
  const stepOf = (outcome: Outcome) =>
    nextStep({ attempt: 1, trigger: "manual" }, outcome, [5, 300], { nowMs, random: 0 });
  assert.deepEqual(stepOf(answered(204)), { kind: "settle", settlement: "delivered" });
  for (const outcome of [answered(500), answered(410), answered(429, 1_000), unanswered]) {
    assert.deepEqual(stepOf(outcome), { kind: "leave" });
  }
});

test("an endpoint is gone by 410 alone", () => {
  assert.equal(isGone(answered(410)), true);
  for (const outcome of [answered(404), answered(200), unanswered]) {
    assert.equal(isGone(outcome), false);
  }
});

test("Retry-After moves a retry back, never forward, and at most a day", () => {
  const at = (retryAfterMs: number) =>
    nextStep(scheduled(1), answered(429, retryAfterMs), [5], { nowMs, random: 0 });
  assert.deepEqual(at(60_000), { kind: "retry", atMs: nowMs + 60_000 });
  assert.deepEqual(at(1), { kind: "retry", atMs: nowMs + 5_000 });
  assert.deepEqual(at(1e12), { kind: "retry", atMs: nowMs + limits.retryAfterMsMax });
});

test("a retry is never early and at most a tenth late, and always in the future", () => {
  fc.assert(
    fc.property(
      fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      fc.nat(1000),
      (random, seconds) => {
        const step = nextStep(scheduled(1), unanswered, [seconds], { nowMs, random });
        assert.equal(step.kind, "retry");
        const waitMs = step.kind === "retry" ? step.atMs - nowMs : 0;
        assert.ok(waitMs >= Math.max(1, seconds * 1000));
        assert.ok(waitMs <= Math.max(1, Math.ceil(seconds * 1000 * 1.1)));
      },
    ),
  );
});

test("the default schedule is the specification's: ten attempts over 75 h 35 min 5 s", () => {
  assert.equal(defaultRetrySchedule.length, 9);
  assert.equal(
    defaultRetrySchedule.reduce((sum, seconds) => sum + seconds, 0),
    (75 * 60 + 35) * 60 + 5,
  );
  assert.equal(retryDelayMs(defaultRetrySchedule, 10, 0), undefined);
});

test("Retry-After is read as seconds or as a date", () => {
  assert.equal(parseRetryAfterMs(" 120 ", Number.NaN, nowMs), 120_000);
  assert.equal(parseRetryAfterMs("date", nowMs + 7_000, nowMs), 7_000);
  assert.equal(parseRetryAfterMs("date", nowMs - 7_000, nowMs), 0);
  assert.equal(parseRetryAfterMs("-5", Number.NaN, nowMs), undefined);
  assert.equal(parseRetryAfterMs("soon", Number.NaN, nowMs), undefined);
});

test("a delivery's number gives back its message's row exactly, up to the largest row", () => {
  for (const row of [1, 2, 2 ** 31, 2 ** 37 - 1]) {
    for (const ordinal of [0, 1, 65_535]) {
      assert.equal(messageRowOf(deliveryNumberOf(row, ordinal)), row);
    }
  }
  assert.throws(() => deliveryNumberOf(1, 65_536), /ordinal/);
});
