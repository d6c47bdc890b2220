/**
 * How many messages a second somebody may hand in. Each message takes its place on a time line, one spacing (1 s ÷ rate)
 * after the one before it or at the present; who is further ahead of the present than the burst has to wait until that
 * has passed:
 *
 *     present ├──burst──┤
 *     ████████████          may hand in
 *     ██████████████████    waits ├─this─┤
 *
 * A request that may be handed in is taken whole, so it is known before it is read whether it is. In any time there are
 * no more messages than rate × (time + burst), and those of one request.
 *
 * Rejected: counting a request only as far as it fits, which needs it to be read first, and never takes a batch that is
 * larger than the burst.
 */
import { limits } from "./limits.ts";

export interface IngestRate {
  /** Messages, more than 0. */
  readonly perSecond: number;
  /** How far ahead somebody may be. */
  readonly burstMs: number;
}

/** One rate for each of many. All times are milliseconds of a clock that never goes back. */
export class IngestRates<Key> {
  readonly #rate: IngestRate;
  /** The end of each one's line, if it may be ahead of the present. */
  readonly #ends = new Map<Key, number>();

  constructor(rate: IngestRate) {
    this.#rate = rate;
  }

  /** How many are remembered: those that are ahead, and a few more. */
  get size(): number {
    return this.#ends.size;
  }

  /** 0: it may hand in now. */
  waitMs(key: Key, nowMs: number): number {
    return Math.max((this.#ends.get(key) ?? 0) - nowMs - this.#rate.burstMs, 0);
  }

  /** To be called for what is handed in, when it may be. */
  take(key: Key, messages: number, nowMs: number): void {
    const fromMs = Math.max(this.#ends.get(key) ?? 0, nowMs);
    this.#ends.set(key, fromMs + (messages * 1_000) / this.#rate.perSecond);
    this.#sweep(nowMs);
  }

  /** More each time than can have been added. */
  #sweep(nowMs: number): void {
    for (let looks = 0; looks < limits.ingestRatesSwept; looks += 1) {
      const [first] = this.#ends;
      if (first === undefined) return;
      const [key, endMs] = first;
      this.#ends.delete(key);
      if (endMs > nowMs) this.#ends.set(key, endMs); // at the other end now
    }
  }
}
