import type { EndpointKey } from "../core/ids.ts";
import { announceEndpoints } from "./announce-endpoints.ts";
import type { ControlWrite } from "./control-write.ts";

/** Writes nothing if it is deleted already. */
export function deleteEndpoint(write: ControlWrite, endpoint: EndpointKey): void {
  const { store, atMs } = write;
  const row = store.endpoint(endpoint);
  if (row === undefined || row.deleted_at_ms !== null) return;
  store.writeRow("endpoint", { ...row, updated_at_ms: atMs, deleted_at_ms: atMs });
  if (store.endpointPause(endpoint) !== undefined) store.eraseRow("endpoint_health", endpoint);
  announceEndpoints(write, "endpoint.deleted", [row]);
}
