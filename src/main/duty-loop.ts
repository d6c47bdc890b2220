import { PosthornError } from "../core/errors.ts";
import type { Clock, Stoppable } from "../director/ports.ts";

export interface DutyLoopOptions {
  /** Does all there is to do, unless `stopping` says to leave the rest. */
  readonly work: () => Promise<void>;
  /** After how long it is tried again when it failed with what may pass. */
  readonly retryMs: number;
  readonly clock: Pick<Clock, "after">;
  /** Told of the first failure after a success. */
  readonly onFailure: (error: unknown) => void;
}

/** Runs a duty in the background whenever there may be something to do, never twice at once. */
export class DutyLoop {
  readonly #options: DutyLoopOptions;
  /** There may be something to do that came after the work under way began. */
  #wanted = false;
  #running: Promise<void> | undefined;
  #retry: Stoppable | undefined;
  #stopping = false;
  #failing = false;

  constructor(options: DutyLoopOptions) {
    this.#options = options;
  }

  get stopping(): boolean {
    return this.#stopping;
  }

  /** There may be something to do. Resolves when all of it is done, or has failed; never fails. */
  wake(): Promise<void> {
    if (this.#stopping) return Promise.resolve();
    this.#wanted = true;
    return (this.#running ??= this.#run());
  }

  /** Resolves when the work under way has ended. Never fails. */
  async stop(): Promise<void> {
    this.#stopping = true;
    this.#retry?.stop();
    await this.#running;
  }

  async #run(): Promise<void> {
    try {
      while (this.#wanted && !this.#stopping) {
        this.#wanted = false;
        await this.#options.work();
      }
      this.#failing = false;
    } catch (error) {
      this.#fail(error);
    }
    this.#running = undefined; // in the same turn as the last look at what is wanted
  }

  #fail(error: unknown): void {
    const { clock, retryMs, onFailure } = this.#options;
    if (!this.#failing) onFailure(error);
    this.#failing = true;
    const mayPass = error instanceof PosthornError && error.retryable;
    if (!mayPass || this.#stopping) return;
    this.#retry?.stop();
    this.#retry = clock.after(retryMs, () => void this.wake());
  }
}
