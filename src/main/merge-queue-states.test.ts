import assert from "node:assert/strict";
import { test } from "node:test";
import type { QueueState } from "../director/facade.ts";
import { mergeQueueStates } from "./merge-queue-states.ts";

const idle: QueueState = {
  pending: 0,
  exact: true,
  oldestAtMs: undefined,
  inFlight: 0,
  slots: 8,
  pause: { kind: "working", holdUntilMs: 0 },
  minutes: [],
  application: { pending: 0, inFlight: 0 },
  nowMs: 100,
};
const paused = {
  kind: "paused",
  failingSinceMs: 1,
  failures: 5,
  probes: 0,
  probeAtMs: 200,
} as const;
const busy: QueueState = {
  pending: 3,
  exact: false,
  oldestAtMs: 50,
  inFlight: 1,
  slots: 1,
  pause: paused,
  minutes: [{ atMs: 60_000, succeeded: 1, failed: 2, unanswered: 3 }],
  application: { pending: 4, inFlight: 2 },
  nowMs: 101,
};

test("one Director's queue is shown as it is, and an idle one beside it changes nothing but the time", () => {
  assert.deepEqual(mergeQueueStates([busy]), busy);
  assert.deepEqual(mergeQueueStates([busy, idle]), busy);
  assert.deepEqual(mergeQueueStates([idle, busy]), busy);
});

test("of two Directors' queues the sums are shown", () => {
  const both = mergeQueueStates([busy, { ...busy, oldestAtMs: 40 }]);
  const { pending, inFlight, oldestAtMs, application } = both;
  assert.deepEqual([pending, inFlight, oldestAtMs], [6, 2, 40]);
  assert.deepEqual(application, { pending: 8, inFlight: 4 });
  assert.deepEqual(both.minutes, [{ atMs: 60_000, succeeded: 2, failed: 4, unanswered: 6 }]);
});
