import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { DurationHistogram } from "./duration-histogram.ts";
import { quantileOf, rangeOf } from "./histogram.ts";

const boundsMs = [1, 10, 100];

test("a value that equals a bound belongs below it, and what is above all has a range too", () => {
  assert.deepEqual(
    [0, 1, 1.5, 10, 100, 100.1, 1e9].map((value) => rangeOf(boundsMs, value)),
    [0, 0, 1, 1, 2, 3, 3],
  );
});

test("a quantile lies in the range of the value that it stands for", () => {
  const values = fc.array(fc.double({ min: 0, max: 100, noNaN: true }), { minLength: 1 });
  fc.assert(
    fc.property(values, fc.double({ min: 0.01, max: 1, noNaN: true }), (all, share) => {
      const histogram = new DurationHistogram(boundsMs);
      for (const value of all) histogram.took(value);
      const sorted = all.toSorted((one, other) => one - other);
      const exact = sorted[Math.ceil(share * all.length - 1e-9) - 1] ?? Number.NaN;
      const found = quantileOf(histogram.take(), share);
      assert(found !== undefined);
      const range = rangeOf(boundsMs, exact);
      assert(found >= (boundsMs[range - 1] ?? 0) && found <= (boundsMs[range] ?? Infinity));
    }),
  );
});

test("of nothing there is no quantile, and what is above all bounds counts as the last", () => {
  const histogram = new DurationHistogram(boundsMs);
  assert.equal(quantileOf(histogram.take(), 0.5), undefined);
  histogram.took(5_000);
  const taken = histogram.take();
  assert.deepEqual(taken, { boundsMs, counts: [0, 0, 0, 1], sumMs: 5_000 });
  assert.equal(quantileOf(taken, 0.5), 100);
  assert.deepEqual(histogram.take().counts, [0, 0, 0, 0], "it begins anew");
});
