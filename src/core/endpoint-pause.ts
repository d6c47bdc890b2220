/**
 * Whether an endpoint is worth an attempt now (the circuit breaker). While it is not, its deliveries wait and spend
 * none.
 *
 *              ┌───────────────────────── success ──────────────────────────┐
 *              ▼                                                            │
 *   ┌──▶ working ──failure──▶ failing ──for 30 s and in 5 attempts──▶ paused ──its time──▶ probing
 *   │   (held until T)      (held until T)                            ▲  ▲                   │
 *   └──────success──────────────┘                                     │  └─ failure, T later ┘
 *                                                                     └── lost: the program ended
 *   paused or failing for five days, and it fails again ──▶ to be disabled
 *
 * A success of any attempt ends all of it, also of one that started before the pause. The wait for a probe doubles
 * from 10 s to 10 minutes, with jitter. An answer 429, 502 or 504, or a failure with `Retry-After`, holds the
 * endpoint without pausing it.
 *
 * Invariants: there is at most one probe at a time; no pause before `limits.pauseAttemptsMin` failures and not within
 * `limits.pauseAfterMs` of the first; a hold never ends later than `limits.holdMsMax` from the answer that asked for it.
 *
 * The state is plain data, numbers and texts only, so that it can be stored as JSON: `restoredPause` takes it in
 * again.
 *
 * Rejected: a number of failures in a row: an endpoint with 32 open requests reaches any such number in one restart
 * of its server. A share of failures in a window: some endpoint that fails one time in three is worth its attempts.
 * Probing with a request of our own: it says nothing of the deliveries.
 */
import type { Outcome } from "./delivery.ts";
import { limits } from "./limits.ts";

/** All instants are Unix milliseconds. */
export type EndpointPause =
  | { readonly kind: "working"; readonly holdUntilMs: number }
  | (Failing & { readonly kind: "failing"; readonly holdUntilMs: number })
  | (Failing & { readonly kind: "paused"; readonly probes: number; readonly probeAtMs: number })
  | (Failing & { readonly kind: "probing"; readonly probes: number });

interface Failing {
  /** When the first attempt failed since which none succeeded. */
  readonly failingSinceMs: number;
  /** Attempts that failed since, those that were under way when the pause began not counted. */
  readonly failures: number;
}

/** What may start now. `untilMs` is infinite while a probe is under way: its outcome decides. */
export type Admission =
  | { readonly kind: "open" }
  | { readonly kind: "probe" }
  | { readonly kind: "closed"; readonly untilMs: number };

/** What is to be done. `hold` and `pause`: nothing starts before the time; `resume`: the endpoint starts from one request. */
export type PauseDecision =
  | { readonly kind: "continue" }
  | { readonly kind: "hold"; readonly untilMs: number }
  | { readonly kind: "pause"; readonly probeAtMs: number }
  | { readonly kind: "resume" }
  | { readonly kind: "disable"; readonly failingSinceMs: number };

/** An attempt that has ended. */
export interface ProbedAttempt {
  readonly outcome: Outcome;
  /** Whether it was started as the probe. */
  readonly probe: boolean;
}

interface Judgement {
  readonly state: EndpointPause;
  readonly decision: PauseDecision;
}

export const initialPause: EndpointPause = { kind: "working", holdUntilMs: 0 };

export function admissionOf(state: EndpointPause, nowMs: number): Admission {
  switch (state.kind) {
    case "working":
    case "failing":
      return nowMs >= state.holdUntilMs
        ? { kind: "open" }
        : { kind: "closed", untilMs: state.holdUntilMs };
    case "paused":
      return nowMs >= state.probeAtMs
        ? { kind: "probe" }
        : { kind: "closed", untilMs: state.probeAtMs };
    case "probing":
      return { kind: "closed", untilMs: Infinity };
  }
}

/** The delivery that a probe was admitted for is being attempted. */
export function probeStarted(state: EndpointPause): EndpointPause {
  if (state.kind !== "paused") return state;
  const { failingSinceMs, failures, probes } = state;
  return { kind: "probing", failingSinceMs, failures, probes: probes + 1 };
}

/** @param now `random` is a number in [0, 1) */
export function pauseAfter(
  state: EndpointPause,
  { outcome, probe }: ProbedAttempt,
  now: { readonly nowMs: number; readonly random: number },
): Judgement {
  if (succeeded(outcome)) return afterSuccess(state);
  switch (state.kind) {
    case "working":
    case "failing":
      return afterFailure(state, outcome, now);
    case "paused":
      return { state, decision: { kind: "continue" } };
    case "probing":
      // Another one that fails was under way when the pause began: it says nothing new.
      return probe ? pausedAfter(state, outcome, now) : { state, decision: { kind: "continue" } };
  }
}

/**
 * The state as it is to be taken up again after a restart, or after a probe that ended without an outcome: no probe is under way,
 * and no instant is further off than it could have been set now, as the wall clock may have gone back.
 */
export function restoredPause(state: EndpointPause, nowMs: number): EndpointPause {
  switch (state.kind) {
    case "working":
      return { ...state, holdUntilMs: Math.min(state.holdUntilMs, nowMs + limits.holdMsMax) };
    case "failing":
      return {
        ...state,
        failingSinceMs: Math.min(state.failingSinceMs, nowMs),
        holdUntilMs: Math.min(state.holdUntilMs, nowMs + limits.holdMsMax),
      };
    case "paused":
    case "probing": {
      const { failingSinceMs, failures, probes } = state;
      const latestMs = nowMs + Math.max(limits.holdMsMax, probeDelayMs(Infinity, 1));
      return {
        kind: "paused",
        failingSinceMs: Math.min(failingSinceMs, nowMs),
        failures,
        probes,
        probeAtMs: state.kind === "paused" ? Math.min(state.probeAtMs, latestMs) : nowMs,
      };
    }
  }
}

function afterSuccess(state: EndpointPause): Judgement {
  switch (state.kind) {
    case "working":
      return { state, decision: { kind: "continue" } };
    case "failing":
      return {
        state: { kind: "working", holdUntilMs: state.holdUntilMs },
        decision: { kind: "continue" },
      };
    case "paused":
    case "probing":
      return { state: initialPause, decision: { kind: "resume" } };
  }
}

function afterFailure(
  state: EndpointPause & { kind: "working" | "failing" },
  outcome: Outcome,
  now: { readonly nowMs: number; readonly random: number },
): Judgement {
  const failing: Failing =
    state.kind === "failing" ? state : { failingSinceMs: now.nowMs, failures: 0 };
  const { failingSinceMs } = failing;
  const failures = failing.failures + 1;
  if (now.nowMs - failingSinceMs >= limits.pauseAfterMs && failures >= limits.pauseAttemptsMin) {
    return pausedAfter({ failingSinceMs, failures: failing.failures, probes: 0 }, outcome, now);
  }
  const askedUntilMs = heldUntilMs(outcome, now.nowMs);
  const holdUntilMs = Math.max(state.holdUntilMs, askedUntilMs);
  return {
    state: { kind: "failing", failingSinceMs, failures, holdUntilMs },
    decision:
      askedUntilMs > now.nowMs ? { kind: "hold", untilMs: holdUntilMs } : { kind: "continue" },
  };
}

/** After the failure that pauses it, or that of a probe. */
function pausedAfter(
  before: Failing & { readonly probes: number },
  outcome: Outcome,
  now: { readonly nowMs: number; readonly random: number },
): Judgement {
  const { failingSinceMs, probes } = before;
  const probeAtMs = Math.max(
    Math.ceil(now.nowMs + probeDelayMs(probes, now.random)),
    heldUntilMs(outcome, now.nowMs),
  );
  const failures = before.failures + 1;
  return {
    state: { kind: "paused", failingSinceMs, failures, probes, probeAtMs },
    decision:
      now.nowMs - failingSinceMs >= limits.disableAfterMs
        ? { kind: "disable", failingSinceMs }
        : { kind: "pause", probeAtMs },
  };
}

function probeDelayMs(probes: number, random: number): number {
  const delayMs = Math.min(limits.probeDelayMs * 2 ** probes, limits.probeDelayMsMax);
  return delayMs * (1 + limits.probeJitter * random);
}

/** Until when the answer asks to be left alone; the past if it does not. */
function heldUntilMs(outcome: Outcome, nowMs: number): number {
  if (outcome.kind === "unanswered") return 0;
  const slows = [429, 502, 504].includes(outcome.statusCode);
  const askedMs = outcome.retryAfterMs ?? (slows ? limits.holdMsDefault : undefined);
  return askedMs === undefined ? 0 : Math.ceil(nowMs + Math.min(askedMs, limits.holdMsMax));
}

function succeeded(outcome: Outcome): boolean {
  return outcome.kind === "answered" && outcome.statusCode >= 200 && outcome.statusCode < 300;
}
