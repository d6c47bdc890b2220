/**
 * What the operator can be told of endpoints and deliveries: Svix's operational webhooks, in the shapes of the
 * `webhooks` in its server's OpenAPI document; `endpoint.paused` and `endpoint.resumed` are ours.
 */
import { firstRound } from "./delivery.ts";
import type { AttemptRow } from "./message.ts";

const endpointEventTypes = [
  "endpoint.created",
  "endpoint.updated",
  "endpoint.deleted",
  "endpoint.disabled",
  "endpoint.paused",
  "endpoint.resumed",
] as const;
export type EndpointEventType = (typeof endpointEventTypes)[number];

const attemptEventTypes = [
  "message.attempt.exhausted",
  "message.attempt.failing",
  "message.attempt.recovered",
] as const;
export type AttemptEventType = (typeof attemptEventTypes)[number];

export const operationalEventTypes = [...endpointEventTypes, ...attemptEventTypes] as const;

/** The body of an `endpoint.*` event. */
export interface EndpointEvent {
  readonly type: EndpointEventType;
  readonly data: {
    readonly appId: string;
    readonly appUid: string | null;
    readonly endpointId: string;
    readonly endpointUid: string | null;
    /** Since when it has failed, or had (RFC 3339); of `endpoint.disabled`, `endpoint.paused` and `endpoint.resumed`. */
    readonly failSince?: string;
    /** When it is tried again (RFC 3339); of `endpoint.paused`. */
    readonly pausedUntil?: string;
  };
}

/** The body of a `message.attempt.*` event. */
export interface AttemptEvent {
  readonly type: AttemptEventType;
  readonly data: {
    readonly appId: string;
    readonly appUid: string | null;
    readonly endpointId: string;
    readonly msgId: string;
    readonly msgEventId: string | null;
    readonly lastAttempt: {
      readonly id: string;
      /** 0 if there was no answer. */
      readonly responseStatusCode: number;
      /** RFC 3339. */
      readonly timestamp: string;
    };
  };
}

export type OperationalEvent = EndpointEvent | AttemptEvent;

/** The attempt whose failure is told as `message.attempt.failing`, if another one is planned (Svix's). */
const failingNumber = 4;

type ToldAttempt = Pick<AttemptRow, "number" | "settlement" | "retryAtMs">;

/**
 * What the operator can be told of an attempt; undefined if nothing.
 *
 * @param failedBefore whether an earlier attempt of the delivery was told of as failing or exhausted
 */
export function attemptEventTypeOf(
  attempt: ToldAttempt,
  failedBefore: boolean,
): AttemptEventType | undefined {
  const { number, settlement, retryAtMs } = attempt;
  switch (settlement) {
    case "exhausted":
      return "message.attempt.exhausted";
    case "delivered":
      return failedBefore ? "message.attempt.recovered" : undefined;
    case "gone":
    case "cancelled":
      return undefined;
    case undefined:
      return number === failingNumber && retryAtMs !== undefined
        ? "message.attempt.failing"
        : undefined;
  }
}

/** Whether there may be something to tell of an attempt, as far as it shows by itself. */
export function mayBeTold(attempt: ToldAttempt & Pick<AttemptRow, "round">): boolean {
  const mayHaveFailedBefore = attempt.number > failingNumber || attempt.round > firstRound;
  return attemptEventTypeOf(attempt, mayHaveFailedBefore) !== undefined;
}
