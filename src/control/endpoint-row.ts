import {
  applicationKeyOf,
  endpointKeyOf,
  type ApplicationId,
  type EndpointId,
  type EndpointKey,
} from "../core/ids.ts";
import type { HandPause } from "../core/hand-pause.ts";
import type { Endpoint, EndpointTls, NewEndpoint, OrganizationId, TlsChanges } from "./entities.ts";

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
  /** PEM. */
  readonly tls_authorities: string | null;
  readonly tls_client_chain: string | null;
  readonly tls_client_key: string | null;
  /** JSON of a `HandPause` (core/hand-pause.ts). */
  readonly hand_pause: string | null;
}

/** An endpoint that ends when nobody has listened to it for a while. */
export interface TemporaryEndpoint {
  readonly endpoint: EndpointKey;
  readonly id: EndpointId;
  readonly application: ApplicationId;
  readonly organization: OrganizationId;
  readonly updatedAtMs: number;
}

export interface TemporaryEndpointRow extends Pick<EndpointRow, "key" | "id" | "updated_at_ms"> {
  readonly application_id: string;
  readonly organization: string;
}

export function toTemporaryEndpoint(row: TemporaryEndpointRow): TemporaryEndpoint {
  return {
    endpoint: endpointKeyOf(row.key),
    id: row.id as EndpointId, // the column holds nothing else
    application: row.application_id as ApplicationId, // likewise
    organization: row.organization,
    updatedAtMs: row.updated_at_ms,
  };
}

/** What comes of other things than a field alone. */
type DerivedColumn =
  | "url"
  | "authorization"
  | "tls_authorities"
  | "tls_client_chain"
  | "tls_client_key";

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
  "tls_authorities",
  "tls_client_chain",
  "tls_client_key",
  "hand_pause",
] as const satisfies readonly (keyof EndpointRow)[];

/** The columns that somebody decides about, but for the derived ones. */
export function endpointColumnsOf(
  input: Omit<NewEndpoint, "url" | "secret" | "basicAuth" | "tls">,
): Omit<
  EndpointRow,
  | "key"
  | "id"
  | "application"
  | DerivedColumn
  | "hand_pause"
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

/** The TLS columns after some changes; undefined: all of it is taken away. */
export function tlsColumnsOf(
  current: Pick<EndpointRow, "tls_authorities" | "tls_client_chain" | "tls_client_key">,
  changes: TlsChanges | undefined,
): typeof current {
  const { authorities, client }: TlsChanges = changes ?? {};
  const isKept = (part: keyof TlsChanges): boolean => changes !== undefined && !(part in changes);
  const { tls_client_chain, tls_client_key } = isKept("client")
    ? current
    : { tls_client_chain: client?.chain ?? null, tls_client_key: client?.privateKey ?? null };
  return {
    tls_authorities: isKept("authorities") ? current.tls_authorities : (authorities ?? null),
    tls_client_chain,
    tls_client_key,
  };
}

/** Undefined: there is none. */
export function handPauseOf({
  hand_pause,
}: Pick<EndpointRow, "hand_pause">): HandPause | undefined {
  if (hand_pause === null) return undefined;
  const { sinceMs, untilMs, reason }: HandPause = JSON.parse(hand_pause);
  return { sinceMs, untilMs, reason };
}

function endpointTlsOf(row: EndpointRow): EndpointTls | undefined {
  if (row.tls_authorities === null && row.tls_client_chain === null) return undefined;
  return {
    authorities: row.tls_authorities ?? undefined,
    clientChain: row.tls_client_chain ?? undefined,
  };
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
    hasBasicAuth: row.authorization !== null,
    tls: endpointTlsOf(row),
    handPause: handPauseOf(row),
    metadata: JSON.parse(row.metadata),
    createdAtMs: row.created_at_ms,
    updatedAtMs: row.updated_at_ms,
  };
}
