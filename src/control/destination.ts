import { PosthornError } from "../core/errors.ts";
import { applicationKeyOf, endpointKeyOf, type EndpointId } from "../core/ids.ts";
import { answeringOf } from "../core/inspector-url.ts";
import { limits } from "../core/limits.ts";
import type { TlsSettings } from "../core/tls-settings.ts";
import type { Destination } from "../director/ports.ts";
import { handPauseOf, type EndpointRow } from "./endpoint-row.ts";
import type { KeyRing } from "./key-ring.ts";
import type { SecretRow } from "./ldb-statements.ts";
import { openRow } from "./sealed-columns.ts";

/** Something sealed of an endpoint can't be opened: told each time that it is read. */
export type OnUnreadable = (
  destination: Pick<Destination, "endpoint" | "id">,
  error: PosthornError,
) => void;

/**
 * What the disk has altered stops its endpoint, and nobody else's.
 *
 * @param sealed the newest of the secrets first
 */
export function openDestination(
  sealed: { readonly row: EndpointRow; readonly secrets: readonly SecretRow[] },
  keyRing: KeyRing,
  onUnreadable: OnUnreadable | undefined,
): Destination {
  const plain = plainPartOf(sealed.row);
  try {
    const row = openRow(keyRing, "endpoint", sealed.row);
    const secrets = sealed.secrets.map((each) => openRow(keyRing, "signing_secret", each));
    return {
      ...plain,
      readable: true,
      headers: headersOf(row),
      tls: destinationTlsOf(row),
      secrets: secrets.map((each) => ({
        key: each.secret,
        expiresAtMs: each.expires_at_ms ?? undefined,
      })),
    };
  } catch (error) {
    if (!(error instanceof PosthornError && error.code === "secret_unreadable")) throw error;
    onUnreadable?.(plain, error);
    return { ...plain, readable: false, headers: [], tls: undefined, secrets: [] };
  }
}

function plainPartOf(
  row: EndpointRow,
): Omit<Destination, "readable" | "headers" | "tls" | "secrets"> {
  return {
    endpoint: endpointKeyOf(row.key),
    id: row.id as EndpointId, // the column holds nothing else
    application: applicationKeyOf(row.application),
    url: row.url,
    disabled: row.disabled === 1,
    throttleRate: throttleRateOf(row),
    ordered: row.ordered === 1,
    handPause: handPauseOf(row),
  };
}

/** What goes to the inspector costs the API's thread. */
function throttleRateOf({ throttle_rate: perSecond, url }: EndpointRow): number | undefined {
  if (answeringOf(url) === undefined) return perSecond ?? undefined;
  return Math.min(perSecond ?? Infinity, limits.inspectorRatePerSecond);
}

/** Estimate of what a destination takes in memory, with what a sender may keep beside it. */
export function destinationBytesOf(row: EndpointRow, secrets: readonly SecretRow[]): number {
  const tls = (row.tls_authorities?.length ?? 0) + (row.tls_client_chain?.length ?? 0);
  return 1_000 + row.url.length + row.headers.length + 500 * secrets.length + tls;
}

function destinationTlsOf({
  tls_authorities: authorities,
  tls_client_chain: chain,
  tls_client_key: privateKey,
}: EndpointRow): TlsSettings | undefined {
  const client = chain === null || privateKey === null ? undefined : { chain, privateKey };
  if (authorities === null && client === undefined) return undefined;
  return { authorities: authorities ?? undefined, client };
}

/** A header that was set as one counts more than user name and password. */
export function headersOf(
  row: Pick<EndpointRow, "headers" | "authorization">,
): Destination["headers"] {
  const given: Readonly<Record<string, string>> = JSON.parse(row.headers);
  const headers = new Map<string, string>();
  if (row.authorization !== null) headers.set("authorization", row.authorization);
  for (const [name, value] of Object.entries(given)) headers.set(name.toLowerCase(), value);
  return [...headers];
}
