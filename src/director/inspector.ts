/**
 * The built-in receiver: keeps what comes to endpoints at the inspector, in memory, and answers as their URLs say.
 *
 *                     told ──▶ waiting ──delay──▶ answered           (late, if the attempt is over before)
 *     request ──▶ by listener ──▶ waiting ──answer──▶ answered       (late, likewise)
 *                        └─ nobody listens ─────────▶ unheard (503)
 *
 * What waits for a listener that has gone waits for another one, until its attempt is over.
 */
import type { Arrival, ArrivalAnswer, InspectedRequest, InspectorAnswer } from "../core/arrival.ts";
import type { ApplicationKey, ArrivalId, EndpointKey } from "../core/ids.ts";
import { limits } from "../core/limits.ts";
import type { Inspections, ArrivalListener } from "./inspections.ts";
import { KeptArrivals } from "./kept-arrivals.ts";
import type { Clock, Random, Stoppable } from "./ports.ts";

export interface InspectorOptions {
  readonly clock: Clock;
  readonly random: Pick<Random, "unit">;
  readonly newId: (atMs: number) => ArrivalId;
  readonly organizationOf: (application: ApplicationKey) => string;
  /** Whether the request has a signature by the endpoint's own secret. */
  readonly verifies: (request: InspectedRequest) => boolean;
}

/** What waits for its listener's answer. */
interface Waiting {
  readonly arrival: Arrival;
  readonly settle: (answer: InspectorAnswer | undefined) => void;
}

type Watcher = (arrival: Arrival) => void;

const failureStatus = 500;
const unheardStatus = 503;

export class Inspector implements Inspections {
  readonly #options: InspectorOptions;
  readonly #kept = new KeptArrivals();
  readonly #waiting = new Map<EndpointKey, Map<string, Waiting>>();
  readonly #watchers = new Map<EndpointKey, Set<Watcher>>();
  readonly #listeners = new Map<EndpointKey, ArrivalListener>();
  /** When somebody last stopped listening, of endpoints that nobody listens to. */
  readonly #leftAtMs = new Map<EndpointKey, number>();

  constructor(options: InspectorOptions) {
    this.#options = options;
  }

  /** Resolves to what the attempt is answered; undefined if nothing in its time. */
  arrive(request: InspectedRequest): Promise<InspectorAnswer | undefined> {
    const { newId, organizationOf, clock, verifies } = this.#options;
    const { application, endpoint, answering, headers, body } = request;
    const atMs = clock.nowMs();
    const arrival: Arrival = {
      id: newId(atMs),
      atMs,
      headers,
      body,
      isVerified: verifies(request),
      answer: { kind: "waiting" },
    };
    this.#kept.add(endpoint, organizationOf(application), arrival);
    if (answering.kind === "told") return this.#answerAsTold(request, answering, arrival);
    if (this.#listeners.has(endpoint)) return this.#waitForListener(request, arrival);
    const unheard = textAnswer(unheardStatus, "nobody listens");
    this.#settle(endpoint, arrival, "unheard", unheard);
    return Promise.resolve(unheard);
  }

  arrivals(endpoint: EndpointKey): readonly Arrival[] {
    return this.#kept.of(endpoint);
  }

  watch(endpoint: EndpointKey, onArrival: Watcher): Stoppable {
    const watchers = this.#watchers.get(endpoint) ?? new Set();
    this.#watchers.set(endpoint, watchers.add(onArrival));
    return {
      stop: () => {
        watchers.delete(onArrival);
        if (watchers.size === 0 && this.#watchers.get(endpoint) === watchers) {
          this.#watchers.delete(endpoint);
        }
      },
    };
  }

  waiting(endpoint: EndpointKey): readonly Arrival[] {
    return Array.from(this.#waiting.get(endpoint)?.values() ?? [], ({ arrival }) => arrival);
  }

  listen(endpoint: EndpointKey, listener: ArrivalListener): Stoppable {
    this.#listeners.get(endpoint)?.onReplaced();
    this.#listeners.set(endpoint, listener);
    this.#leftAtMs.delete(endpoint);
    return {
      stop: () => {
        if (this.#listeners.get(endpoint) !== listener) return;
        this.#listeners.delete(endpoint);
        this.#leftAtMs.set(endpoint, this.#options.clock.nowMs());
      },
    };
  }

  answer(endpoint: EndpointKey, id: string, answer: InspectorAnswer): boolean {
    const waiting = this.#waiting.get(endpoint)?.get(id);
    waiting?.settle(answer);
    return waiting !== undefined;
  }

  /** When the endpoint was last listened to, Unix milliseconds: now if it is. Undefined: not since `limits.temporaryEndpointIdleMs`. */
  listenedAtMs(endpoint: EndpointKey): number | undefined {
    const nowMs = this.#options.clock.nowMs();
    if (this.#listeners.has(endpoint)) return nowMs;
    for (const [left, atMs] of this.#leftAtMs) {
      if (nowMs - atMs < limits.temporaryEndpointIdleMs) break; // the rest has left later
      this.#leftAtMs.delete(left);
    }
    return this.#leftAtMs.get(endpoint);
  }

  async #answerAsTold(
    { endpoint, timeoutMs }: InspectedRequest,
    { status, delayMs, failureShare }: InspectedRequest["answering"] & { kind: "told" },
    arrival: Arrival,
  ): Promise<InspectorAnswer | undefined> {
    const isFailure = this.#options.random.unit() < failureShare;
    const answer = textAnswer(isFailure ? failureStatus : status, "the inspector");
    if (delayMs > 0) {
      this.#tell(endpoint, arrival);
      await this.#after(Math.min(delayMs, timeoutMs));
    }
    const inTime = delayMs < timeoutMs ? answer : undefined;
    this.#settle(endpoint, arrival, "answered", inTime);
    return inTime;
  }

  #waitForListener(
    { endpoint, timeoutMs }: InspectedRequest,
    arrival: Arrival,
  ): Promise<InspectorAnswer | undefined> {
    const { promise, resolve } = Promise.withResolvers<InspectorAnswer | undefined>();
    const waiting = this.#waiting.get(endpoint) ?? new Map<string, Waiting>();
    this.#waiting.set(endpoint, waiting);
    const settle = (answer: InspectorAnswer | undefined): void => {
      timer.stop();
      waiting.delete(arrival.id);
      if (waiting.size === 0) this.#waiting.delete(endpoint);
      this.#settle(endpoint, arrival, "answered", answer);
      resolve(answer);
    };
    const timer = this.#options.clock.after(timeoutMs, () => settle(undefined));
    waiting.set(arrival.id, { arrival, settle });
    this.#tell(endpoint, arrival);
    this.#listeners.get(endpoint)?.onArrival();
    return promise;
  }

  #settle(
    endpoint: EndpointKey,
    arrival: Arrival,
    kind: "answered" | "unheard",
    answer: InspectorAnswer | undefined,
  ): void {
    const afterMs = this.#options.clock.nowMs() - arrival.atMs;
    const become: ArrivalAnswer =
      answer === undefined ? { kind: "late" } : { kind, status: answer.status, afterMs };
    const settled = { ...arrival, answer: become };
    this.#kept.change(endpoint, settled);
    this.#tell(endpoint, settled);
  }

  #tell(endpoint: EndpointKey, arrival: Arrival): void {
    for (const watcher of this.#watchers.get(endpoint) ?? []) watcher(arrival);
  }

  #after(delayMs: number): Promise<void> {
    return new Promise((resolve) => void this.#options.clock.after(delayMs, resolve));
  }
}

/** Statuses that have no body (RFC 9110, sections 15.3.5, 15.3.6 and 15.4.5). */
const bodiless: ReadonlySet<number> = new Set([204, 205, 304]);

function textAnswer(status: number, text: string): InspectorAnswer {
  const bytes = bodiless.has(status) ? [] : Array.from(text, (letter) => letter.charCodeAt(0));
  return { status, retryAfter: undefined, body: Uint8Array.from(bytes) };
}
