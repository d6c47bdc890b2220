/**
 * How many requests an endpoint may have open: as many as it shows to bear (additive increase, multiplicative
 * decrease).
 *
 *                       success, and the limit was reached: + 1 ÷ limit
 *                                      ┌────┐
 *                                      ▼    │
 *   initial ───────────────▶ limit, in era e ──overload in an attempt of era e──▶ limit ÷ 2, in era e + 1
 *                                      ▲
 *   resumed after a pause: 1, next era ┘
 *
 * Each attempt remembers the era that it started in. An overload ends the era, and what comes of the attempts that
 * started before says nothing about the new limit: so a burst of failures halves it once. A window of successes as
 * long as the limit raises it by one.
 *
 * Rejected: halving for every failure: 32 requests that time out together make one of 32 in one step, whatever the
 * reason. Growing without having been at the limit: an endpoint with one delivery a minute would get to the cap
 * untried, and have it all when it falls over.
 */
import type { Outcome } from "./delivery.ts";
import { limits } from "./limits.ts";

export interface ConcurrencyLimit {
  /** From 1 to `limits.concurrencyPerEndpoint`; the whole part counts. */
  readonly limit: number;
  /** Counts the times that the limit was taken back. */
  readonly era: number;
}

/** An attempt that has ended. */
export interface EndedAttempt {
  readonly outcome: Outcome;
  /** The era when it started. */
  readonly era: number;
  /** Attempts to this endpoint that were under way when it ended, itself among them. */
  readonly inFlight: number;
}

export const initialConcurrency: ConcurrencyLimit = { limit: limits.concurrencyInitial, era: 0 };

/** Requests that may be open at once. */
export function slotsOf(concurrency: ConcurrencyLimit): number {
  return Math.floor(concurrency.limit);
}

export function concurrencyAfter(
  concurrency: ConcurrencyLimit,
  ended: EndedAttempt,
): ConcurrencyLimit {
  const { limit, era } = concurrency;
  if (ended.era !== era) return concurrency;
  switch (burdenOf(ended.outcome)) {
    case "overload":
      return { limit: Math.max(1, limit / 2), era: era + 1 };
    case "none":
      if (ended.inFlight < slotsOf(concurrency)) return concurrency;
      return { limit: Math.min(limit + 1 / limit, limits.concurrencyPerEndpoint), era };
    case "unknown":
      return concurrency;
  }
}

/** After a pause an endpoint starts from one, so that its backlog does not knock it over again. */
export function concurrencyAfterPause(concurrency: ConcurrencyLimit): ConcurrencyLimit {
  return { limit: 1, era: concurrency.era + 1 };
}

/** What an outcome says of how much the endpoint bears: a refusal (3xx, other 4xx) says nothing. */
function burdenOf(outcome: Outcome): "none" | "overload" | "unknown" {
  if (outcome.kind === "unanswered") return "overload";
  const { statusCode } = outcome;
  if (statusCode >= 200 && statusCode < 300) return "none";
  return statusCode === 429 || statusCode >= 500 ? "overload" : "unknown";
}
