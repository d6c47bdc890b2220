import assert from "node:assert/strict";
import { test } from "node:test";
import { limits } from "../../core/limits.ts";
import { type RunField, type RunOfRows, RunValues } from "./run-values.ts";

const rows: RunOfRows = { jobDb: 1, run: 2, entry: "message", key: 3 };

/** Reads `values`, and counts how often it was asked. */
function counted(values: readonly string[] | undefined) {
  const asked: RunField[] = [];
  const select = (_rows: RunOfRows, field: RunField) => {
    asked.push(field);
    return values;
  };
  return { select, asked };
}

test("a run without a filter's value is skipped, and its values are read once", () => {
  const { select, asked } = counted(["order.paid", "order.made"]);
  const known = new RunValues();
  assert.equal(known.mayTake(rows, { eventType: ["order.lost"] }, select), false);
  assert.equal(known.mayTake(rows, { eventType: ["order.lost", "order.paid"] }, select), true);
  assert.equal(known.mayTake(rows, {}, select), true);
  assert.deepEqual(asked, ["eventType"]);
  for (const other of [{ run: 3 }, { jobDb: 2 }, { key: 4 }, { entry: "delivery" } as const]) {
    known.mayTake({ ...rows, ...other }, { eventType: ["order.lost"] }, select);
  }
  assert.equal(asked.length, 5);
});

test("each field that a filter looks at has to have one of its values", () => {
  const known = new RunValues();
  const { select } = counted(["a"]);
  assert.equal(known.mayTake(rows, { channel: ["a"], tag: ["a"] }, select), true);
  assert.equal(known.mayTake(rows, { channel: ["a"], tag: ["b"] }, select), false);
});

test("what is not known, or is too much to be kept, is not skipped", () => {
  const known = new RunValues();
  assert.equal(known.mayTake(rows, { tag: ["a"] }, undefined), true);
  const { select, asked } = counted(undefined);
  for (let time = 0; time < 2; time += 1) {
    assert.equal(known.mayTake(rows, { tag: ["a"] }, select), true);
  }
  assert.equal(asked.length, 1, "that there are too many is kept too");
});

test("a JobDb that is not there any more is forgotten", () => {
  const known = new RunValues();
  const { select, asked } = counted([]);
  known.mayTake(rows, { tag: ["a"] }, select);
  known.retain(new Set([1]));
  known.mayTake(rows, { tag: ["a"] }, select);
  assert.equal(asked.length, 1);
  known.retain(new Set([2]));
  known.mayTake(rows, { tag: ["a"] }, select);
  assert.equal(asked.length, 2);
});

test("memory is bounded: what was not asked for lately is read again", () => {
  const known = new RunValues();
  const { select, asked } = counted(["x".repeat(10_000)]);
  const runs = limits.runValuesBytesMax / 10_000;
  for (let run = 0; run < runs; run += 1) known.mayTake({ ...rows, run }, { tag: ["a"] }, select);
  known.mayTake({ ...rows, run: 0 }, { tag: ["a"] }, select);
  assert.equal(asked.length, Math.ceil(runs) + 1);
});
