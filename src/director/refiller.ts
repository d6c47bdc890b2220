/**
 * Fills the windows of virtual queues from their JobDbs: when there is room, and when retries come due. A few reads at a
 * time and each bounded, so that a backlog of any length never holds up commits or memory.
 */
import { limits } from "../core/limits.ts";
import type { Clock, JobDb } from "./ports.ts";
import type { Refill } from "./queue-source.ts";
import type { VirtualQueue } from "./virtual-queue.ts";
import { WakeTimer } from "./wake-timer.ts";

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
  /** Of queues whose next retry comes due; those due together are read together. */
  readonly #wakes: WakeTimer<VirtualQueue>;
  #reads = 0;
  #stopped = false;

  constructor(options: RefillerOptions) {
    this.#options = options;
    const { clock } = options;
    const onDue = (queues: readonly VirtualQueue[]): void =>
      queues.forEach((queue) => this.ask(queue));
    this.#wakes = new WakeTimer({ clock, leastMs: limits.dueTickMs, onDue });
  }

  /** Reads for a queue now if there is room in its window and something to read, and when its next retry comes due. */
  ask(queue: VirtualQueue): void {
    this.#wakes.wake(queue, queue.nextWakeAtMs);
    this.#asking.add(queue);
    this.#readMore();
  }

  stop(): void {
    this.#stopped = true;
    this.#wakes.stop();
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
      case "firstRounds":
        return queue.refilledFirstRounds(
          refill.jobDb,
          await jobDb.firstRounds(queue.endpoint, refill.after, refill.rowsMax),
        );
      case "due":
        return queue.refilledDue(
          refill.jobDb,
          await jobDb.due(queue.endpoint, refill.after, dueUntilMs, refill.rowsMax),
        );
    }
  }
}
