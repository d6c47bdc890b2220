/**
 * Erases payloads that have been kept for as long as their messages asked for: looks through the JobDbs in which some may
 * have been, one after the other, a few rows at a time, and again after a while.
 */
import { PosthornError } from "../core/errors.ts";
import { limits } from "../core/limits.ts";
import type { Clock, JobDb, Stoppable } from "./ports.ts";

export interface EraserOptions {
  readonly clock: Clock;
  /** The JobDbs that may have payloads whose time is over before then, Unix milliseconds. */
  readonly expiring: (untilMs: number) => Promise<readonly number[]>;
  /** Opens a JobDb for as long as `use` takes. Fails with `jobdb_dropped` if it is not there any more. */
  readonly withJobDb: (number: number, use: (jobDb: JobDb) => Promise<void>) => Promise<void>;
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
