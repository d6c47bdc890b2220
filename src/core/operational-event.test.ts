import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { attemptEventTypeOf, mayBeTold } from "./operational-event.ts";

const failed = { settlement: undefined, retryAtMs: 1 };

test("the fourth failure is told as failing if another attempt is planned", () => {
  for (const number of [1, 2, 3, 5, 9]) {
    assert.equal(attemptEventTypeOf({ ...failed, number }, false), undefined);
  }
  assert.equal(attemptEventTypeOf({ ...failed, number: 4 }, false), "message.attempt.failing");
  const last = { number: 4, settlement: undefined, retryAtMs: undefined };
  assert.equal(attemptEventTypeOf(last, false), undefined);
});

test("the last failure is told as exhausted, whatever its number", () => {
  for (const number of [1, 4, 10]) {
    const attempt = { number, settlement: "exhausted", retryAtMs: undefined } as const;
    assert.equal(attemptEventTypeOf(attempt, number > 4), "message.attempt.exhausted");
  }
});

test("a success is told as recovered if a failure was told before", () => {
  const attempt = { number: 5, settlement: "delivered", retryAtMs: undefined } as const;
  assert.equal(attemptEventTypeOf(attempt, true), "message.attempt.recovered");
  assert.equal(attemptEventTypeOf({ ...attempt, number: 1 }, false), undefined);
});

test("an attempt that was answered 410 is told as its endpoint's end alone", () => {
  const attempt = { number: 4, settlement: "gone", retryAtMs: 1 } as const;
  assert.equal(attemptEventTypeOf(attempt, true), undefined);
});

test("whatever is told of may be told, and a first success may not", () => {
  const attempt = fc.record({
    round: fc.integer({ min: 0, max: 2 }),
    number: fc.integer({ min: 1, max: 12 }),
    settlement: fc.constantFrom("delivered", "gone", "exhausted", "cancelled", undefined),
    retryAtMs: fc.constantFrom(1, undefined),
  });
  fc.assert(
    fc.property(attempt, (each) => {
      const failedBefore = each.number > 4 || each.round > 0;
      if (attemptEventTypeOf(each, failedBefore) !== undefined) assert.ok(mayBeTold(each));
    }),
  );
  assert.equal(
    mayBeTold({ round: 0, number: 1, settlement: "delivered", retryAtMs: undefined }),
    false,
  );
});
