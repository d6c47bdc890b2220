import assert from "node:assert/strict";
import { test } from "node:test";
import { sealingStep } from "./sealing.ts";

const sealing = { rowsMax: 100, bytesMax: 1_000, ageMsMax: 10_000 };
const empty = { rows: 0, bytes: 0, firstAtMs: undefined };
const young = { rows: 1, bytes: 1, firstAtMs: 5_000 };

const cases = [
  ["an empty one, however old", empty, 1e9, { kind: "continue", lookAtMs: Infinity }],
  ["a young one", young, 5_000, { kind: "continue", lookAtMs: 14_000 }],
  ["one with nearly all rows", { ...young, rows: 90 }, 5_000, { kind: "prepare" }],
  ["one with nearly all bytes", { ...young, bytes: 900 }, 5_000, { kind: "prepare" }],
  ["one that is nearly old", young, 14_000, { kind: "prepare" }],
  ["one with all rows", { ...young, rows: 100 }, 5_000, { kind: "seal" }],
  ["one with more than all bytes", { ...young, bytes: 5_000 }, 5_000, { kind: "seal" }],
  ["an old one", young, 15_000, { kind: "seal" }],
] as const;

for (const [name, size, nowMs, step] of cases) {
  test(`what follows for ${name}: ${step.kind}`, () => {
    assert.deepEqual(sealingStep(size, sealing, nowMs), step);
  });
}
