/**
 * What happens to messages, counted for one application or for all. The numbers only grow, and lie in one array: tallies of
 * several threads and of any span of time add up place by place, and go to another thread as they are.
 *
 *     counts by name │ latency: ranges, sum │ attempts' duration: ranges, sum
 */
import type { Outcome, UnansweredReason } from "./delivery.ts";
import { type Histogram, rangeOf } from "./histogram.ts";
import type { IncomingMessage } from "./message.ts";

/**
 * What came of an attempt: the hundred of the status code, or why there was no answer; `certificate`: TLS, whatever of it;
 * `other`: a status code of none of these hundreds, or nothing could be sent.
 */
export const attemptResults = [
  "2xx",
  "3xx",
  "4xx",
  "5xx",
  "other",
  "timeout",
  "connection",
  "certificate",
  "protocol",
] as const satisfies readonly (UnansweredReason | `${2 | 3 | 4 | 5}xx` | "other")[];
export type AttemptResult = (typeof attemptResults)[number];

const names = [
  /** Accepted. */
  "messages",
  "payloadBytes",
  /** That began with the acceptance of their messages: endpoints that were disabled are left out. */
  "deliveries",
  /** Of messages to endpoints, asked for. */
  "resends",
  /** Rounds of deliveries that ended so. */
  "delivered",
  "gone",
  "exhausted",
  "cancelled",
  /** Deliveries that were given up on because their handling ends the process; no attempt was made. */
  "quarantined",
  /** Attempts that planned another one. */
  "retries",
  ...attemptResults,
] as const;
export type TrafficCount = (typeof names)[number];

/** From acceptance to an answer that delivers: milliseconds for most, and the retry schedule's days for some. */
export const latencyBoundsMs: readonly number[] = [
  5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000, 60_000, 300_000, 1_800_000,
  7_200_000, 36_000_000, 86_400_000, 345_600_000,
];
/** Of one attempt, which ends by its deadline. */
export const durationBoundsMs: readonly number[] = [
  5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 15_000, 30_000,
];

const latencyFrom = names.length;
const durationFrom = latencyFrom + latencyBoundsMs.length + 2;
/** Numbers of one tally. */
export const trafficWidth = durationFrom + durationBoundsMs.length + 2;

const placeOf = Object.fromEntries(names.map((name, place) => [name, place])) as Record<
  TrafficCount,
  number
>; // each name once

export class TrafficTally {
  readonly numbers: Float64Array;

  constructor(numbers: Float64Array = new Float64Array(trafficWidth)) {
    this.numbers = numbers;
  }

  count(name: TrafficCount, by: number = 1): void {
    this.#add(placeOf[name], by);
  }

  /** A message is durable. */
  accepted({ payload, recipients }: Pick<IncomingMessage, "payload" | "recipients">): void {
    this.count("messages");
    this.count("payloadBytes", payload.length);
    for (const { skipped } of recipients) if (!skipped) this.count("deliveries");
  }

  /** An attempt has ended. */
  attempted(outcome: Outcome): void {
    this.count(resultOf(outcome));
    this.#measure(durationFrom, durationBoundsMs, outcome.durationMs);
  }

  /** @param latencyMs since the message was accepted */
  delivered(latencyMs: number): void {
    this.count("delivered");
    this.#measure(latencyFrom, latencyBoundsMs, latencyMs);
  }

  /** @param numbers of another tally */
  add(numbers: Float64Array): void {
    for (let at = 0; at < trafficWidth; at += 1) this.#add(at, numbers[at] ?? 0);
  }

  of(name: TrafficCount): number {
    return this.numbers[placeOf[name]] ?? 0;
  }

  /** Attempts, whatever came of them. */
  get attempts(): number {
    return attemptResults.reduce((sum, result) => sum + this.of(result), 0);
  }

  /** From the acceptance of a message to an answer that delivers it. */
  get latency(): Histogram {
    return this.#histogram(latencyFrom, latencyBoundsMs);
  }

  get attemptDuration(): Histogram {
    return this.#histogram(durationFrom, durationBoundsMs);
  }

  #measure(from: number, boundsMs: readonly number[], valueMs: number): void {
    this.#add(from + rangeOf(boundsMs, valueMs), 1);
    this.#add(from + boundsMs.length + 1, valueMs);
  }

  #histogram(from: number, boundsMs: readonly number[]): Histogram {
    const sumAt = from + boundsMs.length + 1;
    const counts = [...this.numbers.subarray(from, sumAt)];
    return { boundsMs, counts, sumMs: this.numbers[sumAt] ?? 0 };
  }

  #add(at: number, by: number): void {
    this.numbers[at] = (this.numbers[at] ?? 0) + by;
  }
}

const resultOfHundred: readonly AttemptResult[] = ["2xx", "3xx", "4xx", "5xx"];

function resultOf(outcome: Outcome): AttemptResult {
  if (outcome.kind === "unanswered") {
    const { reason } = outcome;
    if (reason === "unreadable-secret") return "other";
    const isNetwork = reason === "timeout" || reason === "connection" || reason === "protocol";
    return isNetwork ? reason : "certificate";
  }
  return resultOfHundred[Math.floor(outcome.statusCode / 100) - 2] ?? "other";
}
