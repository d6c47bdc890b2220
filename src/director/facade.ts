/** What the API may ask of Directors and of the history that they write. */
import type { NewAnswer } from "../core/answer.ts";
import type { Trigger } from "../core/delivery.ts";
import type { DeliveryState } from "../core/delivery-state.ts";
import type { EndpointPause } from "../core/endpoint-pause.ts";
import type { Address, ApplicationKey, EndpointKey } from "../core/ids.ts";
import type { AttemptRow, IncomingMessage, MessageRow } from "../core/message.ts";
import type { StoredJobDb } from "../core/retention.ts";

/** The way in. */
export interface Intake {
  /**
   * Resolves when the message is durable: only then may anybody be told that it was accepted.
   * Fails with `overloaded`, `shutting_down` or `jobdb_failed`; then it may or may not become durable, as with any lost answer.
   *
   * @param answer becomes durable in the same transaction
   */
  accept(message: IncomingMessage, answer?: NewAnswer): Promise<Address>;
  /**
   * The same for several messages of one application, at most `limits.batchMessagesMax`: all of them become durable in
   * one transaction, or none does. Resolves to their addresses, in order. There need be none, to keep an answer alone.
   */
  acceptAll(messages: readonly IncomingMessage[], answer?: NewAnswer): Promise<readonly Address[]>;
  /** Whether messages are accepted now. */
  accepting(): boolean;
  /**
   * Sends messages again. Resolves when it is durable that they will be, to one endpoint each, even if they were not for
   * it. Fails as `accept`, and with `jobdb_dropped` if one is not kept any more.
   */
  resend(resends: readonly NewResend[]): Promise<void>;
  /** Erases a message's payload for good, and resolves when it is: what waits to be sent of it is cancelled. */
  erasePayload(message: Address): Promise<void>;
  /** Erases what an endpoint answered to an attempt for good, and resolves when it is. */
  eraseResponse(attempt: Address): Promise<void>;
}

export interface AskedResend {
  readonly message: Address;
  readonly endpoint: EndpointKey;
  readonly asker: Uint8Array;
  readonly sinceMs: number;
}

export interface NewResend {
  readonly message: MessagePlace;
  readonly endpoint: EndpointKey;
  /** `scheduled`: through the whole retry schedule; `manual`: one attempt, which leaves what was planned as it is. */
  readonly trigger: Trigger;
  /** Tells whoever asked for it from others, at least one byte; undefined: nobody will ask whether it was done. */
  readonly asker: Uint8Array | undefined;
}

/** What waits now. */
export interface Queues {
  /**
   * How an endpoint's queue stands. Fails with `overloaded`, `shutting_down` or `jobdb_failed`.
   *
   * @param siblings all endpoints of its application
   */
  queue(endpoint: EndpointKey, siblings: readonly EndpointKey[]): Promise<QueueState>;
  /**
   * Cancels what waits for an endpoint, and resolves when that is durable: `limits.cancelledTogetherMax` or more if more may wait.
   * What is being sent is not tried again, but a crash before its outcome is durable forgets that; if nothing else waits, this
   * resolves when all those outcomes are, or `limits.cancellationWaitMs` are over. Fails as `queue`.
   */
  cancel(endpoint: EndpointKey): Promise<Cancellation>;
  /**
   * Cancels what waits of some messages for an endpoint, and resolves when that is durable. What is being sent of them is not
   * tried again, but a crash before its outcome is durable forgets that. Fails as `queue`.
   */
  cancelMessages(endpoint: EndpointKey, messages: readonly MessagePlace[]): Promise<Cancellation>;
  /**
   * Has an endpoint tried at once that is paused or has asked to be left alone, and resolves to whether it did so. Fails as
   * `queue`.
   */
  probe(endpoint: EndpointKey): Promise<boolean>;
}

/** Where a message is. */
export type MessagePlace = Pick<Address, "jobDb" | "row">;

export interface Cancellation {
  /** Messages of which something waited and is cancelled; if everything of an endpoint is, deliveries. */
  readonly cancelled: number;
  /** Attempts to the endpoint that are the last of their delivery by request, and whose outcomes are not durable yet. */
  readonly ending: number;
}

export interface QueueState {
  /** Deliveries that are not settled. */
  readonly pending: number;
  /**
   * False while there is something that earlier runs left (`pending` is what has been found of it) or that was resent (what
   * a resend by hand has delivered may still be counted).
   */
  readonly exact: boolean;
  /**
   * When the oldest message was accepted of those that could be sent now, or that all others wait for in strict order, Unix
   * milliseconds; undefined: there is none.
   */
  readonly oldestAtMs: number | undefined;
  readonly inFlight: number;
  /** Requests that may be open at once now. */
  readonly slots: number;
  readonly pause: EndpointPause;
  /** The minutes of the last `limits.talliedMinutes` in which attempts ended, the oldest first. */
  readonly minutes: readonly MinuteOfAttempts[];
  /** Of all the siblings. */
  readonly application: Pick<QueueState, "pending" | "inFlight">;
  /** The moment of all this, Unix milliseconds. */
  readonly nowMs: number;
}

/** How many attempts ended within a minute. */
export interface MinuteOfAttempts {
  /** When it began, Unix milliseconds. */
  readonly atMs: number;
  readonly succeeded: number;
  /** Answered with anything but a 2xx. */
  readonly failed: number;
  readonly unanswered: number;
}

/** What has been accepted and attempted, newest first, from few rows per question. */
export interface History {
  /** Undefined if there is no such row, it has another nonce, or it belongs to another application. */
  message(application: ApplicationKey, address: Address): Promise<StoredMessage | undefined>;
  /** The first message of an application that has this event id. */
  messageOfEvent(application: ApplicationKey, eventId: string): Promise<StoredMessage | undefined>;
  messages(application: ApplicationKey, query: MessagesQuery): Promise<readonly StoredMessage[]>;
  attemptsOfMessage(message: Address, query: AttemptsQuery): Promise<readonly StoredAttempt[]>;
  attemptsOfEndpoint(
    endpoint: EndpointKey,
    query: AttemptsQuery,
  ): Promise<readonly StoredAttempt[]>;
  /** Undefined if there is no such row, it has another nonce, or it is of another message. */
  attempt(message: Address, address: Address): Promise<StoredAttempt | undefined>;
  /** Whom a message went to, in the order of its recipients. Nothing if there is no such message. */
  deliveriesOfMessage(message: Address, page: RecipientsPage): Promise<readonly StoredDelivery[]>;
  /** Whether a message was resent to an endpoint for the same asker, at or after a time (Unix milliseconds). */
  isResent(resend: AskedResend): Promise<boolean>;
  /** The messages that were for an endpoint, and what became of each there. */
  deliveriesOfEndpoint(
    endpoint: EndpointKey,
    query: DeliveriesQuery,
  ): Promise<readonly DeliveredMessage[]>;
  /**
   * How many deliveries to an endpoint, of messages that the query is about, are in each state. Undefined if its span has more
   * than `limits.countedDeliveriesMax`, whichever of them it is about.
   */
  countDeliveries(endpoint: EndpointKey, query: CountQuery): Promise<DeliveryCounts | undefined>;
  /** The messages of which something waits for an endpoint: a first attempt, a retry or a resend. */
  waitingMessages(endpoint: EndpointKey, query: MessagesQuery): Promise<readonly StoredMessage[]>;
  /** How many there are. Undefined as for `countDeliveries`, of JobDbs that have something unsettled. */
  countWaiting(endpoint: EndpointKey, query: CountQuery): Promise<number | undefined>;
  /** An application's messages that an endpoint was never sent by the schedule, whatever it asks for. */
  missingMessages(
    application: ApplicationKey,
    endpoint: EndpointKey,
    query: MessagesQuery,
  ): Promise<readonly StoredMessage[]>;
  /**
   * How many resends to an endpoint have not begun, of the newest in each JobDb; at `countMax` nobody counts on. Whoever resends
   * on and on asks this first.
   */
  countWaitingResends(endpoint: EndpointKey, countMax: number): Promise<number>;
  /** What was kept under a hash at or after a time and before another one, Unix milliseconds. */
  answer(hash: Uint8Array, sinceMs: number, beforeMs: number): Promise<StoredAnswer | undefined>;
  /** All that were kept at or after a time, some with each step; in steps, other work of the thread goes on. */
  answersSince(sinceMs: number): AsyncIterable<readonly KeptHash[]>;
}

/** What becomes of JobDbs, as it was seen last. */
export interface StorageState {
  /** Undefined: nobody has looked yet. */
  readonly jobDbs: readonly StoredJobDb[] | undefined;
  /** On the disk of the JobDbs; undefined: nobody has looked yet. */
  readonly freeBytes: number | undefined;
  /** JobDbs that lie aside, as they are damaged. */
  readonly setAside: number;
  /** Since the start, as the rest. */
  readonly archived: number;
  readonly archivedBytes: number;
  readonly archiveFailures: number;
  readonly dropped: number;
}

/** The JobDbs that history is in. */
export interface StoredJobDbs {
  /** Those that have messages, as they are or were a while ago; in steps, other work of the thread goes on. */
  stored(): Promise<readonly StoredJobDb[]>;
  /** Closes those that have been dropped, or their disk space would not be free. */
  closeDropped(): void;
}

/** That an answer is kept. */
export interface KeptHash {
  readonly hash: Uint8Array;
  /** Unix milliseconds. */
  readonly atMs: number;
}

/** An answer with the messages that it was about, in order. */
export interface StoredAnswer extends Pick<NewAnswer, "text"> {
  readonly messages: readonly StoredMessage[];
}

/** The attempts that there may be something to tell the operator of (core/operational-event.ts), in the order of recording. */
export interface NotableAttempts {
  /** Those that are there now. */
  jobDbs(): readonly number[];
  /** Nothing if there is no such JobDb. Fails as history does. */
  notable(jobDb: number, query: NotableQuery): readonly NotableAttempt[];
}

export interface NotableQuery {
  /** Only those recorded after this one; if it is not there, or undefined: all. */
  readonly after: Address | undefined;
  /** Only those recorded at or after this, Unix milliseconds. */
  readonly sinceMs: number;
  readonly limit: number;
}

export interface NotableAttempt extends Pick<
  AttemptRow,
  "endpoint" | "number" | "settlement" | "retryAtMs" | "statusCode"
> {
  readonly address: Address;
  /** The address of the message that was attempted. */
  readonly message: Address;
  /** Of the message. */
  readonly eventId: string | undefined;
  /** Whether an earlier attempt of the delivery is one that is told of as failing or exhausted. */
  readonly failedBefore: boolean;
}

/** `recipients` is left out: whom a message went to is asked separately. */
export interface StoredMessage extends Omit<
  MessageRow,
  "recipients" | "row" | "nonce" | "atMs" | "payload"
> {
  readonly address: Address;
  /** Undefined: it was erased, by request or because it had been kept for long enough. */
  readonly payload: Uint8Array | undefined;
}

export interface StoredAttempt extends Omit<AttemptRow, "row" | "nonce" | "atMs"> {
  readonly address: Address;
  /** The address of the message that was attempted. */
  readonly message: Address;
  /** Of the message. */
  readonly eventType: string;
  /** Of the message. */
  readonly channels: readonly string[] | undefined;
}

/** Where a delivery stands. */
export interface StoredDelivery {
  readonly endpoint: EndpointKey;
  readonly state: DeliveryState;
  /** When its next attempt is due, Unix milliseconds; undefined if none is planned. */
  readonly nextAttemptAtMs: number | undefined;
}

export interface DeliveredMessage extends StoredMessage {
  readonly delivery: StoredDelivery;
}

export type DeliveryCounts = Readonly<Record<DeliveryState, number>>;

/** Some recipients of a message, nearest to the edge first. */
export interface RecipientsPage {
  /** How many at the most. */
  readonly limit: number;
  /** Undefined: from that end. If it is none of the message's recipients, the page is empty. */
  readonly edge: EndpointKey | undefined;
  readonly direction: "forward" | "backward";
}

/** When rows were made. */
export interface Span {
  /** Only rows made at or after this, Unix milliseconds. */
  readonly sinceMs: number | undefined;
  /** Only rows made before this, Unix milliseconds. */
  readonly untilMs: number | undefined;
}

/** A page of a listing by time. Exactly one direction: from `before` to older rows, or from `after` to newer ones. */
export interface Page extends Span {
  /** How many rows at the most, 1 to `limits.pageMax` + 1. */
  readonly limit: number;
  /** The page's edge: rows older than this (`older`) or newer (`newer`), nearest first. Undefined: from that end. */
  readonly edge: Address | undefined;
  readonly direction: "older" | "newer";
}

export interface MessagesQuery extends Page {
  readonly eventTypes: readonly string[] | undefined;
  readonly channel: string | undefined;
  readonly tag: string | undefined;
  /**
   * The page ends with the row by which its payloads have more bytes, but not before the second. 0: no payload is read, and
   * those that are there stand as no bytes. Left out: no bound.
   */
  readonly payloadBytesMax?: number | undefined;
}

export interface AttemptsQuery extends Page {
  readonly status: AttemptStatus | undefined;
  /** Hundreds: 0 (no answer), 100, 200, … 500. */
  readonly statusCodeClass: number | undefined;
  readonly eventTypes: readonly string[] | undefined;
  readonly channel: string | undefined;
  readonly tag: string | undefined;
  /** Only attempts to this endpoint. */
  readonly endpoint: EndpointKey | undefined;
}

export interface DeliveriesQuery extends MessagesQuery {
  readonly state: DeliveryState | undefined;
}

/** Which deliveries are counted. */
export type CountQuery = Span & Pick<MessagesQuery, "eventTypes" | "channel" | "tag">;

/** Of one attempt: whether more follow is its delivery's matter. */
export type AttemptStatus = "delivered" | "failed";
