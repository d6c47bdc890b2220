/**
 * The one owner of its JobDbs: accepts messages, commits them, schedules, sends and records.
 *
 *     accept ─▶ CommitLoop ─▶ durable ─▶ VirtualQueue ─▶ Dispatcher ─▶ Transport
 *                   ▲                        ▲                │
 *                   │                     Refiller ◀─ JobDb   │
 *                   └──────────── attempt row ◀───────────────┘
 *
 * A new JobDb takes the messages of this run, and when it is full the next one does (sealer.ts). Those that earlier runs
 * left are read in the background, for what is unsettled in them, while messages are being accepted already; each is
 * marked drained and closed when nothing in it is (job-dbs.ts). A resend or an erasure opens the JobDb of its message again.
 *
 * Crash anywhere: what was not durable was not acknowledged; what was durable and not settled is found by the next start;
 * an attempt whose outcome was not durable is made again under the same message id.
 */
import type { PlacedAnswer } from "../core/answer.ts";
import {
  deliveryNumberOf,
  type DeliveryNumber,
  type PendingDelivery,
  type Step,
} from "../core/delivery.ts";
import { isProgramFault, PosthornError } from "../core/errors.ts";
import type { Address, EndpointKey } from "../core/ids.ts";
import type { IncomingMessage, MessageRow } from "../core/message.ts";
import { ApplicationTallies } from "./application-tallies.ts";
import { Canceller } from "./canceller.ts";
import { addressOf, CommitLoop, type Committed } from "./commit-loop.ts";
import type { DirectorOptions } from "./director-options.ts";
import { Dispatcher } from "./dispatcher.ts";
import { Eraser } from "./eraser.ts";
import { HealthKeeper } from "./health-keeper.ts";
import type { Cancellation, MessagePlace, NewResend, QueueState } from "./facade.ts";
import type { DirectorSurvey, TrafficOfApplications } from "./traffic.ts";
import { JobDbs } from "./job-dbs.ts";
import { PayloadCache } from "./payload-cache.ts";
import type { EndedAttempt, JobDb } from "./ports.ts";
import { QueueViews } from "./queue-views.ts";
import { Refiller } from "./refiller.ts";
import { Sealer } from "./sealer.ts";
import type { VirtualQueue } from "./virtual-queue.ts";
import { VirtualQueues } from "./virtual-queues.ts";

type State = "accepting" | "stopping" | "failed";

export class Director {
  readonly eraser: Eraser;
  readonly #options: DirectorOptions;
  readonly #queues: VirtualQueues;
  readonly #payloads = new PayloadCache();
  readonly #tallies = new ApplicationTallies();
  readonly #commitLoop: CommitLoop;
  readonly #dispatcher: Dispatcher;
  readonly #refiller: Refiller;
  readonly #jobDbs: JobDbs;
  readonly #sealer: Sealer;
  readonly #canceller: Canceller;
  readonly #health: HealthKeeper;
  readonly #views: QueueViews;
  #state: State = "accepting";

  private constructor(options: DirectorOptions, open: JobDb) {
    this.#options = options;
    const { clock, random, store } = options;
    const onFailure = (error: unknown) => this.#fail(error);
    const jobDbOf = (number: number) => this.#jobDbs.jobDbOf(number);
    this.#commitLoop = new CommitLoop({
      clock,
      random,
      openJobDb: open.number,
      onCommitted: (committed) => this.#admit(committed),
      onEnded: () => this.#sealer.look(),
      onFailure,
    });
    this.#dispatcher = new Dispatcher({
      ...options,
      commitLoop: this.#commitLoop,
      payloads: this.#payloads,
      tallies: this.#tallies,
      jobDbOf,
      queueOf: (endpoint) => this.#queues.find(endpoint),
      onTaken: (queue) => this.#refiller.ask(queue),
      onRecorded: (queue, delivery, step) => this.#recorded(queue, delivery, step),
      onDeleted: (queue) => this.#forget(queue),
      onJudged: ({ endpoint, gate }) => this.#health.look(endpoint, gate.pause),
      onFailure,
    });
    this.#refiller = new Refiller({
      clock,
      jobDbOf,
      dueUntilMs: () => this.#plansFromMs(),
      onRefilled: (queue, doneWith) => this.#refilled(queue, doneWith),
      onFailure,
    });
    const onOpened = (jobDb: JobDb) => this.#commitLoop.add(jobDb);
    const onFound = (jobDb: JobDb, endpoints: readonly EndpointKey[]) =>
      this.#found(jobDb, endpoints);
    const onClosing = (jobDb: JobDb) => this.#commitLoop.remove(jobDb.number);
    this.#jobDbs = new JobDbs({ store, onOpened, onFound, onClosing, onFailure }, open);
    this.#sealer = new Sealer({
      clock,
      store,
      sealing: options.sealing,
      openSize: () => this.#commitLoop.openSize,
      onNext: (next) => this.#change(next),
      onFailure,
    });
    this.#health = new HealthKeeper({
      clock,
      pauseOf: (endpoint) => this.#queues.gateOf(endpoint)?.pause,
      onHealth: options.onHealth,
    });
    this.#queues = new VirtualQueues({ ...options, health: this.#health });
    this.#views = new QueueViews({ ...options, queues: this.#queues, jobDbOf });
    this.#canceller = new Canceller({
      ...options,
      commitLoop: this.#commitLoop,
      tallies: this.#tallies,
      jobDbs: this.#jobDbs,
      queueOf: (endpoint) => this.#queues.find(endpoint),
      onResumed: (queue, doneWith) => this.#resumed(queue, doneWith),
    });
    this.eraser = new Eraser({
      clock,
      expiring: (untilMs) => store.expiring(untilMs),
      withJobDb: (number, use) => this.#jobDbs.with(number, use),
      payloads: this.#payloads,
      assertAccepting: () => this.#assertAccepting(),
      onFailure,
    });
  }

  /** Opens a JobDb for new messages, accepts from then on, and goes to look for what earlier runs left. */
  static async start(options: DirectorOptions): Promise<Director> {
    const director = new Director(options, await options.store.create());
    void director.#findOlder();
    director.eraser.start();
    return director;
  }

  get accepting(): boolean {
    return this.#state === "accepting";
  }

  /**
   * Makes messages durable in one transaction and resolves to their addresses; then their deliveries begin. Answers about
   * some of them are kept in the same transaction.
   * Fails with `shutting_down`, `overloaded`, `jobdb_failed` or `jobdb_stale_owner`.
   */
  async accept(
    messages: readonly IncomingMessage[],
    answers: readonly PlacedAnswer[] = [],
  ): Promise<readonly Address[]> {
    this.#assertAccepting();
    const { jobDb, rows } = await this.#commitLoop.submit(messages, answers);
    return rows.map((row) => addressOf(jobDb, row));
  }

  /**
   * Makes it durable that messages will be sent again; then they are. Fails as `accept`, and with `jobdb_dropped` if one is
   * not there any more.
   */
  async resend(resends: readonly NewResend[]): Promise<void> {
    this.#assertAccepting();
    const numbers = new Set(resends.map(({ message }) => message.jobDb));
    await this.#jobDbs.withAll([...numbers], () =>
      this.#commitLoop.resend({
        resends: resends.map(({ message, ...rest }) => ({
          jobDb: message.jobDb,
          messageRow: message.row,
          ...rest,
        })),
        recorded: (atMs) => {
          for (const { message, endpoint } of resends) this.#resent(message.jobDb, endpoint, atMs);
        },
      }),
    );
  }

  /** Cancels what waits for an endpoint, at most `limits.cancelledTogetherMax`, as `Queues.cancel`. */
  async cancel(endpoint: EndpointKey): Promise<Cancellation> {
    this.#assertAccepting();
    await this.#jobDbs.found;
    return this.#canceller.cancel(endpoint);
  }

  /** From now on this is told of each attempt that has ended; undefined: nobody wants to know. */
  watchAttempts(onAttempted: ((attempt: EndedAttempt) => void) | undefined): void {
    this.#dispatcher.watchAttempts(onAttempted);
  }

  /** Cancels what waits of some messages for an endpoint, as `Queues.cancelMessages`. */
  async cancelMessages(
    endpoint: EndpointKey,
    messages: readonly MessagePlace[],
  ): Promise<Cancellation> {
    this.#assertAccepting();
    await this.#jobDbs.found;
    return this.#canceller.cancelMessages(endpoint, messages);
  }

  /** Has an endpoint that is paused or held tried at once; resolves to whether it was. */
  async probe(endpoint: EndpointKey): Promise<boolean> {
    this.#assertAccepting();
    const rested = this.#queues.gateOf(endpoint)?.probe(this.#options.clock.nowMs()) ?? false;
    const queue = this.#queues.find(endpoint);
    if (rested && queue !== undefined) {
      this.#dispatcher.offer(queue);
      this.#dispatcher.pump();
    }
    return rested;
  }

  /** Erases a JobDb for good; false if it is in use or something in it is unsettled. Fails as a JobDb does. */
  async drop(jobDb: number): Promise<boolean> {
    this.#assertAccepting();
    return this.#jobDbs.drop(jobDb);
  }

  /** How an endpoint's queue stands, with the sums of its application's. Fails as a JobDb does. */
  async queue(endpoint: EndpointKey, siblings: readonly EndpointKey[]): Promise<QueueState> {
    this.#assertAccepting();
    return this.#views.queue(endpoint, siblings);
  }

  /** How all queues stand. Fails as a JobDb does. */
  async surveyQueues(): Promise<DirectorSurvey> {
    this.#assertAccepting();
    return this.#views.survey();
  }

  /** Attempts under way. */
  get inFlight(): number {
    return this.#dispatcher.inFlight;
  }

  /** What has happened since this was last asked. */
  takeTraffic(): TrafficOfApplications {
    return this.#tallies.take();
  }

  /** The endpoint has changed: if its queue was held, rested or waited for its rate, it is looked at again. */
  endpointChanged(endpoint: EndpointKey): void {
    const queue = this.#queues.find(endpoint);
    const gate = this.#queues.gateOf(endpoint);
    const destination = this.#options.destinations.find(endpoint);
    if (gate !== undefined) {
      gate.changed(destination);
      gate.heed(destination?.handPause, this.#options.clock.nowMs());
      this.#health.look(endpoint, gate.pause);
    }
    if (queue === undefined) return;
    queue.held = false;
    if (destination !== undefined) queue.order(destination.ordered);
    this.#refiller.ask(queue);
    this.#dispatcher.offer(queue);
    this.#dispatcher.pump();
  }

  /**
   * Accepts and starts nothing more, lets attempts under way end, makes their outcomes durable and closes the store.
   * Resolves when all that is done; what takes longer than `withinMs` is cut off and will be attempted again.
   */
  async stop(withinMs: number): Promise<void> {
    if (this.#state === "accepting") this.#state = "stopping";
    this.#options.recorder.close();
    this.#refiller.stop();
    this.#sealer.stop();
    this.#canceller.stop();
    this.eraser.stop();
    this.#health.stop();
    const { promise: late, resolve } = Promise.withResolvers<void>();
    const timer = this.#options.clock.after(withinMs, resolve);
    await Promise.race([this.#dispatcher.stop(), late]);
    timer.stop();
    this.#dispatcher.abandon();
    await this.#commitLoop.flush();
    await this.#options.transport.close();
    await this.#options.store.close();
  }

  #assertAccepting(): void {
    if (this.#state === "accepting") return;
    throw new PosthornError(
      "shutting_down",
      "this server is stopping; send this again in a few seconds",
    );
  }

  #resent(jobDb: number, endpoint: EndpointKey, atMs: number): void {
    const queue = this.#queues.ofExisting(endpoint);
    if (queue === undefined) return; // the next start finds nothing to do there
    if (queue.resent(jobDb, atMs)) this.#jobDbs.queued(jobDb);
    this.#tallies.of(queue.application).count("resends");
    this.#refiller.ask(queue);
  }

  /** Messages go to `next` from now on, and what they go to now is sealed. */
  #change(next: JobDb): void {
    this.#jobDbs.seal(next);
    this.#commitLoop.change(next.number);
  }

  #admit({ jobDb, rows }: Committed): void {
    for (const row of rows) this.#admitMessage(jobDb, row);
    this.#dispatcher.pump();
  }

  #admitMessage(jobDb: number, row: MessageRow): void {
    let inWindows = 0;
    for (const [ordinal, recipient] of row.recipients.entries()) {
      if (recipient.skipped) continue;
      const queue = this.#queues.of(recipient.endpoint, row.application);
      if (this.#admitDelivery(queue, jobDb, deliveryNumberOf(row.row, ordinal))) inWindows += 1;
    }
    const { eventType, payload, trace } = row;
    this.#payloads.keep({ address: addressOf(jobDb, row), eventType, payload, trace }, inWindows);
    this.#tallies.of(row.application).accepted(row);
  }

  #admitDelivery(queue: VirtualQueue, jobDb: number, delivery: DeliveryNumber): boolean {
    if (!queue.has(jobDb)) this.#jobDbs.queued(jobDb);
    const admitted = queue.admit(jobDb, delivery, this.#plansFromMs());
    if (admitted) this.#dispatcher.offer(queue);
    else this.#refiller.ask(queue);
    return admitted;
  }

  /** What is planned and not durable yet is due after this, Unix milliseconds. */
  #plansFromMs(): number {
    return Math.min(this.#options.clock.nowMs(), this.#commitLoop.oldestPlanAtMs);
  }

  #recorded(queue: VirtualQueue, delivery: PendingDelivery, step: Step): void {
    if (queue.recorded(delivery, step)) this.#doneWith(queue, delivery.jobDb);
    else this.#refiller.ask(queue);
    if (queue.ordered) this.#dispatcher.offer(queue); // what follows the head has waited for this
    this.#dispatcher.pump();
  }

  #resumed(queue: VirtualQueue, doneWith: readonly number[]): void {
    for (const jobDb of doneWith) this.#jobDbs.release(jobDb);
    if (queue.idle) this.#queues.remove(queue);
    this.#refiller.ask(queue);
    this.#dispatcher.offer(queue);
    this.#dispatcher.pump();
  }

  #refilled(queue: VirtualQueue, doneWith: number | undefined): void {
    if (doneWith !== undefined) this.#doneWith(queue, doneWith);
    this.#dispatcher.offer(queue);
    this.#dispatcher.pump();
  }

  #forget(queue: VirtualQueue): void {
    for (const jobDb of queue.discard()) this.#doneWith(queue, jobDb);
  }

  #doneWith(queue: VirtualQueue, jobDb: number): void {
    this.#jobDbs.release(jobDb);
    if (queue.idle) this.#queues.remove(queue);
  }

  async #findOlder(): Promise<void> {
    try {
      await this.#jobDbs.find();
      for (const queue of this.#queues.completed()) this.#refiller.ask(queue);
    } catch (error) {
      this.#fail(error);
    }
  }

  #found(jobDb: JobDb, endpoints: readonly EndpointKey[]): void {
    for (const endpoint of endpoints) {
      const queue = this.#queues.ofExisting(endpoint);
      if (queue === undefined) {
        this.#jobDbs.release(jobDb.number); // nothing will be sent to an endpoint that has been deleted
        continue;
      }
      queue.recover(jobDb.number);
      this.#refiller.ask(queue);
    }
  }

  #fail(error: unknown): void {
    if (this.#state === "failed") return;
    const isClosing = error instanceof PosthornError && error.code === "shutting_down";
    if (this.#state === "stopping" && isClosing) return; // work in the background, which the next start does again
    this.#state = "failed";
    if (isProgramFault(error)) this.#options.recorder.died();
    this.#refiller.stop();
    this.#sealer.stop();
    this.eraser.stop();
    this.#options.onFailure(error);
  }
}
