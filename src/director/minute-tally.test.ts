import assert from "node:assert/strict";
import { test } from "node:test";
import { limits } from "../core/limits.ts";
import { MinuteTally } from "./minute-tally.ts";

const startMs = 28_333_333 * 60_000;

function at(minute: number): number {
  return startMs + minute * 60_000 + 17;
}

test("attempts are counted by the minute, and minutes without any are left out", () => {
  const tally = new MinuteTally();
  assert.deepEqual(tally.minutes(at(0)), []);
  tally.count("succeeded", at(0));
  tally.count("succeeded", at(0));
  tally.count("failed", at(2));
  tally.count("unanswered", at(2));
  assert.deepEqual(tally.minutes(at(2)), [
    { atMs: startMs, succeeded: 2, failed: 0, unanswered: 0 },
    { atMs: startMs + 120_000, succeeded: 0, failed: 1, unanswered: 1 },
  ]);
});

test("a minute is forgotten when its place is needed, or too long ago", () => {
  const tally = new MinuteTally();
  tally.count("succeeded", at(0));
  tally.count("failed", at(1));
  const last = limits.talliedMinutes;
  tally.count("succeeded", at(last));
  assert.deepEqual(
    tally.minutes(at(last)).map(({ atMs, succeeded }) => [atMs - startMs, succeeded]),
    [
      [60_000, 0],
      [last * 60_000, 1],
    ],
  );
  assert.equal(tally.minutes(at(last + 1)).length, 1);
  tally.count("failed", at(1_000_000));
  assert.equal(tally.minutes(at(1_000_000)).length, 1);
  assert.deepEqual(tally.minutes(at(2_000_000)), []);
});
