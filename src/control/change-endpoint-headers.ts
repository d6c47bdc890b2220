import type { EndpointKey } from "../core/ids.ts";
import { changeEndpoint } from "./change-endpoint.ts";
import type { ControlWrite } from "./control-write.ts";
import type { HeaderChanges, Headers } from "./entities.ts";

/**
 * Names are compared without their case; a header that is set anew has its new spelling. False: the endpoint has been
 * deleted.
 *
 * @throws PosthornError `conflict` if the endpoint would have more headers than it can
 */
export function changeEndpointHeaders(
  write: ControlWrite,
  endpoint: EndpointKey,
  changes: HeaderChanges,
): boolean {
  const row = write.store.endpoint(endpoint);
  if (row === undefined) return false;
  const current: Headers = JSON.parse(row.headers);
  const merged = new Map<string, readonly [name: string, value: string]>();
  for (const [name, value] of Object.entries(current)) {
    merged.set(name.toLowerCase(), [name, value]);
  }
  for (const [name, value] of Object.entries(changes)) {
    if (value === undefined) merged.delete(name.toLowerCase());
    else merged.set(name.toLowerCase(), [name, value]);
  }
  const headers = Object.fromEntries(merged.values());
  return changeEndpoint(write, endpoint, { headers }) !== undefined;
}
