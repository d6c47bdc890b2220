/**
 * Erases payloads that have been kept for as long as their messages asked for: looks through all JobDbs of the Director
 * one after the other, a few rows at a time, and again when something may have expired since.
 */
import { PosthornError } from "../core/errors.ts";
import { limits } from "../core/limits.ts";
import type { Clock, JobDb, Stoppable } from "./ports.ts";

export interface EraserOptions {
  readonly clock: Clock;
  /** All JobDbs that have messages. */
  readonly numbers: () => Promise<readonly number[]>;
  /** Opens a JobDb for as long as `use` takes. Fails with `jobdb_dropped` if it is not there any more. */
  readonly withJobDb: (number: number, use: (jobDb: JobDb) => Promise<number>) => Promise<number>;
  readonly onFailure: (error: unknown) => void;
}

export class Eraser {
  readonly #options: EraserOptions;
  /** When something expires there next, as far as is known; JobDbs not seen yet are not in it. */
  readonly #nextAtMs = new Map<number, number>();
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
    const { clock, numbers, onFailure } = this.#options;
    try {
      for (const number of await numbers()) {
        if (this.#stopped) return;
        if ((this.#nextAtMs.get(number) ?? 0) > clock.nowMs()) continue;
        this.#nextAtMs.set(number, await this.#eraseIn(number));
      }
    } catch (error) {
      onFailure(error);
      return;
    }
    if (this.#stopped) return;
    this.#timer = clock.after(limits.erasureIntervalMs, () => void this.#round());
  }

  async #eraseIn(number: number): Promise<number> {
    try {
      return await this.#options.withJobDb(number, (jobDb) => this.#erase(jobDb));
    } catch (error) {
      if (error instanceof PosthornError && error.code === "jobdb_dropped") return Infinity;
      throw error;
    }
  }

  async #erase(jobDb: JobDb): Promise<number> {
    for (;;) {
      const nowMs = this.#options.clock.nowMs();
      const { nextAtMs } = await jobDb.eraseExpired(nowMs, limits.erasedRowsMax);
      if (nextAtMs > nowMs || this.#stopped) return nextAtMs;
    }
  }
}
