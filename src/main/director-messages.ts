/** What the API's thread and a Director's thread say to each other. */
import type { Purge, PurgedPage } from "../director/ports.ts";
import type { KeyRing } from "../control/key-ring.ts";
import type { PlacedAnswer } from "../core/answer.ts";
import type { InspectedRequest, InspectorAnswer } from "../core/arrival.ts";
import type { EndpointPause } from "../core/endpoint-pause.ts";
import { assert, type CarriedError } from "../core/errors.ts";
import type { Histogram } from "../core/histogram.ts";
import type { Address, EndpointId, EndpointKey } from "../core/ids.ts";
import type { IncomingMessage } from "../core/message.ts";
import { readAnswer, writeAnswer } from "../core/packed-answer.ts";
import { readMessage, writeMessage } from "../core/packed-message.ts";
import { type PackedRows, PackedRowsReader, PackedRowsWriter } from "../core/packed-rows.ts";
import type { RetrySchedule } from "../core/retry-schedule.ts";
import type { SealingLimits } from "../core/sealing.ts";
import type { Suspect } from "../core/suspicion.ts";
import type { Cancellation, MessagePlace, NewResend, QueueState } from "../director/facade.ts";
import type { DirectorSurvey, TrafficOfApplications } from "../director/traffic.ts";
import type { AttemptSpan, EndedAttempt, QuarantinedDelivery } from "../director/ports.ts";
import type { FlightMemory } from "./flight-record.ts";
import type { EgressProxy } from "../transport/egress-proxy.ts";
import type { DestinationRules } from "../transport/address-guard/destination-rules.ts";

/** Given to a Director's thread at its start; plain data, as it is copied there. */
export interface DirectorThreadOptions {
  /** 0-based, of `directors`. */
  readonly index: number;
  readonly directors: number;
  readonly jobDbFolder: string;
  readonly ldbPath: string;
  /** Raised by the reflector after each change of the LDB. */
  readonly ldbGeneration: Int32Array<SharedArrayBuffer>;
  /** Opens the secrets in the LDB. */
  readonly keyRing: KeyRing;
  readonly epoch: number;
  readonly flightRecordPath: string;
  readonly flightMemory: FlightMemory;
  /** Of this Director's deliveries, and whether the run before has died. */
  readonly suspects: readonly Suspect[];
  readonly isAfterDeath: boolean;
  readonly schedule: RetrySchedule;
  readonly sealing: SealingLimits;
  /** Of the time, that bulk may be sent in while others are sent a little; 1: always. */
  readonly bulkShare: number;
  readonly attemptTimeoutMs: number;
  readonly svixHeaders: boolean;
  readonly traceEndpoints: boolean;
  /** Whether each attempt is told of from the start. */
  readonly tellsAttempts: boolean;
  readonly destinationRules: DestinationRules;
  readonly egressProxy: EgressProxy | undefined;
  readonly version: string;
}

export type ToDirector =
  | {
      readonly kind: "accept";
      /** The batch, which the answer names. */
      readonly batch: number;
      readonly messages: number;
      readonly answers: number;
      /** The messages, then the answers about them. */
      readonly rows: PackedRows;
    }
  | { readonly kind: "ask"; readonly id: number; readonly order: Order }
  | { readonly kind: "endpoint-changed"; readonly endpoint: EndpointKey }
  /** Whether each attempt is told of from now on. */
  | { readonly kind: "tell-attempts"; readonly isAsked: boolean }
  | {
      readonly kind: "inspected";
      readonly id: number;
      /** Undefined: there was none in time. */
      readonly answer: InspectorAnswer | undefined;
    }
  | { readonly kind: "stop"; readonly withinMs: number };

export type AcceptRequest = Extract<ToDirector, { readonly kind: "accept" }>;

/** What is seldom asked for. It is answered when it is durable. */
export type Order =
  /** Answered with a cancellation. */
  | { readonly kind: "cancel"; readonly endpoint: EndpointKey }
  /** The same. */
  | {
      readonly kind: "cancel-messages";
      readonly endpoint: EndpointKey;
      readonly messages: readonly MessagePlace[];
    }
  /** Answered with whether it rested. */
  | { readonly kind: "probe"; readonly endpoint: EndpointKey }
  /** Answered with whether it was done. */
  | { readonly kind: "drop"; readonly jobDb: number }
  | { readonly kind: "resend"; readonly resends: readonly NewResend[] }
  | { readonly kind: "erase-payload"; readonly message: Address }
  | { readonly kind: "purge"; readonly jobDb: number; readonly purge: Purge }
  | { readonly kind: "erase-response"; readonly attempt: Address }
  /** Answered with how the queue stands. */
  | {
      readonly kind: "queue";
      readonly endpoint: EndpointKey;
      readonly siblings: readonly EndpointKey[];
    };

/** Something sealed of an endpoint can't be opened. */
export interface UnreadableEndpoint {
  readonly endpoint: EndpointKey;
  readonly id: EndpointId;
  readonly why: string;
}

export type FromDirector =
  | { readonly kind: "started" }
  | { readonly kind: "accepted"; readonly batches: readonly AcceptedBatch[] }
  | { readonly kind: "refused"; readonly batch: number; readonly error: CarriedError }
  | { readonly kind: "done"; readonly id: number; readonly answer: OrderAnswer }
  | { readonly kind: "not-done"; readonly id: number; readonly error: CarriedError }
  | { readonly kind: "gone"; readonly endpoint: EndpointKey }
  /** It has only failed since then (Unix milliseconds), for long enough to be disabled. */
  | { readonly kind: "failed-for-long"; readonly endpoint: EndpointKey; readonly sinceMs: number }
  /** To be made durable. */
  | { readonly kind: "health"; readonly endpoint: EndpointKey; readonly pause: EndpointPause }
  /** Attempts are durable that there may be something to tell the operator of. */
  | { readonly kind: "notable"; readonly jobDbs: readonly number[] }
  /** What it needs can't be opened. */
  | ({ readonly kind: "unreadable" } & UnreadableEndpoint)
  /** Its payload is not what was stored. */
  | { readonly kind: "damaged"; readonly message: Address }
  /** Its handling ends the process. */
  | { readonly kind: "quarantined"; readonly quarantined: QuarantinedDelivery }
  /** The flight record can't be written. */
  | { readonly kind: "unrecorded"; readonly error: CarriedError }
  /** Attempts have ended. */
  | { readonly kind: "attempts"; readonly attempts: readonly EndedAttempt[] }
  /** Attempts have ended whose messages are traced. */
  | { readonly kind: "spans"; readonly spans: readonly AttemptSpan[] }
  /** For the inspector. It is answered by `inspected`. */
  | { readonly kind: "inspect"; readonly id: number; readonly request: InspectedRequest }
  | { readonly kind: "traffic"; readonly sample: DirectorSample }
  | { readonly kind: "survey"; readonly survey: DirectorSurvey }
  | { readonly kind: "failed"; readonly error: CarriedError }
  | { readonly kind: "stopped" };

/** What a Director's thread tells of itself every `limits.trafficSampleMs`. */
export interface DirectorSample {
  /** Since the last sample. */
  readonly traffic: TrafficOfApplications;
  /** Since the last sample. */
  readonly commits: Histogram;
  /** Attempts under way now. */
  readonly inFlight: number;
}

/** Undefined: there is nothing to say but that it is done. */
export type OrderAnswer = QueueState | PurgedPage | Cancellation | boolean | undefined;

export interface AcceptedBatch {
  readonly batch: number;
  readonly jobDb: number;
  /** Row, nonce and time of each message, in turns. */
  readonly addresses: readonly number[];
}

export function packMessages(
  messages: readonly IncomingMessage[],
  answers: readonly PlacedAnswer[],
): PackedRows {
  const writer = new PackedRowsWriter();
  for (const message of messages) writeMessage(writer, message);
  for (const answer of answers) writeAnswer(writer, answer);
  return writer.packed();
}

/** The payloads and hashes are views of the packed bytes. */
export function unpackMessages({
  messages,
  answers,
  rows,
}: Pick<AcceptRequest, "messages" | "answers" | "rows">): {
  readonly messages: IncomingMessage[];
  readonly answers: PlacedAnswer[];
} {
  const reader = new PackedRowsReader(rows);
  return {
    messages: Array.from({ length: messages }, () => readMessage(reader)),
    answers: Array.from({ length: answers }, () => readAnswer(reader)),
  };
}

export function packAddresses(batch: number, addresses: readonly Address[]): AcceptedBatch {
  return {
    batch,
    jobDb: addresses[0]?.jobDb ?? 0,
    addresses: addresses.flatMap(({ row, nonce, atMs }) => [row, nonce, atMs]),
  };
}

export function unpackAddress({ jobDb, addresses }: AcceptedBatch, index: number): Address {
  const [row, nonce, atMs] = addresses.slice(3 * index, 3 * index + 3);
  assert(
    row !== undefined && nonce !== undefined && atMs !== undefined,
    "a Director answers for every message",
  );
  return { jobDb, row, nonce, atMs };
}
