import type { EventType, NewEventType } from "./entities.ts";

export interface EventTypeRow {
  readonly key: number;
  readonly organization: string;
  readonly name: string;
  readonly description: string;
  readonly archived: 0 | 1;
  readonly deprecated: 0 | 1;
  readonly feature_flag: string | null;
  readonly schemas: string | null;
  readonly created_at_ms: number;
  readonly updated_at_ms: number;
  readonly deleted_at_ms: number | null;
}

export const eventTypeColumns = [
  "key",
  "organization",
  "name",
  "description",
  "archived",
  "deprecated",
  "feature_flag",
  "schemas",
  "created_at_ms",
  "updated_at_ms",
  "deleted_at_ms",
] as const satisfies readonly (keyof EventTypeRow)[];

/** The columns that somebody decides about. */
export function eventTypeColumnsOf(
  input: NewEventType,
): Pick<
  EventTypeRow,
  "name" | "description" | "archived" | "deprecated" | "feature_flag" | "schemas"
> {
  return {
    name: input.name,
    description: input.description,
    archived: input.archived ? 1 : 0,
    deprecated: input.deprecated ? 1 : 0,
    feature_flag: input.featureFlag ?? null,
    schemas: input.schemas === undefined ? null : JSON.stringify(input.schemas),
  };
}

export function toEventType(row: EventTypeRow): EventType {
  return {
    organization: row.organization,
    name: row.name,
    description: row.description,
    archived: row.archived === 1,
    deprecated: row.deprecated === 1,
    featureFlag: row.feature_flag ?? undefined,
    schemas: row.schemas === null ? undefined : JSON.parse(row.schemas),
    createdAtMs: row.created_at_ms,
    updatedAtMs: row.updated_at_ms,
  };
}
