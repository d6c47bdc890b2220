import { limits } from "../core/limits.ts";
import type { Clock, Stoppable } from "../director/ports.ts";

export interface WatchdogOptions {
  readonly clock: Pick<Clock, "after">;
  /** Told once: nothing was heard for `limits.missedTurnsMax` looks in a row. */
  readonly onSilent: () => void;
}

/**
 * Looks whether a thread that tells something every second still does. It counts its own looks, each a second after the one before, and no time:
 * when the whole process was stopped, or the machine is so slow that nobody has his turn, this thread has missed its looks as well.
 */
export class Watchdog {
  readonly #options: WatchdogOptions;
  #missed = 0;
  #next: Stoppable | undefined;

  constructor(options: WatchdogOptions) {
    this.#options = options;
  }

  start(): void {
    this.#next = this.#options.clock.after(limits.watchIntervalMs, () => this.#look());
  }

  heard(): void {
    this.#missed = 0;
  }

  stop(): void {
    this.#next?.stop();
  }

  #look(): void {
    this.#missed += 1;
    if (this.#missed > limits.missedTurnsMax) this.#options.onSilent();
    else this.start();
  }
}
