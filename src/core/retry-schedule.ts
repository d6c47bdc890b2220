import { limits } from "./limits.ts";

/** Seconds from the end of attempt n to attempt n + 1, for n = 1, 2, …; after the last the delivery is exhausted. */
export type RetrySchedule = readonly number[];

/** Standard Webhooks' example: ten attempts over 75 h 35 min 5 s. */
export const defaultRetrySchedule: RetrySchedule = [
  5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400,
];

/**
 * How long to wait after attempt `attempt` failed, with up to 10 % of jitter on top and never less than the schedule;
 * undefined when the schedule is used up.
 *
 * @param random a number in [0, 1)
 */
export function retryDelayMs(
  schedule: RetrySchedule,
  attempt: number,
  random: number,
): number | undefined {
  const delaySeconds = schedule[attempt - 1];
  return delaySeconds === undefined
    ? undefined
    : delaySeconds * 1000 * (1 + limits.retryJitter * random);
}

/**
 * `Retry-After` as RFC 9110 section 10.2.3 has it: seconds, or an HTTP date. Undefined if it is neither.
 *
 * @param dateMs what the text means as a date, Unix milliseconds, or NaN (core knows no calendar)
 */
export function parseRetryAfterMs(text: string, dateMs: number, nowMs: number): number | undefined {
  const trimmed = text.trim();
  if (/^\d{1,9}$/.test(trimmed)) return Number(trimmed) * 1000;
  return Number.isFinite(dateMs) ? Math.max(0, dateMs - nowMs) : undefined;
}
