import assert from "node:assert/strict";
import { test } from "node:test";
import { simulate } from "./simulation.ts";
import type { SimulationResult } from "./simulation-result.ts";

/** Fixed, so that a red test is red for everybody; `npm run simulate` looks further. */
const seeds = Array.from({ length: 40 }, (_, index) => index + 1);

for (const seed of seeds) {
  test(`nothing is lost, misplaced, early or twice without a crash: seed ${seed}`, async () => {
    const result = await simulate(seed);
    assert.deepEqual(result.violations, []);
  });
}

test("the seeds above make a world worth looking at", async () => {
  const results: SimulationResult[] = [];
  for (const seed of seeds) results.push(await simulate(seed));
  const sum = (
    of:
      | "acknowledged"
      | "attempts"
      | "crashes"
      | "duplicates"
      | "resends"
      | "erasures"
      | "deletions"
      | "cancelled"
      | "handPauses"
      | "jobDbs"
      | "dropped",
  ) => results.reduce((total, result) => total + result[of], 0);
  assert.ok(sum("acknowledged") > 2_000);
  assert.ok(sum("attempts") > 20_000);
  assert.ok(sum("crashes") > 40);
  assert.ok(sum("duplicates") > 10);
  assert.ok(sum("resends") > 500);
  assert.ok(sum("erasures") > 40);
  assert.ok(sum("deletions") > 10);
  assert.ok(sum("cancelled") > 100);
  assert.ok(sum("handPauses") > 50);
  assert.ok(sum("jobDbs") > 400);
  assert.ok(sum("dropped") > 200);
});

test("a seed gives the same world every time", async () => {
  assert.deepEqual(await simulate(7), await simulate(7));
});
