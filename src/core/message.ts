/** The shapes of what a JobDb holds. Rows are made once and never changed. */
import type { DeliveryNumber, Round, Settlement, Trigger } from "./delivery.ts";
import type { ApplicationKey, EndpointKey } from "./ids.ts";

/** An event as the producer handed it in, before it has an id. */
export interface IncomingMessage {
  readonly application: ApplicationKey;
  readonly eventType: string;
  /** The producer's own identifier of the event. */
  readonly eventId: string | undefined;
  readonly channels: readonly string[] | undefined;
  readonly tags: readonly string[] | undefined;
  /** The JSON text of the payload, byte for byte as it came in. */
  readonly payload: Uint8Array;
  /** Days that the payload is kept. */
  readonly retentionDays: number;
  /** The endpoints that match, in the order in which they get their ordinals. */
  readonly recipients: readonly Recipient[];
  /** The producer's `traceparent` (trace-context.ts), if its trace is recorded and traces are exported: few messages have one. */
  readonly trace?: string | undefined;
}

export interface Recipient {
  readonly endpoint: EndpointKey;
  /** The endpoint was disabled when the message came: recorded, so that it can be found and sent later, but not sent. */
  readonly skipped: boolean;
}

/** A message as a JobDb holds it: what came in, and its address. The deliveries have ordinals 0, 1, … */
export interface MessageRow extends IncomingMessage {
  /** Row in the JobDb, counted from 1 without gaps in the order of acceptance. */
  readonly row: number;
  readonly nonce: number;
  /** When it was accepted, Unix milliseconds; never decreases from one row of a JobDb to the next. */
  readonly atMs: number;
}

/** An attempt as a JobDb holds it. */
export interface AttemptRow {
  /** Row in the JobDb, counted from 1 in the order of recording. */
  readonly row: number;
  readonly nonce: number;
  /** When its outcome was known, Unix milliseconds; never decreases from one row of a JobDb to the next. */
  readonly atMs: number;
  readonly delivery: DeliveryNumber;
  readonly endpoint: EndpointKey;
  readonly round: Round;
  /** Within its round, from 1. */
  readonly number: number;
  readonly trigger: Trigger;
  /** The URL as it was called, without user information. */
  readonly url: string;
  /** 0 if there was no answer. */
  readonly statusCode: number;
  readonly durationMs: number;
  /** The beginning of the answer's body; or, if there was no answer, why, in words fit for the endpoint's owner. */
  readonly response: Uint8Array;
  /** How this attempt ended its round, or undefined if it did not. */
  readonly settlement: Settlement | undefined;
  /** When the next attempt is due, Unix milliseconds; undefined if there is none. */
  readonly retryAtMs: number | undefined;
}

/** What begins another round of a delivery. */
export interface Resend {
  /** Of the message. */
  readonly messageRow: number;
  /** If the message was not for this endpoint, it is from now on. */
  readonly endpoint: EndpointKey;
  /** `scheduled`: through the whole schedule; `manual`: one attempt. */
  readonly trigger: Trigger;
  /** When its first attempt is due, Unix milliseconds. */
  readonly atMs: number;
  /** Tells whoever asked for it from others; undefined: nobody will ask whether it was done. */
  readonly asker: Uint8Array | undefined;
}
