/**
 * Reads the LDB, from any thread or process. What the hot paths ask for is cached: applications by name, an
 * application's subscriptions and rate, an endpoint's destination. What a cache returns is the very same object as long as
 * nothing about it has changed.
 *
 * Every call first makes sure that the caches are not older than the file. In the process of the reflector that is a
 * counter in shared memory, which the reflector raises after each batch (8 ns); elsewhere `PRAGMA data_version` (1.8 µs).
 * If it has moved, the LDB's list of changes says what to drop.
 */
import { timingSafeEqual } from "node:crypto";
import type { DatabaseSync } from "node:sqlite";
import { type EndpointPause, initialPause } from "../core/endpoint-pause.ts";
import { assert, PosthornError } from "../core/errors.ts";
import {
  applicationKeyOf,
  type ApplicationKey,
  type EndpointId,
  type EndpointKey,
} from "../core/ids.ts";
import { limits } from "../core/limits.ts";
import { receiverSecretOf } from "../core/signing-secret.ts";
import type { Destination, Destinations } from "../director/ports.ts";
import { readPragma } from "../sqlite/read-pragma.ts";
import { toApiKey } from "./api-key-row.ts";
import { toBackgroundTask } from "./background-task-row.ts";
import { BoundedCache } from "../core/bounded-cache.ts";
import { toApplication, toCustomer } from "./application-row.ts";
import { openControlReader } from "./control-connection.ts";
import { credentialHash } from "./credential-hash.ts";
import { destinationBytesOf, openDestination, type OnUnreadable } from "./destination.ts";
import { prepareEndpointIds } from "./endpoint-ids.ts";
import { type TemporaryEndpoint, toEndpoint, toTemporaryEndpoint } from "./endpoint-row.ts";
import { toEventType } from "./event-type-row.ts";
import type {
  BackgroundTasksPage,
  ControlPage,
  ControlReader,
  EventTypesPage,
  Subscription,
} from "./facade.ts";
import type {
  ApiKey,
  Application,
  BackgroundTask,
  Endpoint,
  EventType,
  Headers,
  OrganizationId,
} from "./entities.ts";
import type { KeyRing } from "./key-ring.ts";
import { ldbVersion } from "./ldb-schema.ts";
import {
  pageOf,
  prepareAccessStatements,
  prepareApplicationRuleStatements,
  prepareLdbStatements,
  prepareTaskStatements,
  prepareOperationalStatements,
  prepareTemporaryEndpoints,
  type ChangeRow,
  type PositionRow,
} from "./ldb-statements.ts";
import { openRow } from "./sealed-columns.ts";
import { subscriptionBytesOf, toSubscription } from "./subscription.ts";
import type { TableName } from "./tables.ts";

export interface LdbReaderOptions {
  /** Unix milliseconds. */
  readonly nowMs: () => number;
  /** Of the reflector in this process; undefined if it runs in another. */
  readonly generation: Int32Array<SharedArrayBuffer> | undefined;
  /** Opens the secrets. */
  readonly keyRing: KeyRing;
  readonly onUnreadable?: OnUnreadable;
}

export class LdbReader implements ControlReader, Destinations {
  readonly #database: DatabaseSync;
  readonly #options: LdbReaderOptions;
  readonly #statements: ReturnType<typeof prepareLdbStatements>;
  readonly #accessStatements: ReturnType<typeof prepareAccessStatements>;
  readonly #applicationRules: ReturnType<typeof prepareApplicationRuleStatements>;
  readonly #taskStatements: ReturnType<typeof prepareTaskStatements>;
  readonly #temporaryEndpoints: ReturnType<typeof prepareTemporaryEndpoints>;
  readonly #endpointIds: ReturnType<typeof prepareEndpointIds>;
  readonly #operationalStatements: ReturnType<typeof prepareOperationalStatements>;
  readonly #applications = new BoundedCache<string, Application>(limits.ldbCacheBytesMax);
  readonly #subscriptions = new BoundedCache<ApplicationKey, readonly Subscription[]>(
    limits.ldbCacheBytesMax,
  );
  readonly #destinations = new BoundedCache<EndpointKey, Destination>(limits.ldbCacheBytesMax);
  readonly #throttleRates = new BoundedCache<
    ApplicationKey,
    { readonly perSecond: number | undefined }
  >(limits.ldbCacheBytesMax);
  #accessVersion = 0;
  /** Undefined: has to be looked up. */
  #operationalSinceMs: number | undefined;
  /** Undefined: have to be looked up. */
  #retentionsMs: ReadonlyMap<ApplicationKey, number> | undefined;
  /** Of the shared counter or of the database, when the caches were last compared with the file. */
  #seen = Number.NaN;
  /** The position in the ledger that the caches are not older than. */
  #sequence: number;

  /** @throws PosthornError `control_unavailable` if there is no LDB, or one of another version; `sqlite_too_old` */
  constructor(path: string, options: LdbReaderOptions) {
    this.#options = options;
    this.#database = openControlReader(path);
    try {
      const version = readPragma(this.#database, "user_version");
      if (version !== ldbVersion) {
        throw new PosthornError("control_unavailable", `${path} is not an LDB of this program`);
      }
      this.#statements = prepareLdbStatements(this.#database);
      this.#accessStatements = prepareAccessStatements(this.#database);
      this.#applicationRules = prepareApplicationRuleStatements(this.#database);
      this.#taskStatements = prepareTaskStatements(this.#database);
      this.#temporaryEndpoints = prepareTemporaryEndpoints(this.#database);
      this.#endpointIds = prepareEndpointIds(this.#database);
      this.#operationalStatements = prepareOperationalStatements(this.#database);
      this.#sequence = this.#position().sequence;
    } catch (error) {
      this.#database.close();
      throw error;
    }
  }

  application(organization: OrganizationId, idOrUid: string): Application | undefined {
    this.#refresh();
    // The length in front, as otherwise two organisations could have the same key for different texts.
    const key = `${organization.length}:${organization}${idOrUid}`;
    const cached = this.#applications.get(key);
    if (cached !== undefined) return cached;
    const row =
      this.#statements.applicationById(organization, idOrUid) ??
      this.#statements.applicationByUid(organization, idOrUid);
    if (row === undefined) return undefined;
    const application = toApplication(row);
    this.#applications.put(key, application, applicationBytes + row.metadata.length);
    return application;
  }

  applications(organization: OrganizationId, page: ControlPage): readonly Application[] {
    return pageOf(this.#statements.applications, page, organization).map(toApplication);
  }

  operationalApplication(organization: OrganizationId): Application | undefined {
    const row = this.#operationalStatements.application(organization);
    return row === undefined ? undefined : toApplication(row);
  }

  /** How long the history is kept of each application, of any organisation, that has its own: deleted ones too. Cached. */
  retentionsMs(): ReadonlyMap<ApplicationKey, number> {
    this.#refresh();
    this.#retentionsMs ??= new Map(
      this.#applicationRules
        .retentions()
        .map(({ key, retention_days: days }) => [applicationKeyOf(key), days * dayMs]),
    );
    return this.#retentionsMs;
  }

  operationalSinceMs(): number {
    this.#refresh();
    this.#operationalSinceMs ??= this.#operationalStatements.since()?.since_ms ?? Infinity;
    return this.#operationalSinceMs;
  }

  customer(application: ApplicationKey): Application | undefined {
    return toCustomer(this.#operationalStatements.applicationOfKey(application));
  }

  customerOfEndpoint(endpoint: EndpointKey): Application | undefined {
    return toCustomer(this.#operationalStatements.applicationOfEndpoint(endpoint));
  }

  endpoint(application: ApplicationKey, idOrUid: string): Endpoint | undefined {
    const row =
      this.#statements.endpointById(application, idOrUid) ??
      this.#statements.endpointByUid(application, idOrUid);
    return row === undefined ? undefined : toEndpoint(row);
  }

  endpoints(application: ApplicationKey, page: ControlPage): readonly Endpoint[] {
    return pageOf(this.#statements.endpoints, page, application).map(toEndpoint);
  }

  /** Those that end when nobody listens to them, of any organisation. */
  temporaryEndpoints(): readonly TemporaryEndpoint[] {
    return this.#temporaryEndpoints().map(toTemporaryEndpoint);
  }

  endpointIdOf(endpoint: EndpointKey): EndpointId {
    return this.#endpointIds(endpoint);
  }

  endpointSecret(endpoint: EndpointKey): string {
    const row = this.#statements.currentSecret(endpoint);
    assert(row !== undefined, `endpoint ${endpoint} has a current secret`);
    return receiverSecretOf(this.#opened("signing_secret", row).secret);
  }

  endpointHeaders(endpoint: EndpointKey): Headers {
    const row = this.#statements.endpoint(endpoint);
    assert(row !== undefined, `endpoint ${endpoint} has been there`);
    const headers: Headers = JSON.parse(this.#opened("endpoint", row).headers);
    return headers;
  }

  eventType(organization: OrganizationId, name: string): EventType | undefined {
    const row = this.#statements.eventType(organization, name);
    return row === undefined ? undefined : toEventType(row);
  }

  eventTypes(organization: OrganizationId, page: EventTypesPage): readonly EventType[] {
    return pageOf(
      this.#statements.eventTypes,
      page,
      organization,
      page.includeArchived ? 1 : 0,
    ).map(toEventType);
  }

  backgroundTask(organization: OrganizationId, id: string): BackgroundTask | undefined {
    const row = this.#taskStatements.task(organization, id);
    return row === undefined ? undefined : toBackgroundTask(row, row);
  }

  backgroundTasks(
    organization: OrganizationId,
    page: BackgroundTasksPage,
  ): readonly BackgroundTask[] {
    const statuses = JSON.stringify(page.statuses ?? null);
    const types = JSON.stringify(page.types ?? null);
    const rows = pageOf(this.#taskStatements.tasks, page, organization, statuses, types);
    return rows.map((row) => toBackgroundTask(row, row));
  }

  runningTasks(): readonly BackgroundTask[] {
    return this.#taskStatements.running().map((row) => toBackgroundTask(row, row));
  }

  apiKey(secret: string): ApiKey | undefined {
    const hash = credentialHash(secret);
    const row = this.#accessStatements.apiKey(hash);
    if (row === undefined || !timingSafeEqual(Buffer.from(row.hash), Buffer.from(hash))) {
      return undefined;
    }
    return toApiKey(row, row.application_id);
  }

  apiKeys(organization: OrganizationId, page: ControlPage): readonly ApiKey[] {
    return pageOf(this.#accessStatements.apiKeys, page, organization).map((row) =>
      toApiKey(row, row.application_id),
    );
  }

  isTokenRevoked(signed: string): boolean {
    return this.#accessStatements.revokedToken(credentialHash(signed)) !== undefined;
  }

  accessVersion(): number {
    this.#refresh();
    return this.#accessVersion;
  }

  subscriptions(application: ApplicationKey): readonly Subscription[] {
    this.#refresh();
    const cached = this.#subscriptions.get(application);
    if (cached !== undefined) return cached;
    const rows = this.#statements.subscriptions(application);
    const subscriptions = rows.map(toSubscription);
    const bytes = rows.reduce((sum, row) => sum + subscriptionBytesOf(row), 0);
    this.#subscriptions.put(application, subscriptions, bytes);
    return subscriptions;
  }

  find(endpoint: EndpointKey): Destination | undefined {
    this.#refresh();
    const cached = this.#destinations.get(endpoint);
    if (cached !== undefined) return cached;
    // A change between the two statements is in the list of changes, so the next call reads both again.
    const row = this.#statements.sendableEndpoint(endpoint);
    if (row === undefined) return undefined;
    const secrets = this.#statements.secrets(endpoint, this.#options.nowMs());
    const { keyRing, onUnreadable } = this.#options;
    const destination = openDestination({ row, secrets }, keyRing, onUnreadable);
    this.#destinations.put(endpoint, destination, destinationBytesOf(row, secrets));
    return destination;
  }

  pauseOf(endpoint: EndpointKey): EndpointPause {
    const row = this.#statements.health(endpoint);
    return row === undefined ? initialPause : JSON.parse(row.pause);
  }

  throttleRateOf(application: ApplicationKey): number | undefined {
    this.#refresh();
    const cached = this.#throttleRates.get(application);
    if (cached !== undefined) return cached.perSecond;
    const perSecond = this.#applicationRules.throttleRate(application)?.throttle_rate ?? undefined;
    this.#throttleRates.put(application, { perSecond }, throttleRateBytes);
    return perSecond;
  }

  /** Never changes. Undefined: there was never such an application. */
  organizationOf(application: ApplicationKey): OrganizationId | undefined {
    return this.#applicationRules.organization(application)?.organization;
  }

  /** Idempotent. */
  close(): void {
    if (this.#database.isOpen) this.#database.close();
  }

  /** Drops from the caches what has changed in the file since the last call. */
  #refresh(): void {
    const { generation } = this.#options;
    const current =
      generation === undefined
        ? this.#statements.dataVersion()?.data_version
        : Atomics.load(generation, 0);
    if (current === undefined || current === this.#seen) return;
    // Before the changes are read: what comes in between is seen again, at worst.
    this.#seen = current;
    const changes = this.#statements.changesAfter(this.#sequence);
    // After the changes are read: if nothing of what we need has been cut off by now, it had not been then.
    const position = this.#position();
    if (this.#sequence < position.changes_from) {
      this.#dropAll();
      this.#sequence = position.sequence;
      return;
    }
    for (const change of changes) this.#drop(change);
    this.#sequence = changes.at(-1)?.sequence ?? this.#sequence;
  }

  #opened<Row extends { readonly key: number }>(table: TableName, row: Row): Row {
    return openRow(this.#options.keyRing, table, row);
  }

  #position(): PositionRow {
    const position = this.#statements.position();
    assert(position !== undefined, "an LDB has a position");
    return position;
  }

  #drop(change: ChangeRow): void {
    switch (change.table_name) {
      case "application": {
        const key = change.key as ApplicationKey; // a key of that table
        this.#applications.clear();
        this.#operationalSinceMs = undefined;
        this.#retentionsMs = undefined;
        this.#subscriptions.delete(key);
        this.#throttleRates.delete(key);
        if (change.application_deleted === 1) {
          this.#destinations.deleteWhere((destination) => destination.application === key);
        }
        return;
      }
      case "endpoint":
        this.#destinations.delete(change.key as EndpointKey); // a key of that table
        if (change.owner === null) this.#subscriptions.clear();
        else this.#subscriptions.delete(change.owner as ApplicationKey); // an endpoint's owner
        return;
      case "signing_secret":
        if (change.owner === null) this.#destinations.clear();
        else this.#destinations.delete(change.owner as EndpointKey); // a secret's owner
        return;
      case "api_key":
      case "revoked_token":
        this.#accessVersion += 1;
        return;
      case "event_type":
      case "background_task":
      case "endpoint_health":
        return;
    }
  }

  #dropAll(): void {
    this.#accessVersion += 1;
    this.#operationalSinceMs = undefined;
    this.#retentionsMs = undefined;
    this.#applications.clear();
    this.#subscriptions.clear();
    this.#destinations.clear();
    this.#throttleRates.clear();
  }
}

const dayMs = 24 * 60 * 60 * 1000;

/** Estimate of what a cached application takes besides its metadata. */
const applicationBytes = 1_000;

/** Estimate of what a cached rate takes. */
const throttleRateBytes = 100;
