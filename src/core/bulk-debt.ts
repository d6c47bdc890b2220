/**
 * How long an application has had bulk in hand: `limits.intakeBulkMessages` messages, more or fewer in proportion, as the
 * larger a transaction is the longer everybody waits for its end. That puts it into debt, and the time without pays it off,
 * so that somebody who waits until nothing is owed has that many in hand for `share` of the time:
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

/** What puts somebody into debt. */
export interface InHand {
  readonly messages: number;
  /** Of the time, more than 0 and at most 1. */
  readonly share: number;
  /** Admitted since nothing was owed: however slow that was, so many are never owed more than as somebody light. */
  readonly messagesSince: number;
}

/** @param inHand since `debt.atMs` */
export function bulkDebtAt(
  { ms, atMs }: BulkDebt,
  { messages, share, messagesSince }: InHand,
  nowMs: number,
): BulkDebt {
  const owed = ms + (nowMs - atMs) * (messages / limits.intakeBulkMessages / share - 1);
  const asLightMs = (messagesSince * 1_000) / limits.lightMessagesPerSecond;
  const owedMax = Math.min(asLightMs, limits.intakeBulkDebtMsMax);
  return { ms: Math.min(Math.max(owed, 0), owedMax), atMs: nowMs };
}
