/** One Director's thread as the API's thread sees it. What is handed in during one turn of the event loop goes over in one piece. */
import { Worker } from "node:worker_threads";
import type { NewAnswer, PlacedAnswer } from "../core/answer.ts";
import type { InspectedRequest, InspectorAnswer } from "../core/arrival.ts";
import type { EndpointHealth } from "../control/facade.ts";
import { assert, PosthornError, uncarryError } from "../core/errors.ts";
import type { Address, EndpointKey } from "../core/ids.ts";
import { limits } from "../core/limits.ts";
import type { IncomingMessage } from "../core/message.ts";
import { buffersOf } from "../core/packed-rows.ts";
import { threadFileOf } from "../core/thread-file.ts";
import type { Suspect } from "../core/suspicion.ts";
import type { AttemptSpan, QuarantinedDelivery } from "../director/ports.ts";
import type { ActivityFeed } from "./activity-feed.ts";
import {
  flightRecordPath,
  FlightTable,
  newFlightMemory,
  writeFlightRecord,
} from "./flight-record.ts";
import { SystemClock } from "./system-clock.ts";
import { Watchdog } from "./watchdog.ts";
import type { DiskKeeper } from "./disk-keeper.ts";
import type { TrafficMeter } from "./traffic-meter.ts";
import {
  type DirectorThreadOptions,
  type FromDirector,
  type Order,
  type OrderAnswer,
  packMessages,
  type ToDirector,
  unpackAddress,
  type UnreadableEndpoint,
} from "./director-messages.ts";

type OfEach = "index" | "flightRecordPath" | "flightMemory" | "suspects" | "tellsAttempts";

export interface DirectorsOptions extends Omit<DirectorThreadOptions, OfEach> {
  /** Where flight records are, and what the run before has left in them. */
  readonly flightFolder: string;
  readonly suspects: readonly Suspect[];
  readonly disk: Pick<DiskKeeper, "low" | "assertRoom" | "grew">;
  /** An endpoint answered 410. */
  readonly onGone: (endpoint: EndpointKey) => void;
  /** It has only failed since then (Unix milliseconds), for long enough to be disabled. */
  readonly onFailedForLong: (endpoint: EndpointKey, sinceMs: number) => void;
  /** What is known of an endpoint's failures has changed and is to be made durable. */
  readonly onHealth: (health: EndpointHealth) => void;
  /** A JobDb has attempts that there may be something to tell the operator of. */
  readonly onNotable: (jobDb: number) => void;
  readonly meter: Pick<TrafficMeter, "sampled" | "surveyed">;
  /** Told of each message and attempt while it is watched. */
  readonly activity: Pick<ActivityFeed, "isWatched" | "onWatched" | "accepted" | "attempted">;
  /** Attempts have ended whose messages are traced. */
  readonly onTraced: (spans: readonly AttemptSpan[]) => void;
  /** An attempt is for the inspector. Resolves to its answer; undefined if there was none in its time. Never fails. */
  readonly onInspect: (request: InspectedRequest) => Promise<InspectorAnswer | undefined>;
  /** Something sealed of an endpoint can't be opened: nothing is sent to it. */
  readonly onUnreadable: (unreadable: UnreadableEndpoint) => void;
  /** A message's payload is not what was stored: its delivery is cancelled. */
  readonly onDamaged: (message: Address) => void;
  /** A delivery is given up on, as its handling ends the process. */
  readonly onQuarantined: (quarantined: QuarantinedDelivery) => void;
  /** A flight record can't be written: an unseen death will leave nothing to go by. */
  readonly onUnrecorded: (error: unknown) => void;
  /** Runs once: a Director can't go on, so the process should end and start again. */
  readonly onFailure: (error: PosthornError) => void;
}

/** Whoever handed in messages that are accepted together. */
interface Waiting {
  /** How many messages. */
  readonly count: number;
  readonly resolve: (addresses: readonly Address[]) => void;
  readonly reject: (error: PosthornError) => void;
}

/** What was handed in during one turn, in the same order in all. */
interface Batch {
  readonly messages: IncomingMessage[];
  readonly answers: PlacedAnswer[];
  readonly waiting: Waiting[];
}

type Watching = "meter" | "activity" | "onTraced" | "onInspect";
type Hindrance = "onUnreadable" | "onDamaged" | "onQuarantined" | "onUnrecorded";
type HindranceKind = "unreadable" | "damaged" | "quarantined" | "unrecorded";

export class RunningDirector {
  readonly #worker: Worker;
  readonly #options: Pick<
    DirectorsOptions,
    "onGone" | "onFailedForLong" | "onHealth" | "onNotable" | Hindrance | Watching
  >;
  readonly #index: number;
  readonly #onFailure: (error: PosthornError) => void;
  readonly #flightRecordPath: string;
  readonly #flightMemory = newFlightMemory();
  readonly #watchdog: Watchdog;
  readonly #started = Promise.withResolvers<void>();
  readonly #ended = Promise.withResolvers<void>();
  readonly #batches = new Map<number, Batch>();
  #gathering: Batch | undefined;
  #lastBatch = 0;
  #handedOver = 0;
  readonly #asked = new Map<number, PromiseWithResolvers<OrderAnswer>>();
  #lastAsked = 0;
  #failure: PosthornError | undefined;

  constructor(options: DirectorsOptions, index: number, onFailure: (error: PosthornError) => void) {
    const {
      onGone,
      onFailedForLong,
      onHealth,
      onNotable,
      onUnreadable,
      onDamaged,
      onQuarantined,
      onUnrecorded,
      meter,
      activity,
      onTraced,
      onInspect,
      onFailure: _,
      disk: __,
      flightFolder,
      suspects,
      ...plain
    } = options;
    const watching = { meter, activity, onTraced, onInspect };
    const hindrances = { onUnreadable, onDamaged, onQuarantined, onUnrecorded };
    this.#options = { onGone, onFailedForLong, onHealth, onNotable, ...hindrances, ...watching };
    this.#index = index;
    this.#onFailure = onFailure;
    this.#flightRecordPath = flightRecordPath(flightFolder, index);
    this.#watchdog = new Watchdog({ clock: new SystemClock(), onSilent: () => this.#giveUp() });
    const workerData: DirectorThreadOptions = {
      ...plain,
      index,
      tellsAttempts: activity.isWatched,
      flightRecordPath: this.#flightRecordPath,
      flightMemory: this.#flightMemory,
      suspects: suspects.filter(({ jobDb }) => jobDb % options.directors === index),
    };
    this.#worker = new Worker(
      new URL(threadFileOf("director-thread", import.meta.url), import.meta.url),
      {
        workerData,
        name: `director-${index}`,
        resourceLimits: { maxOldGenerationSizeMb: limits.directorHeapMebibytesMax },
      },
    );
    this.#worker.on("message", (message: FromDirector) => this.#receive(message));
    this.#worker.on("error", (error) => {
      this.#keepFlightRecord();
      this.#fail(
        new PosthornError(
          "thread_died",
          `a Director's thread died: ${error.stack ?? error.message}`,
        ),
      );
    });
    this.#worker.on("exit", () => {
      this.#watchdog.stop();
      this.#fail(new PosthornError("jobdb_failed", "a Director's thread ended"));
      this.#ended.resolve();
    });
  }

  get started(): Promise<void> {
    return this.#started.promise;
  }

  /** All of it is handed over in one piece, which the Director makes durable in one transaction. */
  accept(
    messages: readonly IncomingMessage[],
    answer: NewAnswer | undefined,
  ): Promise<readonly Address[]> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    if (this.#handedOver + messages.length > limits.uncommittedMessagesMax) {
      const text = `${this.#handedOver} messages wait to be stored; send this one again in a second`;
      return Promise.reject(new PosthornError("overloaded", text));
    }
    this.#handedOver += messages.length;
    const { promise, resolve, reject } = Promise.withResolvers<readonly Address[]>();
    if (this.#gathering === undefined) {
      this.#gathering = { messages: [], answers: [], waiting: [] };
      setImmediate(() => this.#handOver());
    }
    const count = messages.length;
    if (answer !== undefined) {
      const { hash, text } = answer;
      this.#gathering.answers.push({ hash, text, from: this.#gathering.messages.length, count });
    }
    this.#gathering.messages.push(...messages);
    this.#gathering.waiting.push({ count, resolve, reject });
    return promise;
  }

  /** Resolves when it is done. */
  ask(order: Order): Promise<OrderAnswer> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    if (this.#asked.size >= limits.ordersMax) {
      const text = `${this.#asked.size} orders are under way; ask for this one again in a second`;
      return Promise.reject(new PosthornError("overloaded", text));
    }
    const asked = Promise.withResolvers<OrderAnswer>();
    this.#lastAsked += 1;
    this.#asked.set(this.#lastAsked, asked);
    this.post({ kind: "ask", id: this.#lastAsked, order });
    return asked.promise;
  }

  post(message: ToDirector, moved: readonly ArrayBuffer[] = []): void {
    this.#worker.postMessage(message, moved);
  }

  async stop(withinMs: number): Promise<void> {
    this.post({ kind: "stop", withinMs });
    await this.#ended.promise;
  }

  #handOver(): void {
    const batch = this.#gathering;
    if (batch === undefined || this.#failure !== undefined) return;
    this.#gathering = undefined;
    this.#lastBatch += 1;
    this.#batches.set(this.#lastBatch, batch);
    const rows = packMessages(batch.messages, batch.answers);
    const messages = batch.messages.length;
    const answers = batch.answers.length;
    this.post({ kind: "accept", batch: this.#lastBatch, messages, answers, rows }, buffersOf(rows));
  }

  /** It does not come back from what it does. */
  #giveUp(): void {
    this.#keepFlightRecord();
    const seconds = (limits.watchIntervalMs * limits.missedTurnsMax) / 1000;
    const text = `a Director's thread has not answered for ${seconds} s`;
    this.#fail(new PosthornError("thread_died", text));
    void this.#worker.terminate();
  }

  /** The thread can't do it any more. */
  #keepFlightRecord(): void {
    try {
      const table = new FlightTable(this.#flightMemory);
      writeFlightRecord(this.#flightRecordPath, table.copy("seen"));
    } catch (error) {
      this.#options.onUnrecorded(error);
    }
  }

  #receive(message: FromDirector): void {
    this.#watchdog.heard();
    switch (message.kind) {
      case "started":
        this.#watchdog.start();
        this.#started.resolve();
        break;
      case "accepted":
        for (const accepted of message.batches) {
          this.#settle(accepted.batch, ({ resolve, count }, from) =>
            resolve(Array.from({ length: count }, (_, at) => unpackAddress(accepted, from + at))),
          );
        }
        break;
      case "refused": {
        const error = uncarryError(message.error, "jobdb_failed");
        this.#settle(message.batch, (waiting) => waiting.reject(error));
        break;
      }
      case "done":
        this.#asked.get(message.id)?.resolve(message.answer);
        this.#asked.delete(message.id);
        break;
      case "not-done":
        this.#asked.get(message.id)?.reject(uncarryError(message.error, "jobdb_failed"));
        this.#asked.delete(message.id);
        break;
      case "gone":
        this.#options.onGone(message.endpoint);
        break;
      case "failed-for-long":
        this.#options.onFailedForLong(message.endpoint, message.sinceMs);
        break;
      case "health":
        this.#options.onHealth(message);
        break;
      case "notable":
        for (const jobDb of message.jobDbs) this.#options.onNotable(jobDb);
        break;
      case "unreadable":
      case "damaged":
      case "quarantined":
      case "unrecorded":
        this.#tellHindrance(message);
        break;
      case "traffic":
        this.#options.meter.sampled(this.#index, message.sample);
        break;
      case "attempts":
        this.#options.activity.attempted(message.attempts);
        break;
      case "spans":
        this.#options.onTraced(message.spans);
        break;
      case "inspect":
        void this.#inspect(message.id, message.request);
        break;
      case "survey":
        this.#options.meter.surveyed(this.#index, message.survey);
        break;
      case "failed":
        this.#fail(uncarryError(message.error, "jobdb_failed"));
        break;
      case "stopped":
        this.#failure = new PosthornError("shutting_down", "this server is stopping");
        break;
    }
  }

  async #inspect(id: number, request: InspectedRequest): Promise<void> {
    const answer = await this.#options.onInspect(request);
    this.post({ kind: "inspected", id, answer });
  }

  #tellHindrance(message: FromDirector & { readonly kind: HindranceKind }): void {
    switch (message.kind) {
      case "unreadable":
        this.#options.onUnreadable(message);
        break;
      case "damaged":
        this.#options.onDamaged(message.message);
        break;
      case "quarantined":
        this.#options.onQuarantined(message.quarantined);
        break;
      case "unrecorded":
        this.#options.onUnrecorded(uncarryError(message.error, "data_unwritable"));
        break;
    }
  }

  /** @param settle is told where in the batch its messages begin */
  #settle(number: number, settle: (waiting: Waiting, from: number) => void): void {
    const batch = this.#batches.get(number);
    if (batch === undefined && this.#failure !== undefined) return; // whoever waited was told of the failure
    assert(batch !== undefined, "a Director answers for a batch once");
    this.#batches.delete(number);
    this.#handedOver -= batch.messages.length;
    let from = 0;
    for (const waiting of batch.waiting) {
      settle(waiting, from);
      from += waiting.count;
    }
  }

  /** Whoever waits is told; the process is told unless the thread was asked to stop. */
  #fail(error: PosthornError): void {
    const expected = this.#failure !== undefined;
    this.#failure ??= error;
    this.#started.reject(this.#failure);
    const batches = [
      ...this.#batches.values(),
      ...(this.#gathering === undefined ? [] : [this.#gathering]),
    ];
    this.#batches.clear();
    this.#gathering = undefined;
    for (const waiting of batches.flatMap((batch) => batch.waiting)) waiting.reject(this.#failure);
    for (const { reject } of this.#asked.values()) reject(this.#failure);
    this.#asked.clear();
    if (!expected) this.#onFailure(this.#failure);
  }
}
