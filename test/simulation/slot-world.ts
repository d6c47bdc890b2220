import assert from "node:assert/strict";
import { FairScheduler } from "../../src/core/fair-scheduler.ts";
import { applicationKeyOf } from "../../src/core/ids.ts";
import { WakeHeap } from "../../src/core/wake-heap.ts";

/** A virtual queue as the simulated slots see it. */
export interface SimulatedQueue {
  readonly application: number;
  /** What its n-th attempt takes. */
  readonly costMs: (attempt: number) => number;
  /** Deliveries that wait; infinite for a backlog without end. */
  backlog: number;
  readonly concurrency: number;
  inFlight: number;
  attempts: number;
  /** Slot time held within the window that is looked at. */
  heldMs: number;
  /** The longest that it waited for a slot, and since when it does. */
  waitedMs: number;
  waitsSinceMs: number;
}

export function queueOf(
  application: number,
  costMs: number | ((attempt: number) => number),
  rest: { backlog?: number; concurrency?: number } = {},
): SimulatedQueue {
  return {
    application,
    costMs: typeof costMs === "number" ? () => costMs : costMs,
    backlog: rest.backlog ?? Infinity,
    concurrency: rest.concurrency ?? 32,
    inFlight: 0,
    attempts: 0,
    heldMs: 0,
    waitedMs: 0,
    waitsSinceMs: Infinity,
  };
}

/** Slots and attempts in virtual time, given out as a Director would. */
export class SlotWorld {
  readonly fair: FairScheduler<SimulatedQueue>;
  readonly inFlightOf = new Map<number, number>();
  nowMs = 0;
  freeSlots: number;
  readonly #slots: number;
  readonly #ends = new WakeHeap<{ queue: SimulatedQueue; startedAtMs: number }>();
  readonly #arrivals = new WakeHeap<{ queue: SimulatedQueue; deliveries: number }>();
  /** Slot time before this is not counted. */
  #windowFromMs = 0;

  constructor(slots: number) {
    this.#slots = slots;
    this.freeSlots = slots;
    this.fair = new FairScheduler<SimulatedQueue>(slots);
  }

  add(...queues: readonly SimulatedQueue[]): void {
    for (const queue of queues) this.#offer(queue);
  }

  arriveAt(atMs: number, queue: SimulatedQueue, deliveries: number): void {
    this.#arrivals.push(atMs, { queue, deliveries });
  }

  countFromHere(...queues: readonly SimulatedQueue[]): void {
    this.#windowFromMs = this.nowMs;
    for (const queue of queues) {
      queue.heldMs = 0;
      queue.waitedMs = 0;
    }
  }

  /** @param onStart is told of each attempt before it takes its slot */
  run(untilMs: number, onStart?: (queue: SimulatedQueue) => void): void {
    for (;;) {
      this.#fill(onStart);
      const endAtMs = this.#ends.nextAtMs ?? Infinity;
      const arrivalAtMs = this.#arrivals.nextAtMs ?? Infinity;
      const nextMs = Math.min(endAtMs, arrivalAtMs);
      if (nextMs > untilMs) break;
      this.nowMs = nextMs;
      for (let end = this.#ends.popDue(nextMs); end; end = this.#ends.popDue(nextMs)) {
        this.#finish(end.queue, end.startedAtMs);
      }
      for (let each = this.#arrivals.popDue(nextMs); each; each = this.#arrivals.popDue(nextMs)) {
        each.queue.backlog += each.deliveries;
        this.#offer(each.queue);
      }
    }
    this.nowMs = untilMs;
  }

  #fill(onStart?: (queue: SimulatedQueue) => void): void {
    while (this.freeSlots > 0) {
      const queue = this.fair.next();
      if (queue === undefined) return;
      onStart?.(queue);
      this.#start(queue);
    }
  }

  #start(queue: SimulatedQueue): void {
    queue.waitedMs = Math.max(queue.waitedMs, this.nowMs - queue.waitsSinceMs);
    queue.waitsSinceMs = Infinity;
    queue.backlog -= 1;
    queue.inFlight += 1;
    queue.attempts += 1;
    this.freeSlots -= 1;
    this.inFlightOf.set(queue.application, (this.inFlightOf.get(queue.application) ?? 0) + 1);
    this.fair.started(queue);
    const costMs = queue.costMs(queue.attempts);
    this.#ends.push(this.nowMs + costMs, { queue, startedAtMs: this.nowMs });
    this.#offer(queue);
  }

  #finish(queue: SimulatedQueue, startedAtMs: number): void {
    queue.inFlight -= 1;
    queue.heldMs += Math.max(0, this.nowMs - Math.max(startedAtMs, this.#windowFromMs));
    this.freeSlots += 1;
    assert.ok(this.freeSlots <= this.#slots);
    this.inFlightOf.set(queue.application, (this.inFlightOf.get(queue.application) ?? 0) - 1);
    this.fair.finished(queue, this.nowMs - startedAtMs);
    this.#offer(queue);
  }

  #offer(queue: SimulatedQueue): void {
    if (queue.backlog === 0 || queue.inFlight >= queue.concurrency) return;
    queue.waitsSinceMs = Math.min(queue.waitsSinceMs, this.nowMs);
    this.fair.offer(queue, applicationKeyOf(queue.application));
  }
}
