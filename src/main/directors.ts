/**
 * The Directors' threads as the API's thread sees them. An application belongs to one Director, so its limits, its order
 * and its virtual queues are in one place.
 */
import type { Purge, PurgedPage } from "../director/ports.ts";
import type { NewAnswer } from "../core/answer.ts";
import { assert, PosthornError } from "../core/errors.ts";
import type { Address, EndpointKey } from "../core/ids.ts";
import { limits } from "../core/limits.ts";
import type { IncomingMessage } from "../core/message.ts";
import type {
  Cancellation,
  Intake,
  MessagePlace,
  NewResend,
  Queues,
  QueueState,
} from "../director/facade.ts";
import { mergeQueueStates } from "./merge-queue-states.ts";
import { type DirectorsOptions, RunningDirector } from "./running-director.ts";

export class Directors implements Intake, Queues {
  /** Resolves when all of them accept. Fails as opening a JobDb does; nothing runs then. */
  readonly started: Promise<void>;
  readonly #threads: readonly RunningDirector[];
  readonly #disk: DirectorsOptions["disk"];
  readonly #activity: DirectorsOptions["activity"];
  #state: "accepting" | "stopping" | "failed" = "accepting";

  /** Their threads start at once. */
  constructor(options: DirectorsOptions) {
    const { directors, disk, activity } = options;
    const fail = (error: PosthornError): void => this.#fail(error, options);
    this.#threads = Array.from(
      { length: directors },
      (_, index) => new RunningDirector(options, index, fail),
    );
    this.#disk = disk;
    this.#activity = activity;
    activity.onWatched((isAsked) => {
      for (const thread of this.#threads) thread.post({ kind: "tell-attempts", isAsked });
    });
    this.started = this.#awaitStarted();
    this.started.catch(() => undefined); // a start that ends before anybody waits for this has an error of its own
  }

  accepting(): boolean {
    return this.#state === "accepting" && !this.#disk.low;
  }

  async accept(message: IncomingMessage, answer?: NewAnswer): Promise<Address> {
    const [address] = await this.acceptAll([message], answer);
    assert(address !== undefined, "a Director answers for every message");
    return address;
  }

  async acceptAll(
    messages: readonly IncomingMessage[],
    answer?: NewAnswer,
  ): Promise<readonly Address[]> {
    if (this.#state !== "accepting") {
      const text = "this server is stopping; send the message again in a few seconds";
      throw new PosthornError("shutting_down", text);
    }
    const application = answer?.application ?? messages[0]?.application;
    if (application === undefined) return [];
    this.#disk.assertRoom();
    this.#disk.grew(
      messages.length,
      messages.reduce((sum, { payload }) => sum + payload.length, 0),
    );
    const isOfOne = messages.every((message) => message.application === application);
    assert(isOfOne, "messages that are accepted together are of one application");
    const accepting = this.#of(application).accept(messages, answer);
    if (!this.#activity.isWatched) return accepting;
    const addresses = await accepting;
    this.#activity.accepted(messages, addresses);
    return addresses;
  }

  async resend(resends: readonly NewResend[]): Promise<void> {
    this.#disk.assertRoom();
    const byOwner = Map.groupBy(resends, ({ message }) => this.#ownerOf(message.jobDb));
    await Promise.all(
      Array.from(byOwner, ([thread, own]) => thread.ask({ kind: "resend", resends: own })),
    );
  }

  async erasePayload(message: Address): Promise<void> {
    await this.#ownerOf(message.jobDb).ask({ kind: "erase-payload", message });
  }

  async eraseResponse(attempt: Address): Promise<void> {
    await this.#ownerOf(attempt.jobDb).ask({ kind: "erase-response", attempt });
  }

  /** Erases a page of what is in a scope. Fails as `resend`. */
  async purge(jobDb: number, purge: Purge): Promise<PurgedPage> {
    const order = { kind: "purge", jobDb, purge } as const;
    return (await this.#ownerOf(jobDb).ask(order)) as PurgedPage; // what it is answered with
  }

  /** Erases a JobDb for good; false if it is in use, or something in it is unsettled. Fails as `resend`. */
  async drop(jobDb: number): Promise<boolean> {
    return (await this.#ownerOf(jobDb).ask({ kind: "drop", jobDb })) === true;
  }

  /** Any Director may have deliveries for the endpoint; its application's own has what is known of it. */
  async queue(endpoint: EndpointKey, siblings: readonly EndpointKey[]): Promise<QueueState> {
    const order = { kind: "queue", endpoint, siblings } as const;
    const states = await Promise.all(this.#threads.map((thread) => thread.ask(order)));
    return mergeQueueStates(states as readonly QueueState[]); // what that order is answered with
  }

  /** As `queue`, one Director after the other. */
  async cancel(endpoint: EndpointKey): Promise<Cancellation> {
    let sum: Cancellation = { cancelled: 0, ending: 0 };
    for (const thread of this.#threads) {
      const answer = await thread.ask({ kind: "cancel", endpoint });
      const { cancelled, ending } = answer as Cancellation; // what that order is answered with
      sum = { cancelled: sum.cancelled + cancelled, ending: sum.ending + ending };
      if (sum.cancelled >= limits.cancelledTogetherMax) break;
    }
    return sum;
  }

  /** As `queue`: of each Director its own, and what is under way of any. */
  async cancelMessages(
    endpoint: EndpointKey,
    messages: readonly MessagePlace[],
  ): Promise<Cancellation> {
    const byOwner = Map.groupBy(messages, ({ jobDb }) => this.#ownerOf(jobDb));
    const cancellations = await Promise.all(
      this.#threads.map(async (thread) => {
        const own = byOwner.get(thread) ?? [];
        const order = { kind: "cancel-messages", endpoint, messages: own } as const;
        return (await thread.ask(order)) as Cancellation; // what that order is answered with
      }),
    );
    return {
      cancelled: cancellations.reduce((sum, { cancelled }) => sum + cancelled, 0),
      ending: cancellations.reduce((sum, { ending }) => sum + ending, 0),
    };
  }

  async probe(endpoint: EndpointKey): Promise<boolean> {
    const order = { kind: "probe", endpoint } as const;
    const rested = await Promise.all(this.#threads.map((thread) => thread.ask(order)));
    return rested.includes(true);
  }

  /** Any Director may have deliveries for the endpoint, from runs with another number of Directors. */
  endpointChanged(endpoint: EndpointKey): void {
    for (const thread of this.#threads) thread.post({ kind: "endpoint-changed", endpoint });
  }

  /** Accepts nothing more, lets attempts under way end within the time, and ends the threads. */
  async stop(withinMs: number): Promise<void> {
    if (this.#state === "accepting") this.#state = "stopping";
    await Promise.all(this.#threads.map((thread) => thread.stop(withinMs)));
  }

  async #awaitStarted(): Promise<void> {
    try {
      await Promise.all(this.#threads.map((thread) => thread.started));
    } catch (error) {
      await this.stop(0); // the others have started, and would keep the process alive
      throw error;
    }
  }

  #of(application: number): RunningDirector {
    return this.#threadOf(application);
  }

  /** Directors own JobDbs by their numbers, as jobdb/owner.ts says. */
  #ownerOf(jobDb: number): RunningDirector {
    return this.#threadOf(jobDb);
  }

  #threadOf(number: number): RunningDirector {
    const thread = this.#threads[number % this.#threads.length];
    assert(thread !== undefined, "there is at least one Director");
    return thread;
  }

  #fail(error: PosthornError, options: DirectorsOptions): void {
    if (this.#state === "failed") return;
    this.#state = "failed";
    options.onFailure(error);
  }
}
