/** What the API may ask of the control store (writes) and of the LDB (reads). */
import type {
  Address,
  AnnouncementId,
  ApplicationKey,
  AttemptId,
  EndpointId,
  EndpointKey,
} from "../core/ids.ts";
import type { TaskType } from "../core/background-task.ts";
import type { EndpointPause } from "../core/endpoint-pause.ts";
import type { EndpointEvent } from "../core/operational-event.ts";
import type { Erasure, NewErasure } from "./erasure.ts";
import type { Filter } from "../core/match.ts";
import type { AuditedCall, AuditOutcome } from "./audit.ts";
import type {
  OrganizationId,
  Application,
  Endpoint,
  EventType,
  ApiKey,
  BackgroundTask,
  NewTask,
  TaskProgress,
  TaskScope,
  NewApiKey,
  NewApplication,
  NewEndpoint,
  NewHandPause,
  NewEventType,
  ApplicationChanges,
  EndpointChanges,
  EventTypeChanges,
  ApplicationReplacement,
  EndpointReplacement,
  Headers,
  HeaderChanges,
  SecretRotation,
} from "./entities.ts";

/**
 * The system of record. Every write is one transaction that also appends to the ledger, and resolves when it is durable
 * and the local LDB has it: whoever wrote reads their own write.
 * Fails with `conflict` (a uid or name is taken, the application is deleted or full), `overloaded` (nothing was done) or
 * `control_unavailable` (it may have been done all the same).
 */
export interface ControlWriter {
  /** With `getIfExists`, an application whose uid is taken is returned as it is instead of failing. */
  createApplication(
    organization: OrganizationId,
    input: NewApplication,
    getIfExists: boolean,
  ): Promise<{ readonly application: Application; readonly created: boolean }>;
  createEndpoint(application: ApplicationKey, input: NewEndpoint): Promise<Endpoint>;
  /** An archived one of this name is replaced. */
  createEventType(organization: OrganizationId, input: NewEventType): Promise<EventType>;
  /**
   * Replaces the application of this id or uid, or creates one with it as its uid. Undefined: it is an id, of no
   * application.
   */
  putApplication(
    organization: OrganizationId,
    idOrUid: string,
    input: ApplicationReplacement,
  ): Promise<{ readonly application: Application; readonly created: boolean } | undefined>;
  /** Undefined: it has been deleted. */
  changeApplication(
    application: ApplicationKey,
    changes: ApplicationChanges,
  ): Promise<Application | undefined>;
  /** With its endpoints. Does nothing if it is deleted already. */
  deleteApplication(application: ApplicationKey): Promise<void>;
  /** As `putApplication`. Secret and headers stay. */
  putEndpoint(
    application: ApplicationKey,
    idOrUid: string,
    input: EndpointReplacement,
  ): Promise<{ readonly endpoint: Endpoint; readonly created: boolean } | undefined>;
  /** Undefined: it has been deleted. A URL that is given as it is shown keeps its user information. */
  changeEndpoint(endpoint: EndpointKey, changes: EndpointChanges): Promise<Endpoint | undefined>;
  /** False: it has been deleted. Fails with `conflict` if the endpoint would have more headers than it can. */
  changeEndpointHeaders(endpoint: EndpointKey, changes: HeaderChanges): Promise<boolean>;
  /** Does nothing if it is deleted already. */
  deleteEndpoint(endpoint: EndpointKey): Promise<void>;
  /** False: it has been deleted. */
  rotateSecret(endpoint: EndpointKey, rotation: SecretRotation): Promise<boolean>;
  /** Pauses it by hand, or takes that back (undefined). False: it has been deleted. */
  setHandPause(
    endpoint: EndpointKey,
    pause: NewHandPause | undefined,
  ): Promise<"paused" | "resumed" | "not paused" | false>;
  /** Replaces the event type of this name, or creates it. */
  putEventType(
    organization: OrganizationId,
    input: NewEventType,
  ): Promise<{ readonly eventType: EventType; readonly created: boolean }>;
  /** Undefined: there is none. */
  changeEventType(
    organization: OrganizationId,
    name: string,
    changes: EventTypeChanges,
  ): Promise<EventType | undefined>;
  /** Its name is free then. False: there is none. */
  deleteEventType(organization: OrganizationId, name: string): Promise<boolean>;
  /**
   * The application whose endpoints are told of what happens to the organisation's others: made if there is none yet. No
   * lookup or list of applications shows it, and it can't be deleted.
   */
  putOperationalApplication(organization: OrganizationId): Promise<Application>;
  /**
   * Because it answered 410, or has failed for long. Does nothing if it is disabled or deleted already.
   *
   * @param failSinceMs Unix milliseconds; undefined: since now
   */
  disableEndpoint(endpoint: EndpointKey, failSinceMs?: number): Promise<void>;
  /** Writes it and its secrets again as they are, for copies that were altered. Fails with `secret_unreadable` if it was too. */
  rewriteEndpoint(endpoint: EndpointKey): Promise<void>;
  /** Begins a background task. */
  startTask(scope: TaskScope, task: NewTask): Promise<BackgroundTask>;
  /** Writes how far a task has come. One that was cancelled meanwhile stays so, and one that has ended stays as it is. */
  advanceTask(task: number, progress: TaskProgress): Promise<void>;
  /** Ends a running task; one that has ended stays as it is. False: the organisation has none with this id. */
  cancelTask(organization: OrganizationId, id: string): Promise<BackgroundTask | false>;
  /** `secret` is the key's text (`pk_…`), told this once. */
  createApiKey(
    organization: OrganizationId,
    input: NewApiKey,
  ): Promise<{ readonly apiKey: ApiKey; readonly secret: string }>;
  /** Whether there was such a key. From now on it is refused. */
  deleteApiKey(organization: OrganizationId, id: string): Promise<boolean>;
  /**
   * From now on `isTokenRevoked` holds for it.
   *
   * @param signed what its signature covers
   * @param expiresAtMs when it is of no more use anyway, Unix milliseconds; undefined: never
   */
  revokeToken(signed: string, expiresAtMs: number | undefined): Promise<void>;
  /** The writes that somebody asks for. */
  audited(call: AuditedCall): AuditedWriter;
  /** The result that is kept for a key; undefined: none is, or it is older than `limits.answersKeptMs`. */
  keptResult(key: OnceKey): Promise<KeptResult | undefined>;
}

/** Stands for a request that is to take effect once, however often it is sent. */
export interface OnceKey {
  /** SHA-256 of what tells it from all other requests. */
  readonly hash: Uint8Array;
  /** 32 bytes that seal what is kept for it, as that may hold secrets; the hash does not give them away. */
  readonly sealingKey: Uint8Array;
}

/** What can be asked for. */
export type AskedWrites = Pick<
  ControlWriter,
  | "createApplication"
  | "createEndpoint"
  | "createEventType"
  | "putApplication"
  | "changeApplication"
  | "deleteApplication"
  | "putEndpoint"
  | "changeEndpoint"
  | "changeEndpointHeaders"
  | "deleteEndpoint"
  | "rotateSecret"
  | "setHandPause"
  | "putEventType"
  | "changeEventType"
  | "deleteEventType"
  | "putOperationalApplication"
  | "startTask"
  | "cancelTask"
  | "createApiKey"
  | "deleteApiKey"
  | "revokeToken"
>;

/**
 * Writes as `ControlWriter` does, with an entry of the audit log in the same transaction. What changes nothing leaves none; what
 * is refused (`conflict`) leaves one that says so.
 */
export interface AuditedWriter extends AskedWrites {
  /** Begins an erasure. False: the organisation has no such application, or that has no such endpoint. */
  startErasure(organization: OrganizationId, asked: NewErasure): Promise<Erasure | false>;
  /** An entry about something that is not done by a write of the control store. */
  record(outcome: AuditOutcome): Promise<void>;
  /** The writes of POSTs, each of which takes effect once for a key. */
  once(key: OnceKey): OnceWriter;
}

/**
 * Writes as `AuditedWriter` does, and keeps the result in the same transaction. If one is kept for the key already,
 * nothing is written and that one is the result. What says that nothing was there (false) and what fails is not kept.
 */
export interface OnceWriter extends AskedWrites, Pick<AuditedWriter, "startErasure"> {
  /** Keeps what was made elsewhere, and writes nothing else. */
  keep(result: string): Promise<string>;
}

export interface KeptResult {
  /** What the method of `OnceWriter` resolved to. */
  readonly result: unknown;
}

/** What is to be told to the operator of a change, and was staged in the change's own transaction. */
export interface Announcement {
  /** Counts up in the order of the changes. */
  readonly key: number;
  readonly id: AnnouncementId;
  readonly organization: OrganizationId;
  readonly event: EndpointEvent;
}

/** Since when an endpoint has failed, and whether it is paused. */
export interface EndpointHealth {
  readonly endpoint: EndpointKey;
  readonly pause: EndpointPause;
}

/** What the Directors have to find again after a restart. */
export interface HealthKeeping {
  /**
   * Keeps these in one transaction, at most `limits.healthKeptTogetherMax`, and stages what is to be told of them. Fails as
   * writing does.
   */
  keepEndpointHealth(health: readonly EndpointHealth[]): Promise<void>;
}

/** What has been staged and is still to be told. */
export interface AnnouncementStage {
  /** The oldest, in order. Fails with `control_unavailable` or `overloaded`. */
  announcements(countMax: number): Promise<readonly Announcement[]>;
  /** Removes those up to a key: they have been told. Fails as writing does. */
  removeAnnouncements(lastKey: number): Promise<void>;
  /** For each JobDb the last attempt that `keepToldAttempts` was given, as ids. Fails as `announcements`. */
  toldAttempts(): Promise<readonly AttemptId[]>;
  /** Remembers, for each JobDb of these attempts, that all up to this one have been told of. Fails as writing does. */
  keepToldAttempts(attempts: readonly Address[]): Promise<void>;
}

/** Reads from the LDB: microseconds, no network, and never waits for the control store. */
export interface ControlReader {
  /** By id or uid. */
  application(organization: OrganizationId, idOrUid: string): Application | undefined;
  applications(organization: OrganizationId, page: ControlPage): readonly Application[];
  /** The one that `putOperationalApplication` has made. */
  operationalApplication(organization: OrganizationId): Application | undefined;
  /** When the first of any organisation was made, Unix milliseconds; infinite if there is none. Cached. */
  operationalSinceMs(): number;
  /** Even if deleted; undefined of an operational one. */
  customer(application: ApplicationKey): Application | undefined;
  /** The application of an endpoint, even if deleted; undefined of an operational endpoint. */
  customerOfEndpoint(endpoint: EndpointKey): Application | undefined;
  /** By id or uid. */
  endpoint(application: ApplicationKey, idOrUid: string): Endpoint | undefined;
  endpoints(application: ApplicationKey, page: ControlPage): readonly Endpoint[];
  /** Of an endpoint that may have been deleted since: history outlives it. */
  endpointIdOf(endpoint: EndpointKey): EndpointId;
  /** The current signing secret as receivers get it (`whsec_…`, or `whpk_…` for an asymmetric one). */
  endpointSecret(endpoint: EndpointKey): string;
  /** The custom headers, without what a URL's user information has become. */
  endpointHeaders(endpoint: EndpointKey): Headers;
  eventType(organization: OrganizationId, name: string): EventType | undefined;
  eventTypes(organization: OrganizationId, page: EventTypesPage): readonly EventType[];
  backgroundTask(organization: OrganizationId, id: string): BackgroundTask | undefined;
  backgroundTasks(
    organization: OrganizationId,
    page: BackgroundTasksPage,
  ): readonly BackgroundTask[];
  /** Of all organisations, the oldest first. */
  runningTasks(): readonly BackgroundTask[];
  /** By its text. Not if it has been deleted; one that has expired is told. */
  apiKey(secret: string): ApiKey | undefined;
  apiKeys(organization: OrganizationId, page: ControlPage): readonly ApiKey[];
  isTokenRevoked(signed: string): boolean;
  /** Another number whenever an API key or a revoked token has changed: what was verified before may no longer hold. */
  accessVersion(): number;
  /** What an application's endpoints ask for, in the order of their creation. Cached: treat as immutable. */
  subscriptions(application: ApplicationKey): readonly Subscription[];
}

/** What an endpoint asks for. */
export interface Subscription extends Filter {
  readonly endpoint: EndpointKey;
  readonly disabled: boolean;
}

/** A page of a listing in the order of ids (or event type names). */
export interface ControlPage {
  readonly limit: number;
  /** Items beyond this id (or name), in the direction of `order`; undefined: from the start. */
  readonly edge: string | undefined;
  readonly order: "ascending" | "descending";
}

export interface EventTypesPage extends ControlPage {
  readonly includeArchived: boolean;
}

export interface BackgroundTasksPage extends ControlPage {
  /** Only those with one of these. */
  readonly statuses: readonly BackgroundTask["status"][] | undefined;
  /** Only those of these types. */
  readonly types: readonly TaskType[] | undefined;
}
