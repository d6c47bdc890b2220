import { assert } from "../core/errors.ts";
import { applicationKeyOf, type EndpointKey } from "../core/ids.ts";
import { announceEndpoints } from "./announce-endpoints.ts";
import { callOfServer } from "./audit.ts";
import type { ControlWrite } from "./control-write.ts";

/**
 * Writes nothing if the endpoint is disabled or deleted already: many attempts may be answered 410 at once.
 *
 * @param failSinceMs since when it has only failed; undefined: it has answered 410
 */
export function disableEndpoint(
  write: ControlWrite,
  endpoint: EndpointKey,
  failSinceMs?: number,
): void {
  const { store, atMs } = write;
  const reason = failSinceMs === undefined ? "gone" : "failing";
  const row = store.endpoint(endpoint);
  if (row === undefined || row.disabled === 1 || row.deleted_at_ms !== null) return;
  store.writeRow("endpoint", { ...row, disabled: 1, updated_at_ms: atMs });
  const failSince = new Date(failSinceMs ?? atMs).toISOString();
  announceEndpoints(write, { type: "endpoint.disabled", failSince }, [row]);
  const application = store.application(applicationKeyOf(row.application));
  assert(application !== undefined, "an endpoint has an application");
  const call = callOfServer("server.endpoint.disable", {
    organization: application.organization,
    application: application.id,
    subjects: { endpoint_id: row.id, reason },
  });
  store.audit.append(call, "done", atMs);
}
