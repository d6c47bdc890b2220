import { restoredPause } from "../core/endpoint-pause.ts";
import type { ApplicationKey, EndpointKey } from "../core/ids.ts";
import { EndpointGate } from "./endpoint-gate.ts";
import type { HealthKeeper } from "./health-keeper.ts";
import { IdleGates } from "./idle-gates.ts";
import type { Clock, Destinations } from "./ports.ts";
import { VirtualQueue } from "./virtual-queue.ts";

export interface VirtualQueuesOptions {
  readonly clock: Clock;
  readonly destinations: Destinations;
  readonly health: Pick<HealthKeeper, "restored">;
}

/** The virtual queues of endpoints with something unsettled, and what is remembered of the other endpoints. */
export class VirtualQueues {
  readonly #options: VirtualQueuesOptions;
  readonly #queues = new Map<EndpointKey, VirtualQueue>();
  readonly #idleGates = new IdleGates();
  /** All JobDbs that earlier runs left with something unsettled are known. */
  #complete = false;

  constructor(options: VirtualQueuesOptions) {
    this.#options = options;
  }

  /** Undefined: nothing of the endpoint is unsettled. */
  find(endpoint: EndpointKey): VirtualQueue | undefined {
    return this.#queues.get(endpoint);
  }

  all(): Iterable<VirtualQueue> {
    return this.#queues.values();
  }

  /** Of an endpoint that is there; made if there is none. */
  of(endpoint: EndpointKey, application: ApplicationKey): VirtualQueue {
    const known = this.#queues.get(endpoint);
    if (known !== undefined) return known;
    const strict = this.#options.destinations.find(endpoint)?.ordered ?? false;
    return this.#make(endpoint, application, strict);
  }

  /** The same; undefined if the endpoint has been deleted. */
  ofExisting(endpoint: EndpointKey): VirtualQueue | undefined {
    const known = this.#queues.get(endpoint);
    if (known !== undefined) return known;
    const destination = this.#options.destinations.find(endpoint);
    if (destination === undefined) return undefined;
    return this.#make(endpoint, destination.application, destination.ordered);
  }

  /** Undefined: nothing is remembered of the endpoint. */
  gateOf(endpoint: EndpointKey): EndpointGate | undefined {
    return this.#queues.get(endpoint)?.gate ?? this.#idleGates.find(endpoint);
  }

  /** Nothing of the queue is unsettled any more. */
  remove({ endpoint, gate }: VirtualQueue): void {
    this.#queues.delete(endpoint);
    this.#idleGates.keep(endpoint, gate);
  }

  /** All JobDbs that earlier runs left are known. Returns the queues that may have waited for that. */
  completed(): readonly VirtualQueue[] {
    this.#complete = true;
    const waiting = [...this.#queues.values()];
    for (const queue of waiting) queue.complete = true;
    return waiting;
  }

  #make(endpoint: EndpointKey, application: ApplicationKey, strict: boolean): VirtualQueue {
    const queue = new VirtualQueue(endpoint, application, this.#takeGate(endpoint));
    queue.complete = this.#complete;
    queue.order(strict);
    this.#queues.set(endpoint, queue);
    return queue;
  }

  #takeGate(endpoint: EndpointKey): EndpointGate {
    const known = this.#idleGates.take(endpoint);
    if (known !== undefined) return known;
    const { clock, destinations, health } = this.#options;
    const pause = destinations.pauseOf(endpoint);
    health.restored(endpoint, pause);
    const gate = new EndpointGate(restoredPause(pause, clock.nowMs()));
    gate.heed(destinations.find(endpoint)?.handPause, clock.nowMs());
    return gate;
  }
}
