/**
 * Fills the windows of virtual queues from their JobDbs: when there is room, and when retries come due. A few reads at a
 * time and each bounded, so that a backlog of any length never holds up commits or memory.
 */
import { limits } from "../core/limits.ts";
import { WakeHeap } from "../core/wake-heap.ts";
import type { Clock, JobDb, Stoppable } from "./ports.ts";
import type { Refill, VirtualQueue } from "./virtual-queue.ts";

export interface RefillerOptions {
  readonly clock: Clock;
  readonly jobDbOf: (number: number) => JobDb;
  /** Up to when retries may be read, Unix milliseconds: every retry planned before it is durable. */
  readonly dueUntilMs: () => number;
  /** The window of the queue has changed; `doneWith` is a JobDb that has nothing unsettled for it any more. */
  readonly onRefilled: (queue: VirtualQueue, doneWith: number | undefined) => void;
  readonly onFailure: (error: unknown) => void;
}

export class Refiller {
  readonly #options: RefillerOptions;
  /** Queues that may have something to read, in the order of asking. */
  readonly #asking = new Set<VirtualQueue>();
  readonly #wakes = new WakeHeap<VirtualQueue>();
  #reads = 0;
  #timer: Stoppable | undefined;
  #timerAtMs = Infinity;
  #stopped = false;

  constructor(options: RefillerOptions) {
    this.#options = options;
  }

  /** Reads for a queue now if there is room in its window and something to read, and when its next retry comes due. */
  ask(queue: VirtualQueue): void {
    this.#wakeFor(queue);
    this.#asking.add(queue);
    this.#readMore();
  }

  stop(): void {
    this.#stopped = true;
    this.#timer?.stop();
    this.#asking.clear();
  }

  #readMore(): void {
    const dueUntilMs = this.#options.dueUntilMs();
    for (const queue of this.#asking) {
      if (this.#stopped || this.#reads >= limits.refillsMax) return;
      this.#asking.delete(queue);
      const refill = queue.nextRefill(dueUntilMs);
      if (refill !== undefined) void this.#read(queue, refill, dueUntilMs);
    }
  }

  async #read(queue: VirtualQueue, refill: Refill, dueUntilMs: number): Promise<void> {
    this.#reads += 1;
    try {
      const done = await this.#refill(queue, refill, dueUntilMs);
      if (this.#stopped) return;
      this.#options.onRefilled(queue, done ? refill.jobDb : undefined);
      this.ask(queue);
    } catch (error) {
      this.#options.onFailure(error);
    } finally {
      this.#reads -= 1;
      this.#readMore();
    }
  }

  async #refill(queue: VirtualQueue, refill: Refill, dueUntilMs: number): Promise<boolean> {
    const jobDb = this.#options.jobDbOf(refill.jobDb);
    switch (refill.kind) {
      case "unattempted":
        return queue.refilledUnattempted(
          refill.jobDb,
          await jobDb.unattempted(queue.endpoint, refill.after, refill.rowsMax),
        );
      case "due":
        return queue.refilledDue(
          refill.jobDb,
          await jobDb.due(queue.endpoint, refill.after, dueUntilMs, refill.rowsMax),
        );
    }
  }

  #wakeFor(queue: VirtualQueue): void {
    const { nextWakeAtMs } = queue;
    if (nextWakeAtMs >= queue.wakeAtMs) return;
    queue.wakeAtMs = nextWakeAtMs;
    this.#wakes.push(nextWakeAtMs, queue);
    this.#setTimer();
  }

  /** One timer for the soonest wake-up, never less than a tick ahead, so that retries due together are read together. */
  #setTimer(): void {
    const { nextAtMs } = this.#wakes;
    if (nextAtMs === undefined || nextAtMs >= this.#timerAtMs || this.#stopped) return;
    this.#timer?.stop();
    this.#timerAtMs = nextAtMs;
    const waitMs = Math.min(nextAtMs - this.#options.clock.nowMs(), limits.timerMsMax);
    this.#timer = this.#options.clock.after(Math.max(waitMs, limits.dueTickMs), () => this.#wake());
  }

  #wake(): void {
    this.#timerAtMs = Infinity;
    const nowMs = this.#options.clock.nowMs();
    const due: VirtualQueue[] = [];
    for (
      let queue = this.#wakes.popDue(nowMs);
      queue !== undefined;
      queue = this.#wakes.popDue(nowMs)
    ) {
      queue.wakeAtMs = Infinity;
      due.push(queue);
    }
    // Only then ask: a queue that can't be read yet wants to be woken again, a tick later.
    for (const queue of due) this.ask(queue);
    this.#setTimer();
  }
}
