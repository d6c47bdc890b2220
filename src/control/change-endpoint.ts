import { PosthornError } from "../core/errors.ts";
import { applicationKeyOf, type EndpointKey } from "../core/ids.ts";
import { announceEndpoints } from "./announce-endpoints.ts";
import { checkHeaderCount } from "./check-header-count.ts";
import type { ControlWrite } from "./control-write.ts";
import { endpointColumnsOf, tlsColumnsOf, toEndpoint, type EndpointRow } from "./endpoint-row.ts";
import type { Endpoint, EndpointChanges, Headers } from "./entities.ts";
import { basicAuthorizationOf, splitUserInfo } from "./user-info.ts";

/**
 * Undefined: it has been deleted.
 *
 * @throws PosthornError `conflict` if the uid is another endpoint's, or it would have more headers than it can
 */
export function changeEndpoint(
  write: ControlWrite,
  endpoint: EndpointKey,
  changes: EndpointChanges,
): Endpoint | undefined {
  const { store, atMs } = write;
  const row = store.endpoint(endpoint);
  if (row === undefined || row.deleted_at_ms !== null) return undefined;
  const { uid } = changes;
  const holder =
    uid === undefined ? undefined : store.endpointByUid(applicationKeyOf(row.application), uid);
  if (holder !== undefined && holder.key !== row.key) {
    throw new PosthornError("conflict", "an endpoint with this uid exists already");
  }
  const headers: Headers = JSON.parse(row.headers);
  const next = {
    ...row,
    ...endpointColumnsOf({ headers, ...toEndpoint(row), ...changes }),
    ...targetOf(row, changes),
    ...("tls" in changes ? tlsColumnsOf(row, changes.tls) : {}),
    updated_at_ms: atMs,
  };
  checkHeaderCount(next);
  store.writeRow("endpoint", next);
  // At another URL, or enabled again, it is another endpoint: what it did before does not count.
  const isAnother = next.url !== row.url || next.disabled < row.disabled;
  if (isAnother && store.endpointPause(endpoint) !== undefined) {
    store.eraseRow("endpoint_health", endpoint);
  }
  announceEndpoints(write, "endpoint.updated", [next]);
  return toEndpoint(next);
}

/**
 * User name and password are never shown, so whoever gives back the URL that was shown has not taken them away. They do
 * not go on to another URL: that may be somebody else's.
 */
function targetOf(
  row: EndpointRow,
  changes: EndpointChanges,
): Pick<EndpointRow, "url" | "authorization"> {
  const { url, authorization } =
    changes.url === undefined || changes.url === row.url
      ? { url: row.url, authorization: "basicAuth" in changes ? undefined : row.authorization }
      : splitUserInfo(changes.url);
  if (changes.basicAuth === undefined) return { url, authorization: authorization ?? null };
  return { url, authorization: basicAuthorizationOf(changes.basicAuth) };
}
