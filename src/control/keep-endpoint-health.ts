import type { EndpointPause } from "../core/endpoint-pause.ts";
import { announceEndpoints, type EndpointNews } from "./announce-endpoints.ts";
import type { ControlWrite } from "./control-write.ts";
import type { EndpointHealth } from "./facade.ts";

/**
 * In the place of what was kept of the endpoint; one that works has no row. Its pause and the end of it are told to the
 * operator. Writes nothing of one that is deleted or disabled: its pause has ended otherwise.
 */
export function keepEndpointHealth(write: ControlWrite, { endpoint, pause }: EndpointHealth): void {
  const { store, atMs } = write;
  const row = store.endpoint(endpoint);
  if (row === undefined || row.deleted_at_ms !== null || row.disabled === 1) return;
  const before = store.endpointPause(endpoint);
  if (pause.kind !== "working") {
    const text = JSON.stringify(pause);
    store.writeRow("endpoint_health", { key: endpoint, pause: text, updated_at_ms: atMs });
  } else if (before !== undefined) {
    store.eraseRow("endpoint_health", endpoint);
  }
  const news = newsOf(before, pause);
  if (news !== undefined) announceEndpoints(write, news, [row]);
}

function newsOf(before: EndpointPause | undefined, pause: EndpointPause): EndpointNews | undefined {
  if (pause.kind === "paused" && before?.kind !== "paused") {
    const [failSince, pausedUntil] = [isoOf(pause.failingSinceMs), isoOf(pause.probeAtMs)];
    return { type: "endpoint.paused", failSince, pausedUntil };
  }
  if (before?.kind === "paused" && pause.kind === "working") {
    return { type: "endpoint.resumed", failSince: isoOf(before.failingSinceMs) };
  }
  return undefined;
}

function isoOf(atMs: number): string {
  return new Date(atMs).toISOString();
}
