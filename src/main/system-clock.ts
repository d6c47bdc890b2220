import type { Clock, Stoppable } from "../director/ports.ts";

/** The two that every machine has; milliseconds. */
interface MachineClocks {
  /** Unix time, which somebody may set. */
  readonly wallMs: () => number;
  /** Since some moment, and only forward. */
  readonly monotonicMs: () => number;
}

/**
 * The machine's clock as the Director wants it. It follows the wall clock forward, so that a suspended machine wakes up
 * in the present; when the wall clock is set back it goes on at half speed until it is overtaken, so that nothing waits for
 * the difference twice and no time is given out again. Waiting is monotonic.
 */
export class SystemClock implements Clock {
  readonly #machine: MachineClocks;
  #nowMs: number;
  #atMonotonicMs: number;

  constructor(machine: MachineClocks = { wallMs: Date.now, monotonicMs: () => performance.now() }) {
    this.#machine = machine;
    this.#nowMs = machine.wallMs();
    this.#atMonotonicMs = machine.monotonicMs();
  }

  nowMs(): number {
    const monotonicMs = this.#machine.monotonicMs();
    const slowMs = this.#nowMs + (monotonicMs - this.#atMonotonicMs) / 2;
    this.#atMonotonicMs = monotonicMs;
    this.#nowMs = Math.max(slowMs, this.#machine.wallMs());
    return Math.floor(this.#nowMs);
  }

  after(delayMs: number, callback: () => void): Stoppable {
    const timer = setTimeout(callback, delayMs);
    return { stop: () => clearTimeout(timer) };
  }

  steadyMs(): number {
    return this.#machine.monotonicMs();
  }

  soon(callback: () => void): void {
    setImmediate(callback);
  }
}
