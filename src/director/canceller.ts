/**
 * Settles what waits for an endpoint without sending it: whatever a queue has on disk is in its JobDbs, so that is read there,
 * and an attempt row that says `cancelled` ends each round. All of it:
 *
 *     queue suspended ─▶ first rounds, then retries and resends of each JobDb ─▶ rows (durable) ─▶ queue reads anew
 *                                                            what was under way ─▶ its outcomes (durable)
 *
 * or what waits of some messages, while the queue goes on with the others:
 *
 *     these leave the window, nothing is read ─▶ what waits of them in each JobDb ─▶ rows (durable) ─▶ queue reads on
 *
 * So nothing is sent that is being cancelled. What is under way then goes on: if it fails, it is not tried again. That is known
 * in memory alone until its outcome is durable, and a crash before lets it wait again. So whoever asks is told how much of that
 * there is; who has all of it cancelled is answered after that, or would ask again and again at once. A crash leaves some of it
 * cancelled and the rest waiting. An endpoint's cancellations go one after the other, or two would settle the same round.
 */
import { firstRound, messageRowOf, type PendingDelivery, stepOfUnsent } from "../core/delivery.ts";
import type { EndpointKey } from "../core/ids.ts";
import { limits } from "../core/limits.ts";
import type { ApplicationTallies } from "./application-tallies.ts";
import { attemptRowOf, notSent } from "./attempt-row.ts";
import type { CommitLoop } from "./commit-loop.ts";
import type { Cancellation, MessagePlace } from "./facade.ts";
import type { JobDbs } from "./job-dbs.ts";
import {
  type Clock,
  type Destination,
  type Destinations,
  dueFromStart,
  type JobDb,
} from "./ports.ts";
import type { LastAttempts } from "./under-way.ts";
import type { VirtualQueue } from "./virtual-queue.ts";

export interface CancellerOptions {
  readonly clock: Pick<Clock, "nowMs" | "after">;
  readonly destinations: Pick<Destinations, "find">;
  readonly commitLoop: Pick<CommitLoop, "record" | "caughtUp">;
  readonly jobDbs: Pick<JobDbs, "jobDbOf" | "with">;
  readonly queueOf: (endpoint: EndpointKey) => VirtualQueue | undefined;
  readonly tallies: ApplicationTallies;
  /** The queue may start and read again; these JobDbs have nothing unsettled for it any more. */
  readonly onResumed: (queue: VirtualQueue, doneWith: readonly number[]) => void;
}

interface CancelledAll {
  readonly cancelled: number;
  /** What was under way; undefined: the endpoint has no queue. */
  readonly last: LastAttempts | undefined;
}

export class Canceller {
  readonly #options: CancellerOptions;
  /** The last cancellation of each endpoint that has one under way. */
  readonly #turns = new Map<EndpointKey, Promise<unknown>>();
  /** End the waits for outcomes that are under way. */
  readonly #waits = new Set<() => void>();
  #stopped = false;

  constructor(options: CancellerOptions) {
    this.#options = options;
  }

  /** As `Queues.cancel`. Fails as a JobDb does. */
  async cancel(endpoint: EndpointKey): Promise<Cancellation> {
    const { cancelled, last } = await this.#inTurn(endpoint, () => this.#cancelAll(endpoint));
    if (last === undefined) return { cancelled, ending: 0 };
    if (cancelled < limits.cancelledTogetherMax) await this.#outcomesOf(last);
    return { cancelled, ending: last.left };
  }

  /** Cancels what waits of some messages, and resolves when that is durable. Fails as a JobDb does. */
  cancelMessages(endpoint: EndpointKey, messages: readonly MessagePlace[]): Promise<Cancellation> {
    return this.#inTurn(endpoint, () => this.#cancelSome(endpoint, messages));
  }

  /** Whoever waits for outcomes is answered now, and nobody waits for any from now on. */
  stop(): void {
    this.#stopped = true;
    for (const end of this.#waits) end();
  }

  async #inTurn<Result>(endpoint: EndpointKey, act: () => Promise<Result>): Promise<Result> {
    const turn = (this.#turns.get(endpoint) ?? Promise.resolve()).then(act);
    const ended = turn.then(
      () => undefined,
      () => undefined, // whoever asked for it is told
    );
    this.#turns.set(endpoint, ended);
    try {
      return await turn;
    } finally {
      if (this.#turns.get(endpoint) === ended) this.#turns.delete(endpoint);
    }
  }

  async #cancelAll(endpoint: EndpointKey): Promise<CancelledAll> {
    const queue = this.#options.queueOf(endpoint);
    const destination = this.#options.destinations.find(endpoint);
    if (queue === undefined || destination === undefined) return { cancelled: 0, last: undefined };
    queue.suspend();
    const last = queue.underWay.watchGivenUp();
    try {
      await this.#options.commitLoop.caughtUp(); // outcomes that were decided on before it was suspended may plan retries
      let cancelled = 0;
      for (const number of queue.jobDbs) {
        for await (const waiting of this.#waitingIn(number, queue)) {
          const room = limits.cancelledTogetherMax - cancelled;
          await this.#settle(waiting.slice(0, room), destination);
          cancelled += Math.min(waiting.length, room);
          if (cancelled >= limits.cancelledTogetherMax) return { cancelled, last };
        }
      }
      return { cancelled, last };
    } finally {
      queue.resume();
      this.#options.onResumed(queue, []);
    }
  }

  /** Resolves when they are durable, or have taken too long; at once while many others wait. */
  async #outcomesOf({ left, ended }: LastAttempts): Promise<void> {
    const mayWait = !this.#stopped && this.#waits.size < limits.cancellationsWaitingMax;
    if (left === 0 || !mayWait) return;
    const { promise: late, resolve: end } = Promise.withResolvers<void>();
    const timer = this.#options.clock.after(limits.cancellationWaitMs, end);
    this.#waits.add(end);
    await Promise.race([ended, late]);
    this.#waits.delete(end);
    timer.stop();
  }

  async #cancelSome(
    endpoint: EndpointKey,
    messages: readonly MessagePlace[],
  ): Promise<Cancellation> {
    const { commitLoop, destinations, queueOf, onResumed } = this.#options;
    await commitLoop.caughtUp(); // what is durable may not have been admitted yet
    const queue = queueOf(endpoint);
    const destination = destinations.find(endpoint);
    if (queue === undefined || destination === undefined) return { cancelled: 0, ending: 0 };
    const rowsOf = Map.groupBy(messages, ({ jobDb }) => jobDb);
    const chosen = new Set(messages.map((each) => placeKeyOf(each.jobDb, each.row)));
    const settled: PendingDelivery[] = [];
    queue.withdraw(({ jobDb, delivery }) => chosen.has(placeKeyOf(jobDb, messageRowOf(delivery))));
    try {
      await commitLoop.caughtUp(); // outcomes that were decided on before that may plan retries
      for (const [number, places] of rowsOf) {
        if (!queue.has(number)) continue;
        const rows = places.map(({ row }) => row);
        await this.#options.jobDbs.with(number, async (jobDb) => {
          const waiting = await waitingOf(jobDb, rows, queue);
          await this.#settle(waiting, destination);
          settled.push(...waiting);
        });
      }
    } finally {
      onResumed(queue, queue.cancelled(settled));
    }
    const cancelled = new Set(
      settled.map(({ jobDb, delivery }) => placeKeyOf(jobDb, messageRowOf(delivery))),
    );
    return { cancelled: cancelled.size, ending: queue.underWay.givenUp };
  }

  /** Page by page, less what is under way. */
  async *#waitingIn(
    number: number,
    queue: VirtualQueue,
  ): AsyncGenerator<readonly PendingDelivery[], void> {
    const jobDb = this.#options.jobDbs.jobDbOf(number);
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

/** Less what is under way. */
async function waitingOf(
  jobDb: JobDb,
  rows: readonly number[],
  { endpoint, underWay }: VirtualQueue,
): Promise<readonly PendingDelivery[]> {
  const waiting = await jobDb.waiting(endpoint, rows);
  return waiting
    .map((each) => ({ jobDb: jobDb.number, endpoint, ...each }))
    .filter((each) => !underWay.has(each));
}

function placeKeyOf(jobDb: number, row: number): string {
  return `${jobDb}/${row}`;
}
