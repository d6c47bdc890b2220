import type { EndpointKey } from "../core/ids.ts";
import { handPauseAt } from "../core/hand-pause.ts";
import type { ControlWrite } from "./control-write.ts";
import { toEndpoint } from "./endpoint-row.ts";
import type { NewHandPause } from "./entities.ts";

/**
 * Pauses an endpoint by hand, in the place of such a pause that there is, or takes that back. What was kept of the
 * endpoint's failures counts no more: it starts anew afterwards. "not paused": there was none to be taken back.
 */
export function setHandPause(
  { store, atMs }: ControlWrite,
  endpoint: EndpointKey,
  pause: NewHandPause | undefined,
): "paused" | "resumed" | "not paused" | false {
  const row = store.endpoint(endpoint);
  if (row === undefined || row.deleted_at_ms !== null) return false;
  const { handPause } = toEndpoint(row);
  if (pause === undefined && handPauseAt(handPause, atMs) === undefined) return "not paused";
  const hand_pause = pause === undefined ? null : JSON.stringify({ sinceMs: atMs, ...pause });
  store.writeRow("endpoint", { ...row, hand_pause, updated_at_ms: atMs });
  if (store.endpointPause(endpoint) !== undefined) store.eraseRow("endpoint_health", endpoint);
  return pause === undefined ? "resumed" : "paused";
}
