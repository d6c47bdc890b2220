import type { EndpointKey } from "../core/ids.ts";
import type { ControlWrite } from "./control-write.ts";

/**
 * Writes an endpoint and its secrets again as they are, so that every copy gets them: one of them was altered there.
 *
 * @throws PosthornError `secret_unreadable` if they are altered here as well
 */
export function rewriteEndpoint({ store }: ControlWrite, endpoint: EndpointKey): void {
  const row = store.endpoint(endpoint);
  if (row === undefined || row.deleted_at_ms !== null) return;
  store.writeRow("endpoint", row);
  for (const secret of store.signingSecrets(endpoint)) store.writeRow("signing_secret", secret);
}
