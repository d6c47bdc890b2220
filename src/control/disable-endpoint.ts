import type { EndpointKey } from "../core/ids.ts";
import type { ControlWrite } from "./control-write.ts";

/** Writes nothing if the endpoint is disabled or deleted already: many attempts may be answered 410 at once. */
export function disableEndpoint({ store, atMs }: ControlWrite, endpoint: EndpointKey): void {
  const row = store.endpoint(endpoint);
  if (row === undefined || row.disabled === 1 || row.deleted_at_ms !== null) return;
  store.writeRow("endpoint", { ...row, disabled: 1, updated_at_ms: atMs });
}
