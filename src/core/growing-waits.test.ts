import assert from "node:assert/strict";
import { test } from "node:test";
import { GrowingWaits } from "./growing-waits.ts";

test("what fails again and again is tried at waits that double, each for itself, until it succeeds", () => {
  const waits = new GrowingWaits<string>({ firstMs: 10, mostMs: 30 });
  assert.equal(waits.waits("one", 0), false);
  const triedAtMs: number[] = [];
  for (let nowMs = 0; nowMs <= 100; nowMs += 1) {
    if (waits.waits("one", nowMs)) continue;
    triedAtMs.push(nowMs);
    waits.failed("one", nowMs);
    assert.equal(waits.waits("other", nowMs), false);
  }
  assert.deepEqual(triedAtMs, [0, 10, 30, 60, 90]);
  waits.succeeded("one");
  assert.equal(waits.waits("one", 100), false);
  waits.failed("one", 100);
  assert.deepEqual([waits.waits("one", 109), waits.waits("one", 110)], [true, false]);
});

test("what is there no more is forgotten", () => {
  const waits = new GrowingWaits<number>({ firstMs: 10, mostMs: 30 });
  for (const key of [1, 2]) waits.failed(key, 0);
  waits.retain(new Set([2]));
  assert.deepEqual([waits.waits(1, 0), waits.waits(2, 0)], [false, true]);
});
