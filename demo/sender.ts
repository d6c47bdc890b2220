import { setTimeout as wait } from "node:timers/promises";
import { ApiException, type Svix } from "svix";
import type { DeliveryChecker } from "../test/e2e/delivery-checker.ts";
import type { Tally } from "../test/e2e/tally.ts";
import type { GitHubMessage } from "./github-messages.ts";

export interface SenderOptions {
  readonly svix: Svix;
  readonly messages: Iterator<GitHubMessage, void, void>;
  readonly checker: DeliveryChecker;
  readonly acknowledgements: Tally;
  /** Calls under way at once. */
  readonly concurrency: number;
}

const triesMax = 20;
const overloadPauseMs = 200;

/**
 * A producer that uses the official client: a call that fails without an answer is made again, until it is acknowledged.
 * While it is paused, failed calls wait to be made again, and no new one starts.
 */
export class Sender {
  readonly #options: SenderOptions;
  #gate: PromiseWithResolvers<void> | undefined;
  #calling = 0;
  #parked: PromiseWithResolvers<void> | undefined;

  constructor(options: SenderOptions) {
    this.#options = options;
  }

  /** Resolves when every message is acknowledged. */
  async run(): Promise<void> {
    await Promise.all(Array.from({ length: this.#options.concurrency }, () => this.#work()));
  }

  pause(): void {
    this.#gate = Promise.withResolvers();
  }

  /** Resolves when no call is under way. Only while paused. */
  async parked(): Promise<void> {
    if (this.#calling === 0) return;
    this.#parked = Promise.withResolvers();
    await this.#parked.promise;
  }

  resume(): void {
    this.#gate?.resolve();
    this.#gate = undefined;
  }

  async #work(): Promise<void> {
    const { messages } = this.#options;
    for (let next = messages.next(); next.done !== true; next = messages.next()) {
      await this.#sendUntilAcknowledged(next.value);
    }
  }

  async #sendUntilAcknowledged(message: GitHubMessage): Promise<void> {
    const { checker, acknowledgements } = this.#options;
    for (let tries = 1; tries <= triesMax; tries += 1) {
      await this.#gate?.promise;
      checker.sending(message);
      const messageId = await this.#call(message);
      if (messageId !== undefined) {
        checker.acknowledge(messageId, message);
        acknowledgements.add();
        return;
      }
      if (this.#gate === undefined) await wait(overloadPauseMs);
    }
    throw new Error(`a message was not acknowledged in ${triesMax} tries`);
  }

  /** The message's id, or undefined if the call may be made again. */
  async #call({ application, eventType, payload }: GitHubMessage): Promise<string | undefined> {
    this.#calling += 1;
    try {
      const { message: api } = this.#options.svix;
      return (await api.create(application, { eventType, payload })).id;
    } catch (error) {
      if (error instanceof ApiException && error.code < 500) throw error;
      return undefined;
    } finally {
      this.#calling -= 1;
      if (this.#calling === 0) this.#parked?.resolve();
    }
  }
}
