/**
 * How long an application has had bulk in hand: `limits.intakeBulkMessages` messages or more, fewer in proportion. That
 * puts it into debt, and the time without pays it off, so that somebody who waits until nothing is owed has bulk in hand
 * for `share` of the time:
 *
 *     in hand  ▓▓▓▓▓                    ▓▓▓▓▓
 *     debt     ╱  ╲╲╲╲╲╲╲╲╲╲╲╲╲╲╲╲╲╲╲╲ ╱  ╲╲╲╲╲╲╲╲╲╲   share = 0.2: 4 ms of rest for each ms
 *
 * Time is what counts, not messages: a machine that is slow or busy takes longer for the same and so gives longer rests.
 * Who has a few messages in hand at a time is never in debt.
 *
 * Rejected: so many messages a second, which is too little for an idle machine and too much for a busy one.
 */
import { limits } from "./limits.ts";

export interface BulkDebt {
  /** The rest that is owed, at `atMs`. */
  readonly ms: number;
  readonly atMs: number;
}

export const noBulkDebt: BulkDebt = { ms: 0, atMs: 0 };

/** @param messages in hand since `atMs`; `share` of the time, more than 0 and at most 1 */
export function bulkDebtAt(
  { ms, atMs }: BulkDebt,
  { messages, share }: { readonly messages: number; readonly share: number },
  nowMs: number,
): BulkDebt {
  const bulk = Math.min(1, messages / limits.intakeBulkMessages);
  const owed = ms + (nowMs - atMs) * (bulk / share - 1);
  return { ms: Math.min(Math.max(owed, 0), limits.intakeBulkDebtMsMax), atMs: nowMs };
}
