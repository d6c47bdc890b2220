/**
 * The queues of applications that have much to send wait here for their turns, while others are sent a little; when the
 * turns come is decided by `BulkPace`. Applications take turns, and the queues of each do:
 *
 *   bulk ──▶ ring of its application ──its turn──▶ offered, may start one ──▶ started ──▶ more? bulk
 */
import { BulkPace } from "../core/bulk-pace.ts";
import type { ApplicationKey, EndpointKey } from "../core/ids.ts";
import type { Clock, Stoppable } from "./ports.ts";

export interface BulkTurnsOptions {
  readonly clock: Clock;
  /** Of the time, that bulk may be sent in while others are sent a little; 1: always. */
  readonly bulkShare: number;
  /** A queue that waited may start an attempt now, if it wants to. */
  readonly onTurn: (endpoint: EndpointKey) => void;
}

export class BulkTurns {
  readonly #options: BulkTurnsOptions;
  readonly #pace: BulkPace<ApplicationKey>;
  /** Those that wait, of each application in the order in which they came; the application whose turn is next first. */
  readonly #waiting = new Map<ApplicationKey, Set<EndpointKey>>();
  #timer: Stoppable | undefined;
  #stopped = false;

  constructor(options: BulkTurnsOptions) {
    this.#options = options;
    this.#pace = new BulkPace(options.bulkShare);
  }

  /** Whether an attempt may start now. If not, the queue is told when its turn comes. */
  admits(endpoint: EndpointKey, application: ApplicationKey, nowMs: number): boolean {
    if (!this.#pace.hasToWait(application, nowMs)) return true;
    const queues = this.#waiting.get(application);
    if (queues === undefined) this.#waiting.set(application, new Set([endpoint]));
    else queues.add(endpoint);
    this.#setTimer(nowMs);
    return false;
  }

  /** An attempt starts, which `admits` has let through and which costs as much as so many. */
  pass(application: ApplicationKey, nowMs: number, cost = 1): void {
    this.#pace.started(application, nowMs, cost);
  }

  stop(): void {
    this.#stopped = true;
    this.#timer?.stop();
  }

  #setTimer(nowMs: number): void {
    if (this.#timer !== undefined || this.#stopped || this.#waiting.size === 0) return;
    const delayMs = Math.max(Math.ceil(this.#pace.nextTurnAtMs - nowMs), 1);
    this.#timer = this.#options.clock.after(delayMs, () => {
      this.#timer = undefined;
      this.#giveTurns();
    });
  }

  #giveTurns(): void {
    const nowMs = this.#options.clock.nowMs();
    while (this.#pace.nextTurnAtMs <= nowMs) {
      const endpoint = this.#giveTurn(nowMs);
      if (endpoint === undefined) return;
      this.#options.onTurn(endpoint); // it may wait again when this returns
    }
    this.#setTimer(nowMs);
  }

  /** Undefined: nobody waits. */
  #giveTurn(nowMs: number): EndpointKey | undefined {
    const [first] = this.#waiting;
    if (first === undefined) return undefined;
    const [application, queues] = first;
    this.#pace.giveTurn(application, this.#waiting.size, nowMs);
    const [endpoint] = queues;
    if (endpoint !== undefined) queues.delete(endpoint);
    this.#waiting.delete(application);
    if (queues.size > 0) this.#waiting.set(application, queues); // at the other end now
    return endpoint;
  }
}
