import { assert } from "../core/errors.ts";
import type { MinuteOfAttempts, QueueState } from "../director/facade.ts";

/**
 * An endpoint's queue as several Directors have it, after a run with another number of them: each has a part of what waits.
 * Of its pause the worst counts, of what it bears the least.
 */
export function mergeQueueStates(states: readonly QueueState[]): QueueState {
  return states.reduce((one, other) => ({
    pending: one.pending + other.pending,
    exact: one.exact && other.exact,
    oldestAtMs: sooner(one.oldestAtMs, other.oldestAtMs),
    inFlight: one.inFlight + other.inFlight,
    slots: Math.min(one.slots, other.slots),
    pause: severity(one) >= severity(other) ? one.pause : other.pause,
    minutes: mergeMinutes(one.minutes, other.minutes),
    application: {
      pending: one.application.pending + other.application.pending,
      inFlight: one.application.inFlight + other.application.inFlight,
    },
    nowMs: Math.max(one.nowMs, other.nowMs),
  }));
}

function sooner(one: number | undefined, other: number | undefined): number | undefined {
  const least = Math.min(one ?? Infinity, other ?? Infinity);
  return least === Infinity ? undefined : least;
}

function severity({ pause }: QueueState): number {
  return ["working", "failing", "probing", "paused"].indexOf(pause.kind);
}

function mergeMinutes(
  one: readonly MinuteOfAttempts[],
  other: readonly MinuteOfAttempts[],
): readonly MinuteOfAttempts[] {
  const byTime = Map.groupBy([...one, ...other], ({ atMs }) => atMs);
  const merged = Array.from(byTime.values(), ([first, second]) => {
    assert(first !== undefined, "a group is not empty");
    if (second === undefined) return first;
    return {
      atMs: first.atMs,
      succeeded: first.succeeded + second.succeeded,
      failed: first.failed + second.failed,
      unanswered: first.unanswered + second.unanswered,
    };
  });
  return merged.toSorted((first, second) => first.atMs - second.atMs);
}
