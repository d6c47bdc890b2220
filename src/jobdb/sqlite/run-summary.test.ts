import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { RunSummary, type SummarisedValue } from "./run-summary.ts";
import { runFields } from "./run-values.ts";

const summarisedValue: fc.Arbitrary<SummarisedValue> = fc.record({
  key: fc.nat(),
  field: fc.constantFrom(...runFields),
  value: fc.string({ unit: "binary" }),
});

test("what was added may be taken, also with what was not", () => {
  fc.assert(
    fc.property(fc.array(summarisedValue), (values) => {
      const summary = new RunSummary();
      for (const value of values) summary.add(value);
      const stored = new RunSummary(Uint8Array.from(summary.bits));
      for (const { key, field, value } of values)
        assert.ok(stored.mayTake(key, { [field]: ["other", value] }));
    }),
  );
});

test("nothing is taken of what is empty, and anything without a filter", () => {
  const summary = new RunSummary();
  assert.equal(summary.mayTake(1, { tag: ["a"] }), false);
  assert.equal(summary.mayTake(1, { tag: [] }), false);
  assert.equal(summary.mayTake(1, {}), true);
});

test("each field that a filter looks at has to have one of its values, of the same key", () => {
  const summary = new RunSummary();
  summary.add({ key: 1, field: "channel", value: "a" });
  summary.add({ key: 1, field: "tag", value: "a" });
  assert.equal(summary.mayTake(1, { channel: ["a"], tag: ["a"] }), true);
  assert.equal(summary.mayTake(1, { channel: ["a"], tag: ["b"] }), false);
  assert.equal(summary.mayTake(1, { eventType: ["a"] }), false);
  assert.equal(summary.mayTake(2, { tag: ["a"] }), false);
});

/** Of the runs of a JobDb, in which each row has values that no other one has. */
test("of 12,288 values, one in ten of what is not there seems to be there at the most", () => {
  const summary = new RunSummary();
  for (let key = 0; key < 4096; key += 1)
    for (const field of ["eventType", "status", "statusCodeClass"] as const)
      summary.add({ key, field, value: `value ${key % 20}` });
  assert.equal(summary.isFull, false);
  let taken = 0;
  for (let key = 0; key < 4096; key += 1)
    if (summary.mayTake(key, { eventType: ["never"] })) taken += 1;
  assert.ok(taken < 410, `${taken} of 4,096`);
});

test("one that has too much is full, and when it is filled it may have everything", () => {
  const summary = new RunSummary();
  for (let key = 0; key < 40_000; key += 1) summary.add({ key, field: "tag", value: "a" });
  assert.equal(summary.isFull, true);
  summary.fill();
  assert.equal(summary.mayTake(1, { channel: ["never"] }), true);
});
