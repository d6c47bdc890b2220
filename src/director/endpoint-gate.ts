import {
  type ConcurrencyLimit,
  concurrencyAfter,
  initialConcurrency,
  slotsOf,
} from "../core/concurrency-limit.ts";
import type { Outcome } from "../core/delivery.ts";
import { initialRateLimit, type RateLimit, takeTurn } from "../core/rate-limit.ts";

/** What an attempt has to remember of its start. */
export interface Passage {
  /** Of the concurrency limit. */
  readonly era: number;
}

/** An attempt that has an outcome. */
export interface PassedAttempt {
  readonly passage: Passage;
  readonly outcome: Outcome;
  /** Attempts to this endpoint that were under way when it ended, itself among them. */
  readonly inFlight: number;
}

/**
 * How much an endpoint bears, and when it may be called next. It outlives the endpoint's virtual queue, which goes
 * whenever nothing is unsettled.
 */
export class EndpointGate {
  #concurrency: ConcurrencyLimit = initialConcurrency;
  #rate: RateLimit = initialRateLimit;

  /** Requests that may be open at once, at least 1. */
  get slots(): number {
    return slotsOf(this.#concurrency);
  }

  /** From when on an attempt may start, Unix milliseconds; in the past: now. */
  get opensAtMs(): number {
    return this.#rate.nextAtMs;
  }

  /** @param ratePerSecond undefined: as often as it wants */
  pass(ratePerSecond: number | undefined, nowMs: number): Passage {
    this.#rate =
      ratePerSecond === undefined ? initialRateLimit : takeTurn(this.#rate, ratePerSecond, nowMs);
    return { era: this.#concurrency.era };
  }

  passed({ passage, outcome, inFlight }: PassedAttempt): void {
    this.#concurrency = concurrencyAfter(this.#concurrency, {
      outcome,
      era: passage.era,
      inFlight,
    });
  }

  /** The endpoint has no rate any more. */
  unlimit(): void {
    this.#rate = initialRateLimit;
  }
}
