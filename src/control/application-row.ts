import { applicationKeyOf, type ApplicationId } from "../core/ids.ts";
import type { Application, NewApplication } from "./entities.ts";

export interface ApplicationRow {
  readonly key: number;
  readonly id: string;
  readonly organization: string;
  readonly uid: string | null;
  readonly name: string;
  readonly throttle_rate: number | null;
  readonly metadata: string;
  readonly created_at_ms: number;
  readonly updated_at_ms: number;
  readonly deleted_at_ms: number | null;
  /** Whose it is: null for a customer's, `operational` for the organisation's own, whose endpoints the operator registers. */
  readonly purpose: "operational" | null;
  readonly retention_days: number | null;
}

export const applicationColumns = [
  "key",
  "id",
  "organization",
  "uid",
  "name",
  "throttle_rate",
  "metadata",
  "created_at_ms",
  "updated_at_ms",
  "deleted_at_ms",
  "purpose",
  "retention_days",
] as const satisfies readonly (keyof ApplicationRow)[];

/** The columns that somebody decides about. */
export function applicationColumnsOf(
  input: NewApplication,
): Pick<ApplicationRow, "uid" | "name" | "throttle_rate" | "retention_days" | "metadata"> {
  return {
    uid: input.uid ?? null,
    name: input.name,
    throttle_rate: input.throttleRate ?? null,
    retention_days: input.retentionDays ?? null,
    metadata: JSON.stringify(input.metadata),
  };
}

/** Undefined: there is none, or it is no customer's. */
export function toCustomer(row: ApplicationRow | undefined): Application | undefined {
  return row === undefined || row.purpose !== null ? undefined : toApplication(row);
}

export function toApplication(row: ApplicationRow): Application {
  return {
    key: applicationKeyOf(row.key),
    id: row.id as ApplicationId, // the column holds nothing else
    organization: row.organization,
    uid: row.uid ?? undefined,
    name: row.name,
    throttleRate: row.throttle_rate ?? undefined,
    retentionDays: row.retention_days ?? undefined,
    metadata: JSON.parse(row.metadata),
    createdAtMs: row.created_at_ms,
    updatedAtMs: row.updated_at_ms,
  };
}
