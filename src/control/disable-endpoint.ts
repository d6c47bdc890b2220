import type { EndpointKey } from "../core/ids.ts";
import { announceEndpoints } from "./announce-endpoints.ts";
import type { ControlWrite } from "./control-write.ts";

/** Writes nothing if the endpoint is disabled or deleted already: many attempts may be answered 410 at once. */
export function disableEndpoint(
  write: ControlWrite,
  endpoint: EndpointKey,
  failSinceMs = write.atMs,
): void {
  const { store, atMs } = write;
  const row = store.endpoint(endpoint);
  if (row === undefined || row.disabled === 1 || row.deleted_at_ms !== null) return;
  store.writeRow("endpoint", { ...row, disabled: 1, updated_at_ms: atMs });
  const failSince = new Date(failSinceMs).toISOString();
  announceEndpoints(write, { type: "endpoint.disabled", failSince }, [row]);
}
