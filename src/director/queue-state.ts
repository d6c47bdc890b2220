import type { EndpointPause } from "../core/endpoint-pause.ts";
import { EndpointGate } from "./endpoint-gate.ts";
import type { QueueState } from "./facade.ts";
import type { VirtualQueue } from "./virtual-queue.ts";

type OfOneDirector = Omit<QueueState, "application" | "oldestAtMs" | "nowMs">;

/** @param pause what was last kept of the endpoint, for one that is not remembered */
export function queueStateOf(
  queue: VirtualQueue | undefined,
  { gate, pause, nowMs }: GateNow,
): OfOneDirector {
  const known = gate ?? new EndpointGate(pause);
  return {
    pending: queue?.pending ?? 0,
    exact: queue?.exact ?? true,
    inFlight: queue?.inFlight ?? 0,
    slots: known.slots,
    pause: known.pause,
    minutes: known.minutes(nowMs),
  };
}

interface GateNow {
  readonly gate: EndpointGate | undefined;
  readonly pause: EndpointPause;
  readonly nowMs: number;
}
