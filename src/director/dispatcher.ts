/**
 * Sends: gives free slots to virtual queues in the order that the fair scheduler decides, and turns each outcome into what
 * follows from it.
 *
 *     runnable queue ─▶ slot ─▶ destination (LDB) ─▶ payload ─▶ transport ─▶ outcome ─▶ core decides ─▶ attempt row
 *                       └──────────────────────────── on the flight record ────────────────────────────────┘ durable
 *
 * A slot is free again as soon as the outcome is known; the delivery leaves its queue's account when the outcome is
 * durable. Between the two a crash repeats the attempt, and `limits.uncommittedOutcomesMax` bounds how many can.
 */
import {
  isDelivered,
  isGone,
  lastStep,
  messageRowOf,
  nextStep,
  type Outcome,
  type PendingDelivery,
  type Step,
  stepOfUnsent,
} from "../core/delivery.ts";
import { type Address, messageIdOf, type EndpointKey } from "../core/ids.ts";
import { limits } from "../core/limits.ts";
import { mayBeTold } from "../core/operational-event.ts";
import type { RetrySchedule } from "../core/retry-schedule.ts";
import { traceparentOf } from "../core/trace-context.ts";
import { type Answer, answerOf, attemptRowOf, notSent, type WhyNotSent } from "./attempt-row.ts";
import type { CommitLoop } from "./commit-loop.ts";
import type { Passage } from "./endpoint-gate.ts";
import { Lineup } from "./lineup.ts";
import type { PayloadCache } from "./payload-cache.ts";
import { beginSpan, contextOf, endSpan, outcomeWithoutBody } from "./attempt-trace.ts";
import type {
  AttemptSpan,
  Clock,
  Destination,
  Destinations,
  EndedAttempt,
  FlightRecorder,
  JobDb,
  QuarantinedDelivery,
  Random,
  StoredPayload,
  Transport,
} from "./ports.ts";
import type { ApplicationTallies } from "./application-tallies.ts";
import { Turnstile } from "./turnstile.ts";
import type { VirtualQueue } from "./virtual-queue.ts";

export interface DispatcherOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly destinations: Destinations;
  readonly transport: Transport;
  readonly recorder: FlightRecorder;
  readonly schedule: RetrySchedule;
  /** Of the time, that bulk may be sent in while others are sent a little; 1: always. */
  readonly bulkShare: number;
  readonly commitLoop: CommitLoop;
  readonly payloads: PayloadCache;
  readonly tallies: ApplicationTallies;
  readonly jobDbOf: (number: number) => JobDb;
  /** Undefined: nothing of the endpoint is unsettled any more. */
  readonly queueOf: (endpoint: EndpointKey) => VirtualQueue | undefined;
  /** A delivery left the window: there may be room for more. */
  readonly onTaken: (queue: VirtualQueue) => void;
  /** The outcome of an attempt is durable. */
  readonly onRecorded: (queue: VirtualQueue, delivery: PendingDelivery, step: Step) => void;
  /** The endpoint is not there any more: nothing of its queue will be sent. */
  readonly onDeleted: (queue: VirtualQueue) => void;
  /** What is known of the endpoint's failures may have changed. */
  readonly onJudged: (queue: VirtualQueue) => void;
  /** The endpoint answered 410. */
  readonly onGone: (endpoint: EndpointKey) => void;
  /** The endpoint has only failed since then (Unix milliseconds), for `limits.disableAfterMs`. */
  readonly onFailedForLong: (endpoint: EndpointKey, sinceMs: number) => void;
  /** An attempt is durable that there may be something to tell the operator of. */
  readonly onNotable: (jobDb: number) => void;
  /** An attempt of a message whose producer traces it has ended. */
  readonly onTraced: (span: AttemptSpan) => void;
  /** A message's payload is not what was stored. It was not sent. */
  readonly onDamaged: (message: Address) => void;
  /** A delivery was given up on because its handling ends the process, and that is durable. */
  readonly onQuarantined: (quarantined: QuarantinedDelivery) => void;
  readonly onFailure: (error: unknown) => void;
}

/** An attempt under way. */
interface Attempt {
  readonly queue: VirtualQueue;
  readonly delivery: PendingDelivery;
  readonly destination: Destination;
  readonly passage: Passage;
  /** When it took its slot, Unix milliseconds. */
  readonly takenAtMs: number;
  /** On the flight record. */
  readonly place: number;
}

/** What is recorded of one. */
interface Conclusion {
  readonly step: Step;
  readonly answer: Answer;
  readonly decidedAtMs: number;
}

export class Dispatcher {
  readonly #options: DispatcherOptions;
  readonly #turnstile: Turnstile;
  readonly #lineup: Lineup;
  #slots: number = limits.slots;
  #inFlightBytes = 0;
  /** On starting attempts in this turn of the event loop; undefined: none yet. */
  #spentMs: number | undefined;
  #stopping: PromiseWithResolvers<void> | undefined;
  #abandoned = false;
  #onAttempted: ((attempt: EndedAttempt) => void) | undefined;

  constructor(options: DispatcherOptions) {
    this.#options = options;
    this.#turnstile = new Turnstile({ ...options, onOpened: () => this.pump() });
    this.#lineup = new Lineup({ ...options, onTurn: (queues) => this.#callBack(queues) });
  }

  /** Attempts under way. */
  get inFlight(): number {
    return limits.slots - this.#slots;
  }

  /** From now on this is told of each attempt that has ended, and what follows from it; undefined: nobody wants to know. */
  watchAttempts(onAttempted: ((attempt: EndedAttempt) => void) | undefined): void {
    this.#onAttempted = onAttempted;
  }

  /** The queue may have something to send. */
  offer(queue: VirtualQueue): void {
    this.#turnstile.offer(queue);
  }

  /**
   * Fills the free slots, for a moment in each turn of the event loop, so that whoever comes meanwhile is not held up by all
   * that could start at once. Never throws: whoever was told that a message is durable must not hear of other troubles.
   */
  pump(): void {
    const { clock, onFailure } = this.#options;
    try {
      while ((this.#spentMs ?? 0) < limits.startingTurnMs && this.#mayStart()) {
        const queue = this.#turnstile.next();
        if (queue === undefined) return;
        if (this.#spentMs === undefined) clock.soon(() => this.#turn());
        const beganAtMs = clock.steadyMs();
        this.#serve(queue);
        this.#spentMs = (this.#spentMs ?? 0) + clock.steadyMs() - beganAtMs;
      }
    } catch (error) {
      onFailure(error);
    }
  }

  /** Starts nothing more; resolves when nothing is under way. */
  async stop(): Promise<void> {
    this.#turnstile.stop();
    this.#lineup.stop();
    this.#stopping ??= Promise.withResolvers<void>();
    if (this.inFlight === 0) this.#stopping.resolve();
    await this.#stopping.promise;
  }

  /** Forgets the attempts under way: their outcomes will not be recorded, so they will be made again. */
  abandon(): void {
    this.#abandoned = true;
  }

  #turn(): void {
    this.#spentMs = undefined;
    this.pump();
  }

  #mayStart(): boolean {
    return (
      this.#slots > 0 &&
      this.#stopping === undefined &&
      this.#inFlightBytes < limits.inFlightBytesMax &&
      !this.#options.commitLoop.congested
    );
  }

  #serve(queue: VirtualQueue): void {
    const destination = this.#options.destinations.find(queue.endpoint);
    if (destination === undefined) {
      this.#options.onDeleted(queue);
    } else if (destination.disabled) {
      queue.held = true;
    } else if (this.#isPausedByHand(queue, destination)) {
      this.offer(queue);
    } else {
      this.#start(queue, destination);
      this.offer(queue);
    }
  }

  /** Asked of the LDB itself: whoever is told that the endpoint is paused sees no attempt start from then on. */
  #isPausedByHand({ gate }: VirtualQueue, { handPause }: Destination): boolean {
    const nowMs = this.#options.clock.nowMs();
    gate.heed(handPause, nowMs);
    return gate.isPausedByHand(nowMs);
  }

  #start(queue: VirtualQueue, destination: Destination): void {
    const takenAtMs = this.#options.clock.nowMs();
    const delivery = queue.take(takenAtMs, this.#lineup.judgeOf(queue));
    if (delivery === undefined) return;
    const passage = this.#turnstile.pass(queue, destination);
    this.#options.onTaken(queue);
    this.#slots -= 1;
    const isConvicted = this.#lineup.isConvicted(delivery);
    const place = this.#lineup.began(delivery);
    const attempt = { queue, delivery, destination, passage, takenAtMs, place };
    if (isConvicted) {
      this.#cancel(attempt, "quarantined");
      return;
    }
    const row = messageRowOf(delivery.delivery);
    const kept = this.#options.payloads.take(delivery.jobDb, row);
    void (kept === undefined ? this.#readAndSend(attempt, row) : this.#send(attempt, kept));
  }

  async #readAndSend(attempt: Attempt, row: number): Promise<void> {
    const { payloads, jobDbOf, onFailure } = this.#options;
    let stored;
    try {
      const { jobDb } = attempt.delivery;
      stored = await payloads.read(jobDbOf(jobDb), row, attempt.queue.comingOf(jobDb));
    } catch (error) {
      if (!this.#abandoned) onFailure(error);
      this.#makeNothingOf(attempt);
      this.#free(attempt);
      return;
    }
    await this.#send(attempt, stored);
  }

  async #send(attempt: Attempt, stored: StoredPayload): Promise<void> {
    const { transport, clock, random, onTraced } = this.#options;
    const { address, payload } = stored;
    if (typeof payload === "string") {
      if (!this.#abandoned) this.#cancel(attempt, payload);
      if (payload === "damaged") this.#options.onDamaged(address);
      return;
    }
    const bytes = payload.length;
    this.#inFlightBytes += bytes;
    const { destination, delivery } = attempt;
    const atMs = clock.nowMs();
    const of = { endpoint: destination.id, attempt: delivery.attempt, startedAtMs: atMs };
    const span = beginSpan(stored, of, random);
    const traceparent = span && traceparentOf(contextOf(span));
    const request = { destination, messageId: messageIdOf(address), atMs, payload, traceparent };
    const outcome = await transport.send(request);
    this.#inFlightBytes -= bytes;
    if (span !== undefined) onTraced(endSpan(span, outcome));
    if (!this.#abandoned) this.#conclude(attempt, outcome, stored);
  }

  #conclude(attempt: Attempt, outcome: Outcome, { address, eventType }: StoredPayload): void {
    const { clock, random, schedule, onGone } = this.#options;
    const { queue, delivery } = attempt;
    const now = { nowMs: clock.nowMs(), random: random.unit() };
    const next = nextStep(delivery, outcome, schedule, now);
    const step = queue.underWay.isGivenUp(delivery) ? lastStep(next) : next;
    this.#options.tallies.of(queue.application).attempted(outcome);
    this.#count(attempt, step, now.nowMs - address.atMs);
    this.#onAttempted?.({
      messageId: messageIdOf(address),
      application: queue.application,
      eventType,
      endpoint: attempt.destination.id,
      attempt: delivery.attempt,
      atMs: now.nowMs,
      outcome: outcomeWithoutBody(outcome),
      step,
    });
    this.#judge(attempt, outcome, now);
    if (isGone(outcome)) {
      queue.held = true;
      onGone(queue.endpoint);
    }
    this.#record(attempt, { step, answer: answerOf(outcome), decidedAtMs: now.nowMs });
  }

  /** What the outcome says of the endpoint. What follows for its deliveries shows when they are offered again. */
  #judge(
    { queue, passage }: Attempt,
    outcome: Outcome,
    { nowMs }: { readonly nowMs: number },
  ): void {
    const now = { nowMs, random: this.#options.random.unit() };
    const decision = queue.gate.passed({ passage, outcome, inFlight: queue.inFlight }, now);
    this.#options.onJudged(queue);
    switch (decision.kind) {
      case "continue":
      case "hold":
      case "pause":
      case "resume":
        return;
      case "disable":
        queue.held = true;
        this.#options.onFailedForLong(queue.endpoint, decision.failingSinceMs);
    }
  }

  /** There is nothing to send, and never will be. */
  #cancel(attempt: Attempt, why: WhyNotSent): void {
    this.#makeNothingOf(attempt);
    const isPoison = why === "quarantined";
    const step = stepOfUnsent(attempt.delivery, isPoison ? "exhausted" : "cancelled");
    const decidedAtMs = this.#options.clock.nowMs();
    this.#count(attempt, step, 0);
    if (isPoison) this.#options.tallies.of(attempt.queue.application).count("quarantined");
    const durable = isPoison ? () => void this.#tellQuarantined(attempt) : undefined;
    this.#record(attempt, { step, answer: notSent(why), decidedAtMs }, durable);
  }

  /** Only now is the message looked at, for its id: if that ends the process too, the next one does not look. */
  async #tellQuarantined({ delivery, destination }: Attempt): Promise<void> {
    const { payloads, jobDbOf, onQuarantined, onFailure } = this.#options;
    const row = messageRowOf(delivery.delivery);
    try {
      const { address } = await payloads.read(jobDbOf(delivery.jobDb), row);
      onQuarantined({ message: address, endpoint: destination.id });
    } catch (error) {
      if (!this.#abandoned) onFailure(error);
    }
  }

  #count({ queue }: Attempt, step: Step, latencyMs: number): void {
    const tally = this.#options.tallies.of(queue.application);
    if (isDelivered(step)) tally.delivered(latencyMs);
    else if (step.kind === "settle") tally.count(step.settlement);
    else if (step.kind === "retry") tally.count("retries");
  }

  #makeNothingOf({ queue, passage }: Attempt): void {
    queue.gate.passedInVain(passage);
  }

  #record(attempt: Attempt, { step, answer, decidedAtMs }: Conclusion, durable?: () => void): void {
    const { commitLoop, onRecorded, onNotable } = this.#options;
    const { queue, delivery, destination, place } = attempt;
    const row = attemptRowOf(delivery, { url: destination.url, step, answer });
    commitLoop.record({
      jobDb: delivery.jobDb,
      attempt: row,
      decidedAtMs,
      isAwaited: queue.ordered,
      recorded: () => {
        this.#lineup.ended(delivery, place);
        durable?.(); // before whoever is told next may be done with the JobDb
        onRecorded(queue, delivery, step);
        if (mayBeTold(row)) onNotable(delivery.jobDb);
      },
    });
    this.#free(attempt);
  }

  #callBack(queues: readonly VirtualQueue[]): void {
    for (const queue of queues) {
      queue.callBack();
      this.offer(queue);
    }
    this.pump();
  }

  #free({ queue, takenAtMs }: Attempt): void {
    queue.release();
    this.#slots += 1;
    this.#turnstile.finished(queue, this.#options.clock.nowMs() - takenAtMs);
    this.offer(queue);
    this.pump();
    if (this.inFlight === 0) this.#stopping?.resolve();
  }
}
