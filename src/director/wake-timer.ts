import { WakeHeap } from "../core/wake-heap.ts";
import { limits } from "../core/limits.ts";
import type { Clock, Stoppable } from "./ports.ts";

export interface WakeTimerOptions<Item> {
  readonly clock: Clock;
  /** The timer is never set for less than this, so that what is due together is told together. At least 1. */
  readonly leastMs: number;
  /** The time of these has come, or was asked for before a sooner one was. */
  readonly onDue: (items: readonly Item[]) => void;
}

/** Calls back when the time of an item has come: one timer for all of them. */
export class WakeTimer<Item> {
  readonly #options: WakeTimerOptions<Item>;
  readonly #wakes = new WakeHeap<Item>();
  /** The soonest time that each item is woken at. */
  readonly #atMs = new Map<Item, number>();
  #timer: Stoppable | undefined;
  #timerAtMs = Infinity;
  #stopped = false;

  constructor(options: WakeTimerOptions<Item>) {
    this.#options = options;
  }

  /** Tells of the item at this time (Unix milliseconds), or sooner if that was asked for already. Infinite: not at all. */
  wake(item: Item, atMs: number): void {
    if (atMs >= (this.#atMs.get(item) ?? Infinity)) return;
    this.#atMs.set(item, atMs);
    this.#wakes.push(atMs, item);
    this.#setTimer();
  }

  stop(): void {
    this.#stopped = true;
    this.#timer?.stop();
  }

  #setTimer(): void {
    const { nextAtMs } = this.#wakes;
    if (nextAtMs === undefined || nextAtMs >= this.#timerAtMs || this.#stopped) return;
    this.#timer?.stop();
    this.#timerAtMs = nextAtMs;
    const waitMs = Math.min(Math.ceil(nextAtMs - this.#options.clock.nowMs()), limits.timerMsMax);
    const delayMs = Math.max(waitMs, this.#options.leastMs);
    this.#timer = this.#options.clock.after(delayMs, () => this.#tell());
  }

  #tell(): void {
    this.#timerAtMs = Infinity;
    const nowMs = this.#options.clock.nowMs();
    const due = new Set<Item>();
    for (let item = this.#wakes.popDue(nowMs); item !== undefined;) {
      if ((this.#atMs.get(item) ?? 0) <= nowMs) this.#atMs.delete(item);
      due.add(item);
      item = this.#wakes.popDue(nowMs);
    }
    // Only when all are taken out: one that is still not ready wants to be woken again, later.
    this.#options.onDue([...due]);
    this.#setTimer();
  }
}
