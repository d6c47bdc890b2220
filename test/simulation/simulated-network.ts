import type { Outcome } from "../../src/core/delivery.ts";
import type { EndpointKey, MessageId } from "../../src/core/ids.ts";
import { limits } from "../../src/core/limits.ts";
import type { AttemptRequest, Transport } from "../../src/director/ports.ts";
import type { SeededRandom } from "./seeded-random.ts";
import type { SimulatedClock } from "./simulated-clock.ts";

/** How an endpoint behaves while there are faults; afterwards all are healthy. */
export const behaviours = [
  "healthy",
  "slow",
  "flaky",
  "failing",
  "hanging",
  "refusing",
  "limiting",
  "gone",
] as const;
export type Behaviour = (typeof behaviours)[number];

export interface Arrival {
  readonly endpoint: EndpointKey;
  readonly messageId: MessageId;
  readonly payload: string;
  readonly atMs: number;
  /** What the endpoint answered; 0 if nothing. */
  readonly statusCode: number;
  /** When the sender learnt of it, unless it crashed before. */
  readonly answeredAtMs: number;
  /** Which run of the program sent it. */
  readonly run: number;
}

const deadlineMs = 15_000;

/** The endpoints of the world, and what they saw. */
export class SimulatedNetwork {
  readonly arrivals: Arrival[] = [];
  /** The arrivals, and the attempts that their endpoint did not see. */
  readonly attempts: Arrival[] = [];
  /** Those that their sender learnt the outcome of, in the order that it did: several in one millisecond end in any. */
  readonly answered: Arrival[] = [];
  readonly #clock: SimulatedClock;
  readonly #random: SeededRandom;
  readonly #endpoints: ReadonlyMap<EndpointKey, { readonly behaviour: Behaviour }>;
  #healed = false;

  constructor(
    clock: SimulatedClock,
    random: SeededRandom,
    endpoints: ReadonlyMap<EndpointKey, { readonly behaviour: Behaviour }>,
  ) {
    this.#clock = clock;
    this.#random = random;
    this.#endpoints = endpoints;
  }

  heal(): void {
    this.#healed = true;
  }

  /** The network as one run of the program sees it: after its crash it hears nothing any more. */
  forProcess(process: { readonly alive: boolean; readonly run: number }): Transport {
    const known = new Set<EndpointKey>();
    return {
      send: (request) => {
        known.add(request.destination.endpoint);
        return this.#send(request, process);
      },
      costOf: ({ endpoint }) => (known.has(endpoint) ? 1 : limits.firstContactAttempts),
      close: () => Promise.resolve(),
    };
  }

  #send(
    request: AttemptRequest,
    process: { readonly alive: boolean; readonly run: number },
  ): Promise<Outcome> {
    const behaviour = this.#healed
      ? "healthy"
      : (this.#endpoints.get(request.destination.endpoint)?.behaviour ?? "healthy");
    const { statusCode, delayMs, arrives } = this.#reaction(behaviour);
    const durationMs = Math.min(delayMs, deadlineMs);
    const arrival: Arrival = {
      endpoint: request.destination.endpoint,
      messageId: request.messageId,
      payload: String.fromCharCode(...request.payload),
      atMs: this.#clock.nowMs(),
      statusCode,
      answeredAtMs: this.#clock.nowMs() + durationMs,
      run: process.run,
    };
    this.attempts.push(arrival);
    if (arrives) this.arrivals.push(arrival);
    const { promise, resolve } = Promise.withResolvers<Outcome>();
    this.#clock.after(durationMs, () => {
      if (!process.alive) return;
      this.answered.push(arrival);
      resolve(outcomeOf(statusCode, delayMs));
    });
    return promise;
  }

  #reaction(behaviour: Behaviour): { statusCode: number; delayMs: number; arrives: boolean } {
    const random = this.#random;
    const quickMs = random.integer(1, 30);
    switch (behaviour) {
      case "healthy":
        return { statusCode: random.pick([200, 201, 204]), delayMs: quickMs, arrives: true };
      case "slow":
        return { statusCode: 200, delayMs: random.integer(500, 14_000), arrives: true };
      case "flaky":
        return { statusCode: random.chance(0.5) ? 200 : 500, delayMs: quickMs, arrives: true };
      case "failing":
        return {
          statusCode: random.pick([301, 400, 404, 500, 503]),
          delayMs: quickMs,
          arrives: true,
        };
      case "hanging":
        return { statusCode: 0, delayMs: Infinity, arrives: true };
      case "refusing":
        return { statusCode: 0, delayMs: 1, arrives: false };
      case "limiting":
        return { statusCode: random.chance(0.3) ? 200 : 429, delayMs: quickMs, arrives: true };
      case "gone":
        return { statusCode: random.chance(0.2) ? 410 : 200, delayMs: quickMs, arrives: true };
    }
  }
}

function outcomeOf(statusCode: number, delayMs: number): Outcome {
  if (statusCode === 0) {
    const reason = delayMs === Infinity ? "timeout" : "connection";
    return { kind: "unanswered", reason, durationMs: Math.min(delayMs, deadlineMs) };
  }
  const retryAfterMs = statusCode === 429 ? 3_000 : undefined;
  return {
    kind: "answered",
    statusCode,
    body: new Uint8Array(),
    retryAfterMs,
    durationMs: delayMs,
  };
}
