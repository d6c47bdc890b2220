/** The tables that the control store and the LDB have in common, each row under a key that never changes. */
import { apiKeyColumns, type ApiKeyRow } from "./api-key-row.ts";
import { backgroundTaskColumns, type BackgroundTaskRow } from "./background-task-row.ts";
import { applicationColumns, type ApplicationRow } from "./application-row.ts";
import { endpointColumns, type EndpointRow } from "./endpoint-row.ts";
import { endpointHealthColumns, type EndpointHealthRow } from "./endpoint-health-row.ts";
import { eventTypeColumns, type EventTypeRow } from "./event-type-row.ts";
import { revokedTokenColumns, type RevokedTokenRow } from "./revoked-token-row.ts";
import { signingSecretColumns, type SigningSecretRow } from "./signing-secret-row.ts";

export interface Rows {
  readonly application: ApplicationRow;
  readonly endpoint: EndpointRow;
  readonly event_type: EventTypeRow;
  readonly signing_secret: SigningSecretRow;
  readonly api_key: ApiKeyRow;
  readonly revoked_token: RevokedTokenRow;
  readonly background_task: BackgroundTaskRow;
  readonly endpoint_health: EndpointHealthRow;
}

export type TableName = keyof Rows;

export const tableNames = [
  "application",
  "endpoint",
  "event_type",
  "signing_secret",
  "api_key",
  "revoked_token",
  "background_task",
  "endpoint_health",
] as const;

const columns: { readonly [Table in TableName]: readonly (keyof Rows[Table] & string)[] } = {
  application: applicationColumns,
  endpoint: endpointColumns,
  event_type: eventTypeColumns,
  signing_secret: signingSecretColumns,
  api_key: apiKeyColumns,
  revoked_token: revokedTokenColumns,
  background_task: backgroundTaskColumns,
  endpoint_health: endpointHealthColumns,
};

export function columnsOf(table: TableName): readonly string[] {
  return columns[table];
}

/** Inserts a row or replaces the one with its key; parameters in the order of `columnsOf`. */
export function upsertSqlOf(table: TableName): string {
  const names = columnsOf(table);
  const changes = names
    .filter((name) => name !== "key")
    .map((name) => `${name} = excluded.${name}`);
  return `INSERT INTO ${table} (${names.join(", ")}) VALUES (${names.map(() => "?").join(", ")})
    ON CONFLICT (key) DO UPDATE SET ${changes.join(", ")}`;
}
