/**
 * A rate limit that spaces its turns: each takes its place on a time line, one spacing after the one before. Who
 * comes late by up to `limits.rateCatchUpMs` keeps the place, so that the lateness of timers does not add up; who
 * comes later starts a new line.
 *
 *   place     │─────spacing─────│─────spacing─────│
 *   turn          ▲ late        ▲ early: not yet  ▲ in time
 *
 * The spacing is (1,000 ms + `rateCatchUpMs` + `rateWayMs`) ÷ rate. So no window of one second ever has more turns than the
 * rate, late or not, nor more arrivals if the ways there differ by no more than `rateWayMs`; and who always waits gets at
 * least 96 % of it while lateness is within the limit. At up to 100 a
 * second there is at most one turn to make up for at once, above that as many as belong into `rateCatchUpMs`.
 *
 * Rejected: a bucket of a second's tokens, which allows twice the rate in a window. Spacing from the actual turn:
 * timers that are late by 1 ms make 500 out of 1,000 a second. Making up for one spacing at the most: the same, as
 * that is 1 ms there.
 */
import { assert } from "./errors.ts";
import { limits } from "./limits.ts";

export interface RateLimit {
  /** When the next turn may be taken, Unix milliseconds. */
  readonly nextAtMs: number;
}

/** Nobody has taken a turn yet. */
export const initialRateLimit: RateLimit = { nextAtMs: 0 };

/**
 * Takes a turn, at `nextAtMs` or later.
 *
 * @param ratePerSecond more than 0; the rate of this moment, it may be another one each time
 */
export function takeTurn(rateLimit: RateLimit, ratePerSecond: number, nowMs: number): RateLimit {
  assert(nowMs >= rateLimit.nextAtMs, "a turn is taken when its time has come");
  const placeMs = Math.max(rateLimit.nextAtMs, nowMs - limits.rateCatchUpMs);
  return { nextAtMs: placeMs + spacingMs(ratePerSecond) };
}

/** In whole 1,024ths, which sums of today's milliseconds have room for: so no rounding makes two turns of one. */
function spacingMs(ratePerSecond: number): number {
  const secondMs = 1_000 + limits.rateCatchUpMs + limits.rateWayMs;
  return Math.ceil((secondMs / ratePerSecond) * 1_024) / 1_024;
}
