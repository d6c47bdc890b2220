import type { Clock, Stoppable } from "../director/ports.ts";

/**
 * The machine's clock as the Director wants it. It follows the wall clock forward, so that a suspended machine wakes up
 * in the present; when the wall clock is set back it goes on at half speed until it is overtaken, so that nothing waits for
 * the difference twice and no time is given out again. Waiting is monotonic.
 */
export class SystemClock implements Clock {
  #nowMs = Date.now();
  #atMonotonicMs = performance.now();

  nowMs(): number {
    const monotonicMs = performance.now();
    const slowMs = this.#nowMs + (monotonicMs - this.#atMonotonicMs) / 2;
    this.#atMonotonicMs = monotonicMs;
    this.#nowMs = Math.max(slowMs, Date.now());
    return Math.floor(this.#nowMs);
  }

  after(delayMs: number, callback: () => void): Stoppable {
    const timer = setTimeout(callback, delayMs);
    return { stop: () => clearTimeout(timer) };
  }
}
