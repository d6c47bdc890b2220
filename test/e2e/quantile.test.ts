import assert from "node:assert/strict";
import { test } from "node:test";
import { quantile } from "./quantile.ts";

test("a quantile is the value of the nearest rank", () => {
  const hundred = Float64Array.from({ length: 100 }, (_, index) => index + 1);
  assert.equal(quantile(hundred, 0), 1);
  assert.equal(quantile(hundred, 0.5), 50);
  assert.equal(quantile(hundred, 0.99), 99);
  assert.equal(quantile(hundred, 1), 100);
  assert.equal(quantile([7], 0.99), 7);
});

test("nothing has no quantile", () => {
  assert.equal(quantile([], 0.5), Number.NaN);
});
