/**
 * Erases what somebody asks for, and payloads that have been kept for as long as their messages asked for: looks through the JobDbs in which some may
 * have been, one after the other, a few rows at a time, and again after a while.
 */
import { PosthornError } from "../core/errors.ts";
import { limits } from "../core/limits.ts";
import type { Address } from "../core/ids.ts";
import type { PayloadCache } from "./payload-cache.ts";
import type { Clock, JobDb, Purge, PurgedPage, Stoppable } from "./ports.ts";

export interface EraserOptions {
  readonly clock: Clock;
  /** The JobDbs that may have payloads whose time is over before then, Unix milliseconds. */
  readonly expiring: (untilMs: number) => Promise<readonly number[]>;
  /** Opens a JobDb for as long as `use` takes. Fails with `jobdb_dropped` if it is not there any more. */
  readonly withJobDb: <Result>(
    number: number,
    use: (jobDb: JobDb) => Promise<Result>,
  ) => Promise<Result>;
  readonly payloads: Pick<PayloadCache, "forget" | "forgetAll">;
  /** @throws PosthornError while nothing is to be begun */
  readonly assertAccepting: () => void;
  readonly onFailure: (error: unknown) => void;
}

export class Eraser {
  readonly #options: EraserOptions;
  #timer: Stoppable | undefined;
  #stopped = false;

  constructor(options: EraserOptions) {
    this.#options = options;
  }

  /** Looks through all JobDbs, now and every `limits.erasureIntervalMs`. */
  start(): void {
    void this.#round();
  }

  stop(): void {
    this.#stopped = true;
    this.#timer?.stop();
  }

  /** Erases a message's payload; resolves when that is durable. What of it is being sent already still is. */
  async erasePayload({ jobDb, row }: Address): Promise<void> {
    const { assertAccepting, payloads, withJobDb } = this.#options;
    assertAccepting();
    payloads.forget(jobDb, row);
    await withJobDb(jobDb, (opened) => opened.erasePayload(row));
    payloads.forget(jobDb, row); // what was read ahead meanwhile
  }

  /** Erases what an endpoint answered to an attempt; resolves when that is durable. */
  async eraseResponse({ jobDb, row }: Address): Promise<void> {
    this.#options.assertAccepting();
    await this.#options.withJobDb(jobDb, (opened) => opened.eraseResponse(row));
  }

  /** Erases a page of what is in a scope; resolves when that is durable. What of it is being sent already still is. */
  async purge(jobDb: number, purge: Purge): Promise<PurgedPage> {
    const { assertAccepting, payloads, withJobDb } = this.#options;
    assertAccepting();
    const page = await withJobDb(jobDb, (opened) => opened.purge(purge));
    payloads.forgetAll(jobDb);
    return page;
  }

  async #round(): Promise<void> {
    const { clock, expiring, onFailure } = this.#options;
    try {
      for (const number of await expiring(clock.nowMs() + 1)) {
        if (this.#stopped) return;
        await this.#eraseIn(number);
      }
    } catch (error) {
      onFailure(error);
      return;
    }
    if (this.#stopped) return;
    this.#timer = clock.after(limits.erasureIntervalMs, () => void this.#round());
  }

  async #eraseIn(number: number): Promise<void> {
    try {
      await this.#options.withJobDb(number, (jobDb) => this.#erase(jobDb));
    } catch (error) {
      if (!(error instanceof PosthornError) || error.code !== "jobdb_dropped") throw error;
    }
  }

  async #erase(jobDb: JobDb): Promise<void> {
    for (;;) {
      const nowMs = this.#options.clock.nowMs();
      const { nextAtMs } = await jobDb.eraseExpired(nowMs, limits.erasedRowsMax);
      if (nextAtMs > nowMs || this.#stopped) return;
    }
  }
}
