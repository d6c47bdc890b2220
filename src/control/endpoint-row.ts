import { applicationKeyOf, endpointKeyOf, type EndpointId } from "../core/ids.ts";
import type { Endpoint, NewEndpoint } from "./entities.ts";

export interface EndpointRow {
  readonly key: number;
  readonly id: string;
  readonly application: number;
  readonly uid: string | null;
  /** Without user information. */
  readonly url: string;
  /** What the URL's user information became: the value of an `Authorization` header. */
  readonly authorization: string | null;
  readonly description: string;
  readonly disabled: 0 | 1;
  readonly event_types: string | null;
  readonly channels: string | null;
  readonly throttle_rate: number | null;
  readonly metadata: string;
  readonly headers: string;
  readonly created_at_ms: number;
  readonly updated_at_ms: number;
  readonly deleted_at_ms: number | null;
  /** Null: no, as the row was written before there was strict order. */
  readonly ordered: 0 | 1 | null;
}

export const endpointColumns = [
  "key",
  "id",
  "application",
  "uid",
  "url",
  "authorization",
  "description",
  "disabled",
  "event_types",
  "channels",
  "throttle_rate",
  "metadata",
  "headers",
  "created_at_ms",
  "updated_at_ms",
  "deleted_at_ms",
  "ordered",
] as const satisfies readonly (keyof EndpointRow)[];

/** The columns that somebody decides about, but for what comes of the URL. */
export function endpointColumnsOf(
  input: Omit<NewEndpoint, "url" | "secret">,
): Omit<
  EndpointRow,
  | "key"
  | "id"
  | "application"
  | "url"
  | "authorization"
  | "created_at_ms"
  | "updated_at_ms"
  | "deleted_at_ms"
> {
  return {
    uid: input.uid ?? null,
    description: input.description,
    disabled: input.disabled ? 1 : 0,
    event_types: toJson(input.eventTypes),
    channels: toJson(input.channels),
    throttle_rate: input.throttleRate ?? null,
    ordered: input.ordered ? 1 : 0,
    metadata: JSON.stringify(input.metadata),
    headers: JSON.stringify(input.headers),
  };
}

function toJson(names: readonly string[] | undefined): string | null {
  return names === undefined ? null : JSON.stringify(names);
}

export function toEndpoint(row: EndpointRow): Endpoint {
  return {
    key: endpointKeyOf(row.key),
    id: row.id as EndpointId, // the column holds nothing else
    application: applicationKeyOf(row.application),
    uid: row.uid ?? undefined,
    url: row.url,
    description: row.description,
    disabled: row.disabled === 1,
    eventTypes: row.event_types === null ? undefined : JSON.parse(row.event_types),
    channels: row.channels === null ? undefined : JSON.parse(row.channels),
    throttleRate: row.throttle_rate ?? undefined,
    ordered: row.ordered === 1,
    metadata: JSON.parse(row.metadata),
    createdAtMs: row.created_at_ms,
    updatedAtMs: row.updated_at_ms,
  };
}
