/** How queues stand: one that somebody asks about, and all of them at a glance. */
import { messageRowOf, type PendingDelivery } from "../core/delivery.ts";
import type { EndpointKey } from "../core/ids.ts";
import { limits } from "../core/limits.ts";
import { ApplicationQueues } from "./application-queues.ts";
import type { QueueState } from "./facade.ts";
import {
  type DirectorSurvey,
  type QueueGlance,
  type QueueSurvey,
  type QueuesOfState,
  queueStates,
} from "./traffic.ts";
import { isOlder } from "./ordered-window.ts";
import type { Clock, Destinations, JobDb } from "./ports.ts";
import { queueStateOf } from "./queue-state.ts";
import type { VirtualQueue } from "./virtual-queue.ts";
import type { VirtualQueues } from "./virtual-queues.ts";

export interface QueueViewsOptions {
  readonly clock: Clock;
  readonly destinations: Pick<Destinations, "pauseOf">;
  readonly queues: VirtualQueues;
  /** One that a queue has something in. */
  readonly jobDbOf: (number: number) => JobDb;
}

export class QueueViews {
  readonly #options: QueueViewsOptions;

  constructor(options: QueueViewsOptions) {
    this.#options = options;
  }

  /** How an endpoint's queue stands, with the sums of its application's. Fails as a JobDb does. */
  async queue(endpoint: EndpointKey, siblings: readonly EndpointKey[]): Promise<QueueState> {
    const { queues, clock, destinations } = this.#options;
    const [queue, gate] = [queues.find(endpoint), queues.gateOf(endpoint)];
    const nowMs = clock.nowMs();
    const state = queueStateOf(queue, { gate, pause: destinations.pauseOf(endpoint), nowMs });
    const all = siblings.map((sibling) => queues.find(sibling));
    const application = {
      pending: all.reduce((sum, each) => sum + (each?.pending ?? 0), 0),
      inFlight: all.reduce((sum, each) => sum + (each?.inFlight ?? 0), 0),
    };
    const oldestAtMs = await this.#oldestAtMs(queue);
    return { ...state, oldestAtMs, application, nowMs };
  }

  /**
   * Looks at all queues that have something unsettled, `limits.surveyedTogether` in a turn: what changes meanwhile may be
   * seen before or after. Fails as a JobDb does.
   */
  async survey(): Promise<DirectorSurvey> {
    const seen = new Survey(this.#options.clock.nowMs());
    let looked = 0;
    for (const queue of this.#options.queues.all()) {
      seen.add(queue);
      looked += 1;
      if (looked % limits.surveyedTogether === 0) await this.#turn();
    }
    const states = await Promise.all(
      queueStates.map(async (state) => {
        const { oldest, ...sums } = seen.of(state);
        // Asked anew: what was the oldest may be settled by now, and its JobDb closed.
        const queue = oldest && this.#options.queues.find(oldest.endpoint);
        return [state, { ...sums, oldestAtMs: await this.#oldestAtMs(queue) }] as const;
      }),
    );
    return {
      states: Object.fromEntries(states) as QueueSurvey["states"], // each state once
      longest: seen.longest(),
      byApplication: seen.byApplication.packed(),
    };
  }

  async #oldestAtMs(queue: VirtualQueue | undefined): Promise<number | undefined> {
    const oldest = queue?.oldest;
    if (oldest === undefined) return undefined;
    const row = messageRowOf(oldest.delivery);
    const [stored] = await this.#options.jobDbOf(oldest.jobDb).payloads([row]);
    return stored?.address.atMs;
  }

  #turn(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#options.clock.after(0, resolve);
    return promise;
  }
}

type Sums = { -readonly [Name in keyof Omit<QueuesOfState, "oldestAtMs">]: number } & {
  oldest: PendingDelivery | undefined;
};

/** What a survey has seen until now. */
class Survey {
  readonly byApplication = new ApplicationQueues();
  readonly #sums = new Map<QueueGlance["state"], Sums>();
  readonly #nowMs: number;
  #longest: QueueGlance[] = [];
  /** No shorter one need be kept. */
  #pendingMin = 0;

  constructor(nowMs: number) {
    this.#nowMs = nowMs;
  }

  add(queue: VirtualQueue): void {
    const { endpoint, application, pending, inFlight, oldest } = queue;
    const state = stateOf(queue, this.#nowMs);
    const sums = this.of(state);
    sums.endpoints += 1;
    sums.pending += pending;
    sums.inFlight += inFlight;
    if (oldest !== undefined && (sums.oldest === undefined || isOlder(oldest, sums.oldest)))
      sums.oldest = oldest;
    this.#sums.set(state, sums);
    const glance = { endpoint, application, pending, inFlight, state } as const;
    this.byApplication.add(glance);
    if (pending <= this.#pendingMin) return;
    this.#longest.push(glance);
    if (this.#longest.length < 2 * limits.surveyedQueuesMax) return;
    this.#longest = this.longest();
    this.#pendingMin = this.#longest.at(-1)?.pending ?? 0;
  }

  of(state: QueueGlance["state"]): Sums {
    return this.#sums.get(state) ?? { endpoints: 0, pending: 0, inFlight: 0, oldest: undefined };
  }

  longest(): QueueGlance[] {
    return this.#longest
      .sort((one, other) => other.pending - one.pending)
      .slice(0, limits.surveyedQueuesMax);
  }
}

function stateOf({ held, gate }: VirtualQueue, nowMs: number): QueueGlance["state"] {
  if (held) return "held";
  return gate.isPausedByHand(nowMs) ? "paused" : gate.pause.kind;
}
