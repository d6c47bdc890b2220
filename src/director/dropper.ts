/**
 * Drops JobDbs whose time is over, all of a JobDb at once: an unlink, which gives its disk space back and rewrites nothing.
 *
 *     settled ──kept for long enough, or too much on the disk──▶ in the archive, if there is one ──▶ unlinked ──▶ forgotten
 *
 * Whether anything in it is unsettled or in use is decided by its Director, at the unlink (job-dbs.ts): what is decided on
 * here may have changed since. A crash between any two of these leaves the file, and the next round begins again. What fails for
 * a JobDb, such as its archiving, is tried again later each time, as that reads all of it anew.
 */
import { GrowingWaits } from "../core/growing-waits.ts";
import { limits } from "../core/limits.ts";
import {
  isPinned,
  jobDbsToDrop,
  type PinnedSpan,
  type Retention,
  type StoredJobDb,
} from "../core/retention.ts";
import type { Archive, Clock, Stoppable } from "./ports.ts";

export interface DropperOptions {
  readonly clock: Clock;
  /** As it is now. */
  readonly retention: () => Retention;
  /** All that are on the disk, as seen now. */
  readonly jobDbs: () => Promise<readonly StoredJobDb[]>;
  readonly pins: () => readonly PinnedSpan[];
  /** Undefined: what is dropped is gone. */
  readonly archive: Archive | undefined;
  /** Resolves to whether it was dropped; it is not if it is in use, or something in it is unsettled. */
  readonly drop: (jobDb: number) => Promise<boolean>;
  readonly onDropped: (jobDb: StoredJobDb) => void;
  /** Told of what went wrong; it is tried again in a later round. */
  readonly onFailure: (error: unknown) => void;
}

export class Dropper {
  readonly #options: DropperOptions;
  #timer: Stoppable | undefined;
  #round: Promise<void> | undefined;
  #stopped = false;
  #dropping: Promise<unknown> = Promise.resolve();
  readonly #failed = new GrowingWaits<number>({
    firstMs: limits.dropIntervalMs,
    mostMs: limits.archiveRetryMsMax,
  });

  constructor(options: DropperOptions) {
    this.#options = options;
  }

  /** Looks for JobDbs to drop, now and every `limits.dropIntervalMs`. */
  start(): void {
    this.#round = this.#run();
  }

  /** Resolves when what is being dropped is. Never fails. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#timer?.stop();
    await this.#round;
  }

  /** Resolves when the drop under way has ended; whatever is dropped later was compared with the pins as they are now, or later. */
  async noneDropping(): Promise<void> {
    await Promise.allSettled([this.#dropping]);
  }

  async #run(): Promise<void> {
    const { clock, jobDbs, onFailure } = this.#options;
    try {
      const all = await jobDbs();
      this.#failed.retain(new Set(all.map(({ number }) => number)));
      for (const jobDb of this.#toDrop(all)) {
        if (this.#stopped) return;
        await this.#tryToDrop(jobDb);
      }
    } catch (error) {
      onFailure(error);
    }
    if (this.#stopped) return;
    this.#timer = clock.after(limits.dropIntervalMs, () => this.start());
  }

  #toDrop(jobDbs: readonly StoredJobDb[]): readonly StoredJobDb[] {
    const { clock, retention, pins } = this.#options;
    return jobDbsToDrop(jobDbs, retention(), { nowMs: clock.nowMs(), pins: pins() });
  }

  /** What fails for one JobDb, such as its archiving, holds up no other. */
  async #tryToDrop(jobDb: StoredJobDb): Promise<void> {
    const { number } = jobDb;
    const { clock, onFailure } = this.#options;
    if (this.#failed.waits(number, clock.nowMs())) return;
    try {
      await this.#drop(jobDb);
      this.#failed.succeeded(number);
    } catch (error) {
      if (this.#stopped) return; // the archive gives up what is under way when it is stopped
      this.#failed.failed(number, clock.nowMs());
      onFailure(error);
    }
  }

  async #drop(jobDb: StoredJobDb): Promise<void> {
    const { archive, jobDbs, pins, drop, onDropped } = this.#options;
    if (archive !== undefined) {
      if (archive.resting) return;
      await archive.store(jobDb.number);
      const now = (await jobDbs()).find(({ number }) => number === jobDb.number);
      if (now?.writtenAtMs !== jobDb.writtenAtMs) return; // something was sent of it again, and is not in the archive
    }
    if (isPinned(jobDb, pins())) return; // since it was archived
    const dropping = drop(jobDb.number);
    this.#dropping = dropping;
    if (await dropping) onDropped(jobDb);
  }
}
