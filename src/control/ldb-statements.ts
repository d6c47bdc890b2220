/** What is asked of the LDB. Each statement stands beside the shape of its rows. */
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { temporaryListenerUrl } from "../core/inspector-url.ts";
import type { ApiKeyRow } from "./api-key-row.ts";
import type { BackgroundTaskRow, TaskOwner } from "./background-task-row.ts";
import type { ApplicationRow } from "./application-row.ts";
import type { EndpointHealthRow } from "./endpoint-health-row.ts";
import type { EndpointRow, TemporaryEndpointRow } from "./endpoint-row.ts";
import type { ControlPage } from "./facade.ts";
import type { EventTypeRow } from "./event-type-row.ts";
import type { SigningSecretRow } from "./signing-secret-row.ts";
import type { TableName } from "./tables.ts";

export interface PositionRow {
  readonly sequence: number;
  readonly changes_from: number;
}

export interface ChangeRow {
  readonly sequence: number;
  readonly table_name: TableName;
  readonly key: number;
  readonly owner: number | null;
  /** Whether it is an application that has been deleted. */
  readonly application_deleted: 0 | 1;
}

export type ApiKeyWithApplicationRow = ApiKeyRow & { readonly application_id: string | null };
export type SubscriptionRow = Pick<EndpointRow, "key" | "disabled" | "event_types" | "channels">;
export type SecretRow = Pick<SigningSecretRow, "key" | "secret" | "expires_at_ms">;

/** `ascending` and `descending` are the same listing in its two directions. */
interface Listing<Row> {
  readonly ascending: Rows<Row>;
  readonly descending: Rows<Row>;
}

type Value = string | number;
type OneRow<Row> = (...values: Value[]) => Row | undefined;
type Rows<Row> = (...values: Value[]) => readonly Row[];

/** Sorts after every id and name: the edge of a listing that goes down from the end. */
const afterAll = "\u{10ffff}";

/** Where a listing begins that is not told an edge. */
const startOf = { ascending: "", descending: afterAll } as const;

/** @param scope what the listing is of */
export function pageOf<Row>(
  listing: Listing<Row>,
  { order, edge, limit }: ControlPage,
  ...scope: Value[]
): readonly Row[] {
  return listing[order](...scope, edge ?? startOf[order], limit);
}

export function prepareLdbStatements(database: DatabaseSync) {
  const one = <Row>(sql: string): OneRow<Row> => oneRow<Row>(database.prepare(sql));
  const all = <Row>(sql: string): Rows<Row> => allRows<Row>(database.prepare(sql));
  const listing = <Row>(sql: string, column: string): Listing<Row> =>
    listingOf<Row>(database, sql, column);
  return {
    dataVersion: one<{ readonly data_version: number }>("PRAGMA data_version"),
    position: one<PositionRow>("SELECT sequence, changes_from FROM reflection"),
    changesAfter: all<ChangeRow>(
      `SELECT change.*, application.deleted_at_ms IS NOT NULL AS application_deleted
       FROM change
       LEFT JOIN application ON table_name = 'application' AND application.key = change.key
       WHERE sequence > ? ORDER BY sequence`,
    ),
    applicationById: one<ApplicationRow>(
      `SELECT * FROM application
       WHERE organization = ? AND id = ? AND deleted_at_ms IS NULL AND purpose IS NULL`,
    ),
    applicationByUid: one<ApplicationRow>(
      "SELECT * FROM application WHERE organization = ? AND uid = ? AND deleted_at_ms IS NULL",
    ),
    applications: listing<ApplicationRow>(
      `SELECT * FROM application
       WHERE organization = ? AND deleted_at_ms IS NULL AND purpose IS NULL`,
      "id",
    ),
    endpointById: one<EndpointRow>(
      "SELECT * FROM endpoint WHERE application = ? AND id = ? AND deleted_at_ms IS NULL",
    ),
    endpointByUid: one<EndpointRow>(
      "SELECT * FROM endpoint WHERE application = ? AND uid = ? AND deleted_at_ms IS NULL",
    ),
    endpoints: listing<EndpointRow>(
      "SELECT * FROM endpoint WHERE application = ? AND deleted_at_ms IS NULL",
      "id",
    ),
    endpoint: one<EndpointRow>("SELECT * FROM endpoint WHERE key = ?"),
    sendableEndpoint: one<EndpointRow>(
      `SELECT endpoint.* FROM endpoint JOIN application ON application.key = endpoint.application
       WHERE endpoint.key = ? AND endpoint.deleted_at_ms IS NULL
         AND application.deleted_at_ms IS NULL`,
    ),
    health: one<Pick<EndpointHealthRow, "pause">>(
      "SELECT pause FROM endpoint_health WHERE key = ?",
    ),
    secrets: all<SecretRow>(
      `SELECT key, secret, expires_at_ms FROM signing_secret
       WHERE endpoint = ? AND (expires_at_ms IS NULL OR expires_at_ms > ?) ORDER BY key DESC`,
    ),
    currentSecret: one<Pick<SecretRow, "key" | "secret">>(
      `SELECT key, secret FROM signing_secret
       WHERE endpoint = ? AND expires_at_ms IS NULL ORDER BY key DESC`,
    ),
    subscriptions: all<SubscriptionRow>(
      `SELECT key, disabled, event_types, channels FROM endpoint
       WHERE application = ? AND deleted_at_ms IS NULL ORDER BY key`,
    ),
    eventType: one<EventTypeRow>(
      "SELECT * FROM event_type WHERE organization = ? AND name = ? AND deleted_at_ms IS NULL",
    ),
    eventTypes: listing<EventTypeRow>(
      "SELECT * FROM event_type WHERE organization = ? AND deleted_at_ms IS NULL AND archived <= ?",
      "name",
    ),
  };
}

/** Endpoints that end by themselves, in the index made for that. */
export function prepareTemporaryEndpoints(database: DatabaseSync): Rows<TemporaryEndpointRow> {
  return allRows<TemporaryEndpointRow>(
    database.prepare(
      `SELECT endpoint.key, endpoint.id, endpoint.updated_at_ms,
         application.id AS application_id, application.organization
       FROM endpoint JOIN application ON application.key = endpoint.application
       WHERE endpoint.url = '${temporaryListenerUrl}' AND endpoint.deleted_at_ms IS NULL`,
    ),
  );
}

/** What holds for all messages of an application, deleted ones too. */
export function prepareApplicationRuleStatements(database: DatabaseSync) {
  return {
    throttleRate: oneRow<Pick<ApplicationRow, "throttle_rate">>(
      database.prepare("SELECT throttle_rate FROM application WHERE key = ?"),
    ),
    /** Of those that are deleted, too. */
    organization: oneRow<Pick<ApplicationRow, "organization">>(
      database.prepare("SELECT organization FROM application WHERE key = ?"),
    ),
    /** Of those that have their own. */
    retentions: allRows<{ readonly key: number; readonly retention_days: number }>(
      database.prepare(
        "SELECT key, retention_days FROM application WHERE retention_days IS NOT NULL",
      ),
    ),
  };
}

/** Who is told of what happens to endpoints. */
export function prepareOperationalStatements(database: DatabaseSync) {
  const one = (sql: string): OneRow<ApplicationRow> =>
    oneRow<ApplicationRow>(database.prepare(sql));
  const isOperational = "purpose = 'operational' AND deleted_at_ms IS NULL";
  return {
    application: one(`SELECT * FROM application WHERE organization = ? AND ${isOperational}`),
    since: oneRow<{ readonly since_ms: number | null }>(
      database.prepare(
        `SELECT min(created_at_ms) AS since_ms FROM application WHERE ${isOperational}`,
      ),
    ),
    applicationOfKey: one("SELECT * FROM application WHERE key = ?"),
    applicationOfEndpoint: one(
      `SELECT application.* FROM endpoint JOIN application ON application.key = endpoint.application
       WHERE endpoint.key = ?`,
    ),
  };
}

export type OwnedBackgroundTaskRow = BackgroundTaskRow & TaskOwner;

/** Long work. A deleted endpoint's row is there as well. */
export function prepareTaskStatements(database: DatabaseSync) {
  const task = `SELECT background_task.*, endpoint.id AS endpoint_id,
      application.key AS application_key, application.id AS application_id
    FROM background_task LEFT JOIN endpoint ON endpoint.key = background_task.endpoint
    JOIN application ON application.key = COALESCE(background_task.application, endpoint.application)`;
  return {
    task: oneRow<OwnedBackgroundTaskRow>(
      database.prepare(`${task} WHERE background_task.organization = ? AND background_task.id = ?`),
    ),
    /** Of some statuses and some types, each a JSON array, or "null" for any. */
    tasks: listingOf<OwnedBackgroundTaskRow>(
      database,
      `${task} WHERE background_task.organization = ? 
       AND (?2 = 'null' OR background_task.status IN (SELECT value FROM json_each(?2)))
       AND (?3 = 'null' OR background_task.type IN (SELECT value FROM json_each(?3)))`,
      "background_task.id",
    ),
    running: allRows<OwnedBackgroundTaskRow>(
      database.prepare(
        `${task} WHERE background_task.status = 'running' ORDER BY background_task.key`,
      ),
    ),
  };
}

/** Who may do what. */
export function prepareAccessStatements(database: DatabaseSync) {
  const apiKey = `SELECT api_key.*, application.id AS application_id
    FROM api_key LEFT JOIN application ON application.key = api_key.application
    WHERE api_key.deleted_at_ms IS NULL`;
  return {
    apiKey: oneRow<ApiKeyWithApplicationRow>(database.prepare(`${apiKey} AND api_key.hash = ?`)),
    apiKeys: listingOf<ApiKeyWithApplicationRow>(
      database,
      `${apiKey} AND api_key.organization = ?`,
      "api_key.id",
    ),
    revokedToken: oneRow<object>(database.prepare("SELECT 1 FROM revoked_token WHERE hash = ?")),
  };
}

function listingOf<Row>(database: DatabaseSync, sql: string, column: string): Listing<Row> {
  const page = (comparison: string, order: string): Rows<Row> =>
    allRows<Row>(
      database.prepare(`${sql} AND ${column} ${comparison} ? ORDER BY ${column} ${order} LIMIT ?`),
    );
  return { ascending: page(">", "ASC"), descending: page("<", "DESC") };
}

function oneRow<Row>(statement: StatementSync): OneRow<Row> {
  return (...values) => statement.get(...values) as Row | undefined; // `Row` is what the SQL selects
}

function allRows<Row>(statement: StatementSync): Rows<Row> {
  return (...values) => {
    const rows: readonly unknown[] = statement.all(...values);
    return rows as readonly Row[]; // `Row` is what the SQL selects
  };
}
