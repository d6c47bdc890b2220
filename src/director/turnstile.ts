/**
 * Which virtual queue may start an attempt next. The fair scheduler decides among those that may start now; the others
 * come back by themselves:
 *
 *   offer ─▶ runnable? ─▶ its head due, its gate open? ─▶ its application's rate? ─▶ bulk? ─▶ fair scheduler ─▶ next
 *               │ no: offered when      │ no: a timer                    │ no: when its turn comes
 *               │ there is something    │                                │
 */
import { FairScheduler } from "../core/fair-scheduler.ts";
import type { EndpointKey } from "../core/ids.ts";
import { limits } from "../core/limits.ts";
import { ApplicationThrottles } from "./application-throttles.ts";
import { BulkTurns } from "./bulk-turns.ts";
import type { Passage } from "./endpoint-gate.ts";
import type { Clock, Destination, Destinations, Transport } from "./ports.ts";
import type { VirtualQueue } from "./virtual-queue.ts";
import { WakeTimer } from "./wake-timer.ts";

export interface TurnstileOptions {
  readonly clock: Clock;
  readonly destinations: Destinations;
  readonly transport: Pick<Transport, "costOf">;
  /** Of the time, that bulk may be sent in while others are sent a little; 1: always. */
  readonly bulkShare: number;
  /** Undefined: nothing of the endpoint is unsettled any more. */
  readonly queueOf: (endpoint: EndpointKey) => VirtualQueue | undefined;
  /** `next` may have a queue now. */
  readonly onOpened: () => void;
}

export class Turnstile {
  readonly #options: TurnstileOptions;
  /** By endpoint, as a queue goes when it is empty and what it owes stays. */
  readonly #fair = new FairScheduler<EndpointKey>(limits.slots);
  readonly #wakes: WakeTimer<EndpointKey>;
  readonly #throttles: ApplicationThrottles;
  readonly #bulk: BulkTurns;

  constructor(options: TurnstileOptions) {
    this.#options = options;
    const { clock, bulkShare, queueOf, onOpened } = options;
    const offerAll = (endpoints: readonly EndpointKey[]): void => {
      for (const endpoint of endpoints) {
        const queue = queueOf(endpoint);
        if (queue !== undefined) this.offer(queue);
      }
      onOpened();
    };
    this.#wakes = new WakeTimer({ clock, leastMs: 1, onDue: offerAll });
    const onTurn = (endpoint: EndpointKey): void => offerAll([endpoint]);
    this.#throttles = new ApplicationThrottles({ clock, onTurn });
    this.#bulk = new BulkTurns({ clock, bulkShare, onTurn });
  }

  /** The queue may have something that could start now. */
  offer(queue: VirtualQueue): void {
    if (this.#admits(queue)) this.#fair.offer(queue.endpoint, queue.application);
  }

  /** Whose turn it is; undefined if nobody can start now. To be passed before the next call, or not at all. */
  next(): VirtualQueue | undefined {
    for (;;) {
      const endpoint = this.#fair.next();
      if (endpoint === undefined) return undefined;
      const queue = this.#options.queueOf(endpoint);
      if (queue !== undefined && this.#admits(queue)) return queue;
    }
  }

  /** The queue that `next` gave has taken a slot. */
  pass(queue: VirtualQueue, destination: Destination): Passage {
    const nowMs = this.#options.clock.nowMs();
    this.#fair.started(queue.endpoint);
    const applicationRate = this.#options.destinations.throttleRateOf(queue.application);
    if (applicationRate !== undefined) {
      this.#throttles.pass(queue.application, applicationRate, nowMs);
    }
    this.#bulk.pass(queue.application, nowMs, this.#options.transport.costOf(destination));
    return queue.gate.pass(destination, nowMs);
  }

  /** An attempt of the queue has given its slot back, which it had for so long. */
  finished(queue: VirtualQueue, heldMs: number): void {
    this.#fair.finished(queue.endpoint, heldMs);
  }

  stop(): void {
    this.#wakes.stop();
    this.#throttles.stop();
    this.#bulk.stop();
  }

  #admits(queue: VirtualQueue): boolean {
    if (!queue.runnable) return false;
    const nowMs = this.#options.clock.nowMs();
    const opensAtMs = Math.max(queue.readyAtMs, queue.gate.opensAtMs(queue.hasManual, nowMs));
    if (opensAtMs > nowMs) {
      this.#wakes.wake(queue.endpoint, opensAtMs);
      return false;
    }
    return (
      this.#throttles.admits(queue.endpoint, queue.application, nowMs) &&
      this.#bulk.admits(queue.endpoint, queue.application, nowMs)
    );
  }
}
