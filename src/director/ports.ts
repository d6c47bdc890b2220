/** What the Director needs from the world. Each has an implementation for real and one for the simulator. */
import type { PurgedRows, PurgeScope } from "../core/purge.ts";
import type { AnswerRow } from "../core/answer.ts";
import type {
  DeliveryNumber,
  Outcome,
  PendingDelivery,
  Step,
  UnansweredReason,
} from "../core/delivery.ts";
import type { EndpointPause } from "../core/endpoint-pause.ts";
import type { HandPause } from "../core/hand-pause.ts";
import type { Address, EndpointId, EndpointKey, MessageId, ApplicationKey } from "../core/ids.ts";
import type { AttemptRow, MessageRow, Resend } from "../core/message.ts";
import type { Handled, Suspect } from "../core/suspicion.ts";
import type { TraceContext } from "../core/trace-context.ts";
import type { TlsSettings } from "../core/tls-settings.ts";

/** Wall time that never goes back while the program runs, and waiting that does not depend on it. */
export interface Clock {
  /** Unix milliseconds, never less than at the call before. */
  nowMs(): number;
  /** Calls back once after `delayMs`, unless stopped before. */
  after(delayMs: number, callback: () => void): Stoppable;
  /** Milliseconds, and fractions, since some moment: for how long something takes. */
  steadyMs(): number;
  /** Calls back once, soon, after what else has come until now. */
  soon(callback: () => void): void;
}

export interface Stoppable {
  stop(): void;
}

export interface Random {
  /** In [0, 1). */
  unit(): number;
  /** 48 bits that nobody can guess. */
  nonce(): number;
}

/** Makes one HTTP attempt and always comes back: every outcome is a value, and none takes longer than the deadline. */
export interface Transport {
  send(request: AttemptRequest): Promise<Outcome>;
  /** What starting the next attempt there costs, in attempts to an endpoint that is known: 1 if it is, more if it is the first. */
  costOf(destination: Destination): number;
  /** Closes all connections. Attempts under way end with `connection`. */
  close(): Promise<void>;
}

export interface AttemptRequest {
  readonly destination: Destination;
  /** The `webhook-id`, the same on every attempt. */
  readonly messageId: MessageId;
  /** When the attempt starts: its whole second is the `webhook-timestamp`. Unix milliseconds. */
  readonly atMs: number;
  readonly payload: Uint8Array;
  /** Of the attempt itself, if it is traced. */
  readonly traceparent?: string | undefined;
}

/** Everything that sending to an endpoint takes, as the LDB has it now. */
export interface Destination {
  readonly endpoint: EndpointKey;
  readonly id: EndpointId;
  readonly application: ApplicationKey;
  /** As it was given, less user information. */
  readonly url: string;
  readonly disabled: boolean;
  /** Attempts per second, 1 to 65,535; undefined: as many as it bears. */
  readonly throttleRate: number | undefined;
  /** Deliveries go out strictly one at a time, in the order of acceptance. */
  readonly ordered: boolean;
  /** Nothing is sent until it is over. Undefined: nobody has paused it. */
  readonly handPause: Pick<HandPause, "untilMs"> | undefined;
  /** Whether all that is sealed of it could be opened. If not, headers, TLS settings and secrets are left out. */
  readonly readable: boolean;
  /** Sent besides ours; names are lower case. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** Undefined: the usual authorities, and no client certificate. */
  readonly tls: TlsSettings | undefined;
  /** All that are valid, the newest first; each signs. */
  readonly secrets: readonly SigningSecret[];
}

export interface SigningSecret {
  /** `whsec_` + base64 of 24 to 64 bytes (HMAC-SHA256), or `whsk_` + base64 of 64 bytes (ed25519). */
  readonly key: string;
  /** When it stops signing, Unix milliseconds; undefined for the current one. */
  readonly expiresAtMs: number | undefined;
}

/** The Director's view of the LDB. */
export interface Destinations {
  /** In microseconds and from local disk; undefined if the endpoint or its application is deleted. */
  find(endpoint: EndpointKey): Destination | undefined;
  /** What was last kept of an endpoint's failures, perhaps by an earlier run; asked for when it is met first. */
  pauseOf(endpoint: EndpointKey): EndpointPause;
  /** Attempts per second to all endpoints of an application together, 1 to 65,535; undefined: no limit. As quick. */
  throttleRateOf(application: ApplicationKey): number | undefined;
}

/** All JobDbs of one Director: one that takes messages, and others that are read only for what is unsettled. */
export interface JobDbStore {
  /** JobDbs that earlier runs left with deliveries that may be unsettled, oldest first. They take attempts only. */
  unsettled(): Promise<readonly JobDb[]>;
  /**
   * Gives an empty JobDb: a new one with a number above all that exist, or the last one of this owner if it is not open
   * and nothing was ever committed to it. While others are open, no commit to them waits for it.
   */
  create(): Promise<JobDb>;
  /**
   * The JobDbs of this owner that may have payloads whose time is over before `untilMs`, by number, oldest first. None is
   * opened for that.
   */
  expiring(untilMs: number): Promise<readonly number[]>;
  /** One that has been there for long, drained or not: it takes no messages. Undefined if there is none of this number. */
  open(number: number): Promise<JobDb | undefined>;
  /** Closes one that nobody uses any more. It can be opened again. */
  release(number: number): Promise<void>;
  /**
   * Erases a JobDb for good, so that its disk space is free when its last reader has closed it. Resolves to whether it did:
   * it does not if the JobDb is open, takes messages, or has something unsettled, or if it has the highest number of
   * all, as numbers are never given out again. Durable; a crash meanwhile leaves all of it or nothing. Idempotent.
   */
  drop(number: number): Promise<boolean>;
  /** Finishes what is under way and closes every JobDb. */
  close(): Promise<void>;
}

/**
 * Knows, beyond the death of the process but not of the machine, which deliveries are being handled, and which ones earlier
 * deaths have put under suspicion. It never fails: what it can't keep is not known to the next run.
 */
export interface FlightRecorder {
  /** At the start of this run. */
  readonly suspects: readonly Suspect[];
  /** It is being handled from now on. Returns what `ended` is to be told. */
  began(delivery: Handled): number;
  /** It was handled to its end, which is durable: it is under no suspicion any more. */
  ended(place: number): void;
  /** This run can't go on by a fault of its own. What is kept now is what the next run finds, also after `close`. */
  died(): void;
  /** This run is ending in order: whatever comes, nobody is under suspicion. */
  close(): void;
}

/** Keeps what is dropped. */
export interface Archive {
  /** Nothing should be put there now; what was begun goes on. */
  readonly resting: boolean;
  /** Puts a drained JobDb there; resolves only when all of it was read back and compared. Repeating it is harmless. */
  store(jobDb: number): Promise<void>;
}

/**
 * An append-only database of messages, deliveries and attempts for one slice of time, with one owner.
 *
 * Every method fails with `jobdb_failed` after an I/O error, and from then on: nothing of a failed commit may be
 * acknowledged. It fails with `jobdb_stale_owner` if somebody with a higher epoch has opened the JobDb.
 */
export interface JobDb {
  readonly number: number;
  /** The highest rows when it was opened, 0 if none: the owner counts on from here. */
  readonly lastMessageRow: number;
  readonly lastAttemptRow: number;

  /**
   * One transaction. Resolves when all of it is durable; after a crash at any time there is all of it or nothing.
   * If the wall clock went back between two runs, attempts and answers get the time of the one before.
   */
  commit(commit: Commit): Promise<void>;

  /** The endpoints that have deliveries here, settled or not. */
  endpoints(): Promise<readonly EndpointKey[]>;

  /**
   * Deliveries of an endpoint whose first round was not begun, that were not skipped and not delivered by hand, in the
   * order of acceptance, read from at most `rowsMax` rows after `after`.
   */
  unattempted(
    endpoint: EndpointKey,
    after: DeliveryNumber,
    rowsMax: number,
  ): Promise<UnattemptedPage>;

  /**
   * Deliveries of an endpoint whose first round is not over, that were not skipped and not delivered by hand, in the order
   * of acceptance whether or not they wait for a retry, read from at most `rowsMax` rows after `after`.
   */
  firstRounds(
    endpoint: EndpointKey,
    after: DeliveryNumber,
    rowsMax: number,
  ): Promise<FirstRoundsPage>;

  /**
   * Retries and resends of an endpoint that are due by `untilMs`, in order of their time, read from at most `rowsMax` of
   * them. What a later attempt has overtaken is left out: one of the same round, or one that delivered.
   */
  due(endpoint: EndpointKey, after: DueCursor, untilMs: number, rowsMax: number): Promise<DuePage>;

  /**
   * Whatever waits of messages for an endpoint, due or not: first attempts, retries and resends that no later attempt has
   * overtaken. In no order.
   */
  waiting(endpoint: EndpointKey, messageRows: readonly number[]): Promise<readonly DueDelivery[]>;

  /** What an attempt needs of messages. Rows that don't exist are an assertion failure. */
  payloads(messageRows: readonly number[]): Promise<readonly StoredPayload[]>;

  /** Erases a message's payload for good. What waits to be sent of it is cancelled when its turn comes. */
  erasePayload(messageRow: number): Promise<void>;

  /** Erases what an endpoint answered to an attempt for good. */
  eraseResponse(attemptRow: number): Promise<void>;

  /** Erases payloads that have been kept for as long as their messages asked for, of at most `rowsMax` messages. */
  eraseExpired(nowMs: number, rowsMax: number): Promise<Erasure>;

  /**
   * Erases a page of what is in a scope for good, in the order of rows: payloads, event ids, channels and tags of messages, answers
   * and URLs of attempts. What waits to be sent of it is cancelled when its turn comes. Repeating it is harmless.
   */
  purge(purge: Purge): Promise<PurgedPage>;

  /** Remembers that it takes no more messages: from now on one that is committed is an assertion failure. Idempotent. */
  seal(): Promise<void>;

  /** Remembers that nothing here is unsettled, so that no later start reads it. A later commit takes it back. */
  markDrained(): Promise<void>;
}

export interface Commit {
  readonly messages: readonly MessageRow[];
  readonly attempts: readonly AttemptRow[];
  readonly answers: readonly AnswerRow[];
  readonly resends: readonly Resend[];
}

export interface Purge {
  readonly scope: PurgeScope;
  /** Of rows after this one; 0: from the first. */
  readonly after: number;
  readonly rowsMax: number;
}

export interface PurgedPage {
  readonly rows: PurgedRows;
  /** From where it goes on; undefined: that was all. */
  readonly next: number | undefined;
}

export interface Erasure {
  /** Before this, nothing more is to be erased; not in the future if something is left now, infinite if nothing ever is. */
  readonly nextAtMs: number;
}

export interface UnattemptedPage {
  readonly deliveries: readonly DeliveryNumber[];
  /** Everything up to here was looked at, and from here it goes on. No delivery need have this number. */
  readonly scannedTo: DeliveryNumber;
  /** No rows followed when this was read. */
  readonly end: boolean;
}

export interface FirstRoundsPage {
  readonly deliveries: readonly FirstRound[];
  /** As in an UnattemptedPage. */
  readonly scannedTo: DeliveryNumber;
  readonly end: boolean;
}

/** What is next in the first round of a delivery. */
export interface FirstRound {
  readonly delivery: DeliveryNumber;
  /** The number that the attempt will have, from 1. */
  readonly attempt: number;
  /** When it is due, Unix milliseconds; 0 for a first attempt. */
  readonly dueAtMs: number;
}

/**
 * Position in the retries and resends of an endpoint: their time, then a number that tells apart those due at the same
 * time. That is twice the row of the attempt that planned a retry, or twice the row of a resend, plus one.
 */
export interface DueCursor {
  readonly atMs: number;
  readonly place: number;
}

export const dueFromStart: DueCursor = { atMs: 0, place: 0 };

export interface DuePage {
  readonly deliveries: readonly DueDelivery[];
  readonly scannedTo: DueCursor;
  /** When the first one after `scannedTo` is due (it may be a planned time that another attempt has overtaken). */
  readonly nextAtMs: number | undefined;
}

/** What is next in a round, without what whoever asks knows already. */
export type DueDelivery = Omit<PendingDelivery, "jobDb" | "endpoint">;

export interface StoredPayload {
  readonly address: Address;
  /** Of the message. */
  readonly eventType: string;
  /** `damaged`: what is there is not what was stored, and must not be sent. */
  readonly payload: Uint8Array | "erased" | "damaged";
  /** As the message has it. */
  readonly trace?: string | undefined;
}

/** An attempt of a message whose producer traces it. */
export interface AttemptSpan {
  /** Where the producer's request stands. */
  readonly parent: TraceContext;
  readonly spanId: string;
  readonly messageId: MessageId;
  readonly endpoint: EndpointId;
  /** Its number within its round, from 1. */
  readonly attempt: number;
  /** Unix milliseconds. */
  readonly startedAtMs: number;
  readonly outcome: BareOutcome;
}

/** An attempt that has ended, for those who watch. */
export interface EndedAttempt extends Pick<
  AttemptSpan,
  "messageId" | "endpoint" | "attempt" | "outcome"
> {
  readonly application: ApplicationKey;
  /** Of the message. */
  readonly eventType: string;
  /** When it ended, Unix milliseconds. */
  readonly atMs: number;
  readonly step: Step;
}

/** A delivery that was given up on because its handling ends the process. */
export interface QuarantinedDelivery {
  readonly message: Address;
  readonly endpoint: EndpointId;
}

/** What came of an attempt, without the answer's body. */
export type BareOutcome =
  | { readonly kind: "answered"; readonly statusCode: number; readonly durationMs: number }
  | { readonly kind: "unanswered"; readonly reason: UnansweredReason; readonly durationMs: number };
