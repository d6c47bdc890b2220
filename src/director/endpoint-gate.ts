import {
  type ConcurrencyLimit,
  concurrencyAfter,
  concurrencyAfterPause,
  initialConcurrency,
  slotsOf,
} from "../core/concurrency-limit.ts";
import type { Outcome } from "../core/delivery.ts";
import { type HandPause, handPauseEndMs } from "../core/hand-pause.ts";
import {
  admissionOf,
  type EndpointPause,
  initialPause,
  pauseAfter,
  type PauseDecision,
  probeStarted,
} from "../core/endpoint-pause.ts";
import { initialRateLimit, type RateLimit, takeTurn } from "../core/rate-limit.ts";
import type { MinuteOfAttempts } from "./facade.ts";
import { MinuteTally, type TalliedOutcome } from "./minute-tally.ts";
import type { Destination } from "./ports.ts";

/** What an attempt has to remember of its start. */
export interface Passage {
  /** Of the concurrency limit. */
  readonly era: number;
  /** Set if it shows whether the endpoint's pause is over: the pause as it was before. */
  readonly probed: EndpointPause | undefined;
}

/** An attempt that has an outcome. */
export interface PassedAttempt {
  readonly passage: Passage;
  readonly outcome: Outcome;
  /** Attempts to this endpoint that were under way when it ended, itself among them. */
  readonly inFlight: number;
}

/**
 * How much an endpoint bears, whether it rests, and when it may be called next. It outlives the endpoint's virtual
 * queue, which goes whenever nothing is unsettled.
 */
export class EndpointGate {
  #concurrency: ConcurrencyLimit = initialConcurrency;
  #rate: RateLimit = initialRateLimit;
  #pause: EndpointPause;
  /** When the pause by hand is over, Unix milliseconds; infinite: when it is taken back; past: there is none. */
  #handPauseEndMs = 0;
  /** Made with the first attempt. */
  #tally: MinuteTally | undefined;
  /** That was called last; undefined if none was since the endpoint was disabled. */
  #url: string | undefined;

  constructor(pause: EndpointPause = initialPause) {
    this.#pause = pause;
  }

  /** Whether it is paused by hand: then nothing may start. */
  isPausedByHand(nowMs: number): boolean {
    return this.#handPauseEndMs > nowMs;
  }

  /**
   * Takes over whether the endpoint is paused by hand. With such a pause what it did before counts no more, and afterwards
   * it starts from one request.
   */
  heed(handPause: Pick<HandPause, "untilMs"> | undefined, nowMs: number): void {
    const wasPaused = this.isPausedByHand(nowMs);
    this.#handPauseEndMs = handPauseEndMs(handPause);
    if (wasPaused || !this.isPausedByHand(nowMs)) return;
    this.#pause = initialPause;
    this.#concurrency = concurrencyAfterPause(this.#concurrency);
  }

  /** Minutes in which attempts ended (facade.ts). */
  minutes(nowMs: number): readonly MinuteOfAttempts[] {
    return this.#tally?.minutes(nowMs) ?? [];
  }

  get pause(): EndpointPause {
    return this.#pause;
  }

  /** Requests that may be open at once, at least 1. */
  get slots(): number {
    return slotsOf(this.#concurrency);
  }

  /** Whether the endpoint is paused or held: then only what is sent by hand may start. */
  rests(nowMs: number): boolean {
    return admissionOf(this.#pause, nowMs).kind === "closed";
  }

  /**
   * From when on an attempt may start, Unix milliseconds; in the past: now; infinite: when the probe has ended.
   *
   * @param manual whether it is one by hand, which goes out while the endpoint rests by itself as well
   */
  opensAtMs(manual: boolean, nowMs: number): number {
    const admission = admissionOf(this.#pause, nowMs);
    const restsUntilMs = admission.kind === "closed" && !manual ? admission.untilMs : 0;
    return Math.max(restsUntilMs, this.#rate.nextAtMs, this.#handPauseEndMs);
  }

  pass({ throttleRate, url }: Pick<Destination, "throttleRate" | "url">, nowMs: number): Passage {
    this.#rate =
      throttleRate === undefined ? initialRateLimit : takeTurn(this.#rate, throttleRate, nowMs);
    this.#url = url;
    const probed = this.#pause.kind === "paused" ? this.#pause : undefined;
    this.#pause = probeStarted(this.#pause);
    return { era: this.#concurrency.era, probed };
  }

  /** @param now `random` is a number in [0, 1) */
  passed(
    { passage, outcome, inFlight }: PassedAttempt,
    now: { readonly nowMs: number; readonly random: number },
  ): PauseDecision {
    const { era, probed } = passage;
    this.#tally ??= new MinuteTally();
    this.#tally.count(talliedOf(outcome), now.nowMs);
    const probe = probed !== undefined;
    // It was under way when somebody paused the endpoint, and decides nothing about what comes after.
    if (this.isPausedByHand(now.nowMs)) return { kind: "continue" };
    this.#concurrency = concurrencyAfter(this.#concurrency, { outcome, era, inFlight });
    const { state, decision } = pauseAfter(this.#pause, { outcome, probe }, now);
    this.#pause = state;
    if (decision.kind === "resume") this.#concurrency = concurrencyAfterPause(this.#concurrency);
    return decision;
  }

  /** A paused endpoint is to be tried at once, and a held one may be called. Returns whether it rested. */
  probe(nowMs: number): boolean {
    if (this.isPausedByHand(nowMs) || !this.rests(nowMs) || this.#pause.kind === "probing")
      return false;
    this.#pause =
      this.#pause.kind === "paused"
        ? { ...this.#pause, probeAtMs: nowMs }
        : { ...this.#pause, holdUntilMs: 0 };
    return true;
  }

  /** An attempt ended without having been made: if it was the probe, the next one is due when that was. */
  passedInVain({ probed }: Passage): void {
    if (probed !== undefined && this.#pause.kind === "probing") this.#pause = probed;
  }

  /**
   * The endpoint has been changed. At another URL, or enabled again, it is another endpoint, and what it did before does not
   * count; whatever else was changed, a paused one is tried at once, as that may have been the cause.
   */
  changed(destination: Pick<Destination, "throttleRate" | "url" | "disabled"> | undefined): void {
    if (destination === undefined || destination.disabled) {
      this.#url = undefined;
      return;
    }
    const { throttleRate, url } = destination;
    if (throttleRate === undefined) this.#rate = initialRateLimit;
    if (this.#pause.kind === "working" && this.#pause.holdUntilMs === 0) return;
    if (url !== this.#url) {
      this.#pause = initialPause;
      this.#concurrency = concurrencyAfterPause(this.#concurrency);
    } else if (this.#pause.kind === "paused") {
      this.#pause = { ...this.#pause, probeAtMs: 0 };
    }
  }
}

function talliedOf(outcome: Outcome): TalliedOutcome {
  if (outcome.kind === "unanswered") return "unanswered";
  return outcome.statusCode >= 200 && outcome.statusCode < 300 ? "succeeded" : "failed";
}
