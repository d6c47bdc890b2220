import { endpointKeyOf, type ApplicationKey } from "../core/ids.ts";
import { announceEndpoints } from "./announce-endpoints.ts";
import type { ControlWrite } from "./control-write.ts";

/**
 * With its endpoints, each with a ledger entry of its own, so that whoever keeps something of one is told. Writes nothing
 * if it is deleted already.
 */
export function deleteApplication(write: ControlWrite, application: ApplicationKey): void {
  const { store, atMs } = write;
  const row = store.application(application);
  if (row === undefined || row.deleted_at_ms !== null) return;
  const deleted = { updated_at_ms: atMs, deleted_at_ms: atMs };
  const endpoints = store.endpoints(application);
  for (const endpoint of endpoints) {
    store.writeRow("endpoint", { ...endpoint, ...deleted });
    const key = endpointKeyOf(endpoint.key);
    if (store.endpointPause(key) !== undefined) store.eraseRow("endpoint_health", key);
  }
  announceEndpoints(write, "endpoint.deleted", endpoints);
  store.writeRow("application", { ...row, ...deleted });
}
