import type { Clock, Stoppable } from "../director/ports.ts";
import { limits } from "../core/limits.ts";
import { DutyLoop } from "./duty-loop.ts";
import type { ThreadedArchive } from "./threaded-archive.ts";

export interface ArchiverOptions {
  readonly archive: Pick<ThreadedArchive, "resting" | "storeUndelivered">;
  readonly clock: Pick<Clock, "after">;
  /** Told of the first failure after a success. */
  readonly onFailure: (error: unknown) => void;
}

/** Looks now and then whether a JobDb has been drained, and lets what could not be delivered of it be archived. */
export class Archiver {
  readonly #options: ArchiverOptions;
  readonly #loop: DutyLoop;
  #next: Stoppable | undefined;

  constructor(options: ArchiverOptions) {
    const { archive, clock, onFailure } = options;
    this.#options = options;
    const work = async (): Promise<void> => {
      if (!archive.resting) await archive.storeUndelivered();
    };
    this.#loop = new DutyLoop({ work, retryMs: limits.archiverRetryMs, clock, onFailure });
  }

  start(): void {
    void this.#loop.wake();
    this.#next = this.#options.clock.after(limits.archiverIntervalMs, () => this.start());
  }

  /** Resolves when the work under way has ended, which the archive's own stop hastens. */
  async stop(): Promise<void> {
    this.#next?.stop();
    await this.#loop.stop();
  }
}
