import { type Histogram, rangeOf } from "./histogram.ts";

/** Counts how long something took. */
export class DurationHistogram {
  readonly #boundsMs: readonly number[];
  #counts: number[];
  #sumMs = 0;

  /** @param boundsMs of the ranges (histogram.ts) */
  constructor(boundsMs: readonly number[]) {
    this.#boundsMs = boundsMs;
    this.#counts = this.#none();
  }

  took(durationMs: number): void {
    const at = rangeOf(this.#boundsMs, durationMs);
    this.#counts[at] = (this.#counts[at] ?? 0) + 1;
    this.#sumMs += durationMs;
  }

  /** What was counted since it was last taken, or ever. */
  get now(): Histogram {
    return { boundsMs: this.#boundsMs, counts: this.#counts, sumMs: this.#sumMs };
  }

  /** The same; and it begins anew. */
  take(): Histogram {
    const taken = this.now;
    this.#counts = this.#none();
    this.#sumMs = 0;
    return taken;
  }

  #none(): number[] {
    return Array.from({ length: this.#boundsMs.length + 1 }, () => 0);
  }
}
