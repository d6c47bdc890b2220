/**
 * Seals the open JobDb when it has taken enough (core/sealing.ts) and has the next one ready by then, so that the change
 * is between two commits and costs none of them anything.
 *
 *     continue ──▶ prepare: the next one is being made ──▶ ready ──the open one is full, no commit is under way──▶ changed
 *
 * If there is no room on the disk for the next one, messages go on into the one that is there.
 *
 * A crash leaves at most one JobDb that nothing was committed to, which the next start takes.
 */
import { PosthornError } from "../core/errors.ts";
import { type JobDbSize, type SealingLimits, sealingStep } from "../core/sealing.ts";
import { limits } from "../core/limits.ts";
import type { Clock, JobDb, JobDbStore, Stoppable } from "./ports.ts";

export interface SealerOptions {
  readonly clock: Clock;
  readonly store: Pick<JobDbStore, "create">;
  readonly sealing: SealingLimits;
  /** Of the JobDb that takes messages; undefined while a commit is under way. */
  readonly openSize: () => JobDbSize | undefined;
  /** The open JobDb is to be sealed, and messages go to this one from now on. */
  readonly onNext: (next: JobDb) => void;
  readonly onFailure: (error: unknown) => void;
}

export class Sealer {
  readonly #options: SealerOptions;
  #next: JobDb | "none" | "being made" = "none";
  #timer: Stoppable | undefined;
  #retry: Stoppable | undefined;
  #stopped = false;

  constructor(options: SealerOptions) {
    this.#options = options;
  }

  /** The open JobDb may have taken enough: to be called after every commit. */
  look(): void {
    const size = this.#options.openSize();
    if (size === undefined || this.#stopped) return;
    const { clock, sealing } = this.#options;
    const step = sealingStep(size, sealing, clock.nowMs());
    switch (step.kind) {
      case "continue":
        this.#lookAt(step.lookAtMs);
        break;
      case "prepare":
        this.#prepare();
        if (size.firstAtMs !== undefined) this.#lookAt(size.firstAtMs + sealing.ageMsMax);
        break;
      case "seal":
        if (typeof this.#next === "string") this.#prepare();
        else this.#change(this.#next);
    }
  }

  stop(): void {
    this.#stopped = true;
    this.#timer?.stop();
    this.#retry?.stop();
  }

  #change(next: JobDb): void {
    this.#next = "none";
    this.#options.onNext(next);
  }

  /** Age comes without a commit. */
  #lookAt(atMs: number): void {
    if (this.#timer !== undefined || atMs === Infinity) return;
    const { clock } = this.#options;
    const delayMs = Math.min(limits.timerMsMax, atMs - clock.nowMs());
    this.#timer = clock.after(delayMs, () => {
      this.#timer = undefined;
      this.look();
    });
  }

  #prepare(): void {
    if (this.#next === "none") void this.#make();
  }

  async #make(): Promise<void> {
    this.#next = "being made";
    try {
      this.#next = await this.#options.store.create();
      this.look();
    } catch (error) {
      if (error instanceof PosthornError && error.code === "data_unwritable") this.#makeLater();
      else this.#options.onFailure(error);
    }
  }

  /** A full disk has no room for another file, but there may be some in the one that is there, and deliveries go on. */
  #makeLater(): void {
    this.#retry = this.#options.clock.after(limits.sealingRetryMs, () => {
      this.#next = "none";
      this.look();
    });
  }
}
