import assert from "node:assert/strict";
import { test } from "node:test";
import { growingWaitMs } from "./growing-wait.ts";

test("each wait is twice the one before, up to the longest, however many follow", () => {
  const bounds = { firstMs: 1_000, mostMs: 5_000 };
  const waits = [1, 2, 3, 4, 5, 5_000].map((failures) => growingWaitMs(failures, bounds));
  assert.deepEqual(waits, [1_000, 2_000, 4_000, 5_000, 5_000, 5_000]);
});
