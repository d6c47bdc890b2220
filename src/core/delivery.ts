/**
 * One delivery's life: a message for one endpoint.
 *
 *            ┌──────── retry at T ────────┐
 *            ▼                            │
 *   pending ──attempt──▶ 2xx ──▶ delivered
 *                    ├─▶ 410 ──▶ gone        (and the endpoint is disabled)
 *                    ├─▶ else, schedule used up ──▶ exhausted
 *                    └─▶ else ────────────┘
 *            ├─ payload erased meanwhile, or given up by request ──▶ cancelled
 *            └─ its handling ends the process again and again (suspicion.ts) ──▶ exhausted
 *
 * Going through the schedule is a **round**. Round 0 begins with the acceptance of the message; each resend begins another,
 * which is numbered by the resend's row:
 *
 *   scheduled resend (recovery) ──▶ the whole schedule anew; the delivery stands where its newest such round stands
 *   manual resend ──▶ one attempt; a 2xx delivers, anything else leaves all other rounds as they are
 *
 * Nothing is ever updated: a round goes on until an attempt row settles it. Whatever it has been through is in its last
 * attempt, so `nextStep` needs only the number of that attempt.
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
 * by asking; `protocol`: what came back was not HTTP, or too much of it; `unreadable-secret`: nothing was sent, as what the
 * endpoint's requests are signed or authenticated by can't be opened.
 */
export type UnansweredReason =
  | "timeout"
  | "connection"
  | "protocol"
  | "unreadable-secret"
  | TlsFailure;

/**
 * Why TLS failed, once an address that we call had accepted the connection. `certificate`: the endpoint's was not accepted for
 * another reason than the named ones; `client-certificate`: the endpoint did not accept ours, or wants one; `handshake`: the
 * endpoint speaks no TLS, or none that we do.
 */
export type TlsFailure =
  | "certificate"
  | "certificate-expired"
  | "certificate-not-yet-valid"
  | "certificate-other-name"
  | "certificate-self-signed"
  | "certificate-unknown-authority"
  | "client-certificate"
  | "handshake";

/** How a round ends. `cancelled`: its payload was erased before it could be sent, or somebody asked for its end. */
export type Settlement = "delivered" | "gone" | "exhausted" | "cancelled";

export type Step =
  | { readonly kind: "settle"; readonly settlement: Settlement }
  | { readonly kind: "retry"; readonly atMs: number }
  /** Nothing follows from it: what was planned before still is, and nothing else. */
  | { readonly kind: "leave" };

/** Why an attempt is made: by the schedule, or because somebody asked for this one. */
export type Trigger = "scheduled" | "manual";

/** 0, or the row of the resend that began it. */
export type Round = number;

export const firstRound: Round = 0;

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
  readonly round: Round;
  /** The number that the next attempt will have within its round, from 1. */
  readonly attempt: number;
  readonly trigger: Trigger;
}

/** What follows for a delivery that is not attempted any more. */
export function stepOfUnsent(
  { trigger }: Pick<PendingDelivery, "trigger">,
  settlement: "cancelled" | "exhausted",
): Step {
  return trigger === "manual" ? { kind: "leave" } : { kind: "settle", settlement };
}

/** What follows from an attempt that was to be the last one, whatever comes of it. */
export function lastStep(step: Step): Step {
  return step.kind === "retry" ? { kind: "settle", settlement: "cancelled" } : step;
}

/** Whether the endpoint said that it is no more, and so is to be disabled. */
export function isGone(outcome: Outcome): boolean {
  return outcome.kind === "answered" && outcome.statusCode === 410;
}

/**
 * What follows from the outcome of an attempt. A retry is never earlier than the schedule or `Retry-After` say.
 *
 * @param attempt.attempt its number within its round
 * @param now.random a number in [0, 1)
 */
export function nextStep(
  { attempt, trigger }: Pick<PendingDelivery, "attempt" | "trigger">,
  outcome: Outcome,
  schedule: RetrySchedule,
  now: { readonly nowMs: number; readonly random: number },
): Step {
  if (outcome.kind === "answered" && outcome.statusCode >= 200 && outcome.statusCode < 300)
    return { kind: "settle", settlement: "delivered" };
  if (trigger === "manual") return { kind: "leave" };
  if (isGone(outcome)) return { kind: "settle", settlement: "gone" };
  const delayMs = retryDelayMs(schedule, attempt, now.random);
  if (delayMs === undefined) return { kind: "settle", settlement: "exhausted" };
  const askedMs = outcome.kind === "answered" ? (outcome.retryAfterMs ?? 0) : 0;
  const waitMs = Math.max(delayMs, Math.min(askedMs, limits.retryAfterMsMax), 1);
  return { kind: "retry", atMs: Math.ceil(now.nowMs + waitMs) };
}

/** Whether this ends the delivery with success. */
export function isDelivered(step: Step): boolean {
  return step.kind === "settle" && step.settlement === "delivered";
}
