import { setImmediate as turn } from "node:timers/promises";
import { WakeHeap } from "../../src/core/wake-heap.ts";
import type { Clock, Stoppable } from "../../src/director/ports.ts";

interface Timer {
  readonly callback: () => void;
  stopped: boolean;
}

/** Time that passes only when the simulation lets it: from one timer to the next, with all that follows from it between. */
export class SimulatedClock implements Clock {
  readonly #timers = new WakeHeap<Timer>();
  #nowMs: number;

  constructor(startMs: number) {
    this.#nowMs = startMs;
  }

  nowMs(): number {
    return this.#nowMs;
  }

  after(delayMs: number, callback: () => void): Stoppable {
    const timer = { callback, stopped: false };
    this.#timers.push(this.#nowMs + Math.max(0, delayMs), timer);
    return {
      stop: () => {
        timer.stopped = true;
      },
    };
  }

  /** What is computed takes no time. */
  steadyMs(): number {
    return this.#nowMs;
  }

  soon(callback: () => void): void {
    this.after(0, callback);
  }

  /** Lets time pass until `untilMs`, or until `done` says so. */
  async run(untilMs: number, done: () => boolean = () => false): Promise<void> {
    await turn();
    for (let atMs = this.#timers.nextAtMs; atMs !== undefined; atMs = this.#timers.nextAtMs) {
      if (atMs > untilMs || done()) break;
      this.#nowMs = Math.max(this.#nowMs, atMs);
      const timer = this.#timers.popDue(this.#nowMs);
      if (timer !== undefined && !timer.stopped) {
        timer.callback();
        await turn();
      }
    }
    if (!done()) this.#nowMs = Math.max(this.#nowMs, untilMs);
  }

  /** A view of this clock for one run of a program: its timers never ring again after the crash. */
  forProcess(process: { readonly alive: boolean }): Clock {
    const ifAlive = (callback: () => void) => (): void => {
      if (process.alive) callback();
    };
    return {
      nowMs: () => this.#nowMs,
      after: (delayMs, callback) => this.after(delayMs, ifAlive(callback)),
      steadyMs: () => this.#nowMs,
      soon: (callback) => this.soon(ifAlive(callback)),
    };
  }
}
