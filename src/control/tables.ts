/** The tables that the control store and the LDB have in common, each row under a key that never changes. */
import { applicationColumns, type ApplicationRow } from "./application-row.ts";
import { endpointColumns, type EndpointRow } from "./endpoint-row.ts";
import { eventTypeColumns, type EventTypeRow } from "./event-type-row.ts";
import { signingSecretColumns, type SigningSecretRow } from "./signing-secret-row.ts";

export interface Rows {
  readonly application: ApplicationRow;
  readonly endpoint: EndpointRow;
  readonly event_type: EventTypeRow;
  readonly signing_secret: SigningSecretRow;
}

export type TableName = keyof Rows;

export const tableNames = ["application", "endpoint", "event_type", "signing_secret"] as const;

const columns: { readonly [Table in TableName]: readonly (keyof Rows[Table] & string)[] } = {
  application: applicationColumns,
  endpoint: endpointColumns,
  event_type: eventTypeColumns,
  signing_secret: signingSecretColumns,
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
