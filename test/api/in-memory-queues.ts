import type { Queues } from "../../src/director/facade.ts";

/** The same queue for every endpoint, but for its numbers; each cancellation finds one more, and at those with odd numbers an attempt hangs. @param check throws what the backend is to fail with */
export function inMemoryQueues(check: () => void, nowMs: number): Queues {
  let cancels = 0;
  return {
    cancel: async (endpoint) => {
      check();
      cancels += 1;
      return { cancelled: cancels, ending: endpoint % 2 };
    },
    cancelMessages: async (_, messages) => {
      check();
      return { cancelled: messages.length, ending: 0 };
    },
    probe: async (endpoint) => {
      check();
      cancels += 1;
      return endpoint % 2 === 1;
    },
    queue: async (endpoint, siblings) => {
      check();
      return {
        pending: endpoint,
        exact: true,
        oldestAtMs: nowMs - 1_000,
        inFlight: 1,
        slots: 4,
        pause:
          endpoint % 2 === 1
            ? {
                kind: "paused",
                failingSinceMs: nowMs - 60_000,
                failures: 7,
                probes: 0,
                probeAtMs: nowMs,
              }
            : { kind: "working", holdUntilMs: nowMs + 1_000 },
        minutes: [{ atMs: nowMs - 60_000, succeeded: 0, failed: 6, unanswered: 1 }],
        application: { pending: siblings.length, inFlight: 1 },
        nowMs,
      };
    },
  };
}
