/**
 * Settles what waits for an endpoint without sending it: whatever a queue has on disk is in its JobDbs, so that is read as
 * for a refill, and an attempt row that says `cancelled` ends each round.
 *
 *     queue suspended ─▶ first rounds, then retries and resends of each JobDb ─▶ rows (durable) ─▶ queue reads anew
 *
 * A suspended queue starts and reads nothing, so nothing is sent that is being cancelled. What is under way then goes on: if
 * it fails, it is not tried again. A crash leaves some of it cancelled and the rest waiting.
 */
import { firstRound, type PendingDelivery, stepOfUnsent } from "../core/delivery.ts";
import type { EndpointKey } from "../core/ids.ts";
import { limits } from "../core/limits.ts";
import type { ApplicationTallies } from "./application-tallies.ts";
import { attemptRowOf, notSent } from "./attempt-row.ts";
import type { CommitLoop } from "./commit-loop.ts";
import {
  type Clock,
  type Destination,
  type Destinations,
  dueFromStart,
  type JobDb,
} from "./ports.ts";
import type { VirtualQueue } from "./virtual-queue.ts";

export interface CancellerOptions {
  readonly clock: Pick<Clock, "nowMs">;
  readonly destinations: Pick<Destinations, "find">;
  readonly commitLoop: Pick<CommitLoop, "record" | "flush">;
  readonly jobDbOf: (number: number) => JobDb;
  readonly queueOf: (endpoint: EndpointKey) => VirtualQueue | undefined;
  readonly tallies: ApplicationTallies;
  /** The queue may start and read again. */
  readonly onResumed: (queue: VirtualQueue) => void;
}

export class Canceller {
  readonly #options: CancellerOptions;

  constructor(options: CancellerOptions) {
    this.#options = options;
  }

  /**
   * Resolves to how many were cancelled when that is durable: fewer than `limits.cancelledTogetherMax` if nothing else waits.
   * Fails as a JobDb does.
   */
  async cancel(endpoint: EndpointKey): Promise<number> {
    const queue = this.#options.queueOf(endpoint);
    const destination = this.#options.destinations.find(endpoint);
    if (queue === undefined || destination === undefined) return 0;
    queue.suspend();
    try {
      await this.#options.commitLoop.flush(); // outcomes that were decided on before it was suspended may plan retries
      let cancelled = 0;
      for (const number of queue.jobDbs) {
        for await (const waiting of this.#waitingIn(number, queue)) {
          const room = limits.cancelledTogetherMax - cancelled;
          await this.#settle(waiting.slice(0, room), destination);
          cancelled += Math.min(waiting.length, room);
          if (cancelled >= limits.cancelledTogetherMax) return cancelled;
        }
      }
      return cancelled;
    } finally {
      queue.resume();
      this.#options.onResumed(queue);
    }
  }

  /** Page by page, less what is under way. */
  async *#waitingIn(
    number: number,
    queue: VirtualQueue,
  ): AsyncGenerator<readonly PendingDelivery[], void> {
    const jobDb = this.#options.jobDbOf(number);
    const { endpoint } = queue;
    const rowsMax = limits.refillRowsMax;
    const of = { jobDb: number, endpoint };
    for (let after = 0, isEnd = false; !isEnd;) {
      const page = await jobDb.firstRounds(endpoint, after, rowsMax);
      const begun = { ...of, round: firstRound, trigger: "scheduled" } as const;
      const waiting = page.deliveries.map(({ delivery, attempt }) => ({
        ...begun,
        delivery,
        attempt,
      }));
      yield waiting.filter((each) => !queue.underWay.has(each));
      after = page.scannedTo;
      isEnd = page.end;
    }
    for (let after = dueFromStart, isEnd = false; !isEnd;) {
      const page = await jobDb.due(endpoint, after, Number.MAX_SAFE_INTEGER, rowsMax);
      const waiting = page.deliveries.map((due) => ({ ...of, ...due }));
      yield waiting.filter((each) => !queue.underWay.has(each));
      after = page.scannedTo;
      isEnd = page.nextAtMs === undefined;
    }
  }

  async #settle(
    waiting: readonly PendingDelivery[],
    { url, application }: Destination,
  ): Promise<void> {
    const { clock, commitLoop, tallies } = this.#options;
    tallies.of(application).count("cancelled", waiting.length);
    const decidedAtMs = clock.nowMs();
    await Promise.all(
      waiting.map(async (delivery) => {
        const { promise, resolve } = Promise.withResolvers<void>();
        const step = stepOfUnsent(delivery, "cancelled");
        const attempt = attemptRowOf(delivery, { url, step, answer: notSent("cancelled") });
        const { jobDb } = delivery;
        commitLoop.record({ jobDb, attempt, decidedAtMs, isAwaited: true, recorded: resolve });
        await promise;
      }),
    );
  }
}
