import type { EndpointKey } from "../core/ids.ts";
import { limits } from "../core/limits.ts";
import type { EndpointGate } from "./endpoint-gate.ts";

/** What is remembered of endpoints that have no virtual queue now; the longest idle is forgotten first. */
export class IdleGates {
  readonly #gates = new Map<EndpointKey, EndpointGate>();

  /** For its virtual queue, which gives it back by `keep`. */
  take(endpoint: EndpointKey): EndpointGate | undefined {
    const gate = this.#gates.get(endpoint);
    this.#gates.delete(endpoint);
    return gate;
  }

  find(endpoint: EndpointKey): EndpointGate | undefined {
    return this.#gates.get(endpoint);
  }

  keep(endpoint: EndpointKey, gate: EndpointGate): void {
    this.#gates.set(endpoint, gate);
    if (this.#gates.size <= limits.idleGatesMax) return;
    for (const oldest of this.#gates.keys()) {
      this.#gates.delete(oldest);
      return;
    }
  }
}
