import assert from "node:assert/strict";
import { test } from "node:test";
import { progressText } from "./progress-line.ts";

for (const [done, total, text] of [
  [0, 4_000, "[........................] 0 of 4,000"],
  [1_000, 4_000, "[######..................] 1,000 of 4,000"],
  [3_999, 4_000, "[#######################.] 3,999 of 4,000"],
  [4_001, 4_000, "[########################] 4,001 of 4,000"],
  [0, 0, "[########################] 0 of 0"],
  [1_234, null, "1,234"],
] as const) {
  test(`${done} of ${total} is ${text}`, () => {
    assert.equal(progressText(done, total), text);
  });
}
