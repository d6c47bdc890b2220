/**
 * One delivery's life: a message for one endpoint.
 *
 *            ┌──────── retry at T ────────┐
 *            ▼                            │
 *   pending ──attempt──▶ 2xx ──▶ delivered
 *                    ├─▶ 410 ──▶ gone        (and the endpoint is disabled)
 *                    ├─▶ else, schedule used up ──▶ exhausted
 *                    └─▶ else ────────────┘
 *
 * Nothing is ever updated: a delivery is pending until an attempt row settles it. Whatever a delivery has been through
 * is in its last attempt, so `nextStep` needs only the number of that attempt.
 */
import { limits } from "./limits.ts";
import type { EndpointKey } from "./ids.ts";
import { retryDelayMs, type RetrySchedule } from "./retry-schedule.ts";
import { assert } from "./errors.ts";

/** What came of one HTTP try. */
export type Outcome =
  | {
      readonly kind: "answered";
      readonly statusCode: number;
      /** The first bytes of the answer, at most `limits.answerBytesStored`. */
      readonly body: Uint8Array;
      /** From the `Retry-After` header, already relative and at least 0; undefined if absent or unreadable. */
      readonly retryAfterMs: number | undefined;
      readonly durationMs: number;
    }
  | {
      readonly kind: "unanswered";
      readonly reason: UnansweredReason;
      readonly durationMs: number;
    };

/**
 * `connection`: refused, reset, unresolvable or an address we don't call, told alike so that nobody can map a network
 * by asking; `certificate`: TLS; `protocol`: what came back was not HTTP, or too much of it.
 */
export type UnansweredReason = "timeout" | "connection" | "certificate" | "protocol";

/** How a delivery ends. */
export type Settlement = "delivered" | "gone" | "exhausted";

export type Step =
  | { readonly kind: "settle"; readonly settlement: Settlement }
  | { readonly kind: "retry"; readonly atMs: number };

/** Why an attempt was made. */
export type Trigger = "scheduled" | "manual";

/**
 * A delivery's number in its JobDb: the message's row × 65,536 + an ordinal. So the deliveries of a message are a range,
 * they sort in the order of acceptance, and the message needs no column.
 */
export type DeliveryNumber = number;

export function deliveryNumberOf(messageRow: number, ordinal: number): DeliveryNumber {
  assert(ordinal >= 0 && ordinal < limits.deliveriesPerMessageMax, "ordinal within a message");
  return messageRow * limits.deliveriesPerMessageMax + ordinal;
}

export function messageRowOf(delivery: DeliveryNumber): number {
  return Math.floor(delivery / limits.deliveriesPerMessageMax);
}

/** A delivery that waits for its next attempt. */
export interface PendingDelivery {
  readonly jobDb: number;
  readonly delivery: DeliveryNumber;
  readonly endpoint: EndpointKey;
  /** The number that the next attempt will have, from 1. */
  readonly attempt: number;
}

/**
 * What follows from the outcome of attempt `attempt`. A retry is never earlier than the schedule or `Retry-After` say.
 *
 * @param random a number in [0, 1)
 */
export function nextStep(
  attempt: number,
  outcome: Outcome,
  schedule: RetrySchedule,
  now: { readonly nowMs: number; readonly random: number },
): Step {
  if (outcome.kind === "answered") {
    if (outcome.statusCode >= 200 && outcome.statusCode < 300)
      return { kind: "settle", settlement: "delivered" };
    if (outcome.statusCode === 410) return { kind: "settle", settlement: "gone" };
  }
  const delayMs = retryDelayMs(schedule, attempt, now.random);
  if (delayMs === undefined) return { kind: "settle", settlement: "exhausted" };
  const askedMs = outcome.kind === "answered" ? (outcome.retryAfterMs ?? 0) : 0;
  const waitMs = Math.max(delayMs, Math.min(askedMs, limits.retryAfterMsMax), 1);
  return { kind: "retry", atMs: Math.ceil(now.nowMs + waitMs) };
}
