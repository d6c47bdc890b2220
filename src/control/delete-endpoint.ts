import type { EndpointKey } from "../core/ids.ts";
import type { ControlWrite } from "./control-write.ts";

/** Writes nothing if it is deleted already. */
export function deleteEndpoint({ store, atMs }: ControlWrite, endpoint: EndpointKey): void {
  const row = store.endpoint(endpoint);
  if (row === undefined || row.deleted_at_ms !== null) return;
  store.writeRow("endpoint", { ...row, updated_at_ms: atMs, deleted_at_ms: atMs });
}
