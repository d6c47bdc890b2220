/**
 * Keeps enough of the disk free for the outcomes of what was accepted: looks every second how much there is, refuses new
 * messages below the low-water mark (core/disk-room.ts), and makes the ballast again when there is room for it.
 */
import { statfs } from "node:fs/promises";
import { DiskRoom } from "../core/disk-room.ts";
import { PosthornError } from "../core/errors.ts";
import { limits } from "../core/limits.ts";
import type { Clock, Stoppable } from "../director/ports.ts";
import { makeBallast, missingBallastBytes, releaseBallast } from "../jobdb/sqlite/ballast.ts";
import { makeFolder } from "../jobdb/sqlite/job-db-folder.ts";

export interface DiskKeeperOptions {
  /** Where the JobDbs are: the rest of the data folder is on the same disk. */
  readonly folder: string;
  /** 0: nothing is ever refused, and there is no ballast. */
  readonly lowWaterBytes: number;
  readonly clock: Pick<Clock, "after">;
  /** Nothing new is accepted from now on, with so many bytes free … */
  readonly onLow: (freeBytes: number) => void;
  /** … and from now on it is again. */
  readonly onRoomy: (freeBytes: number) => void;
  /** A look has failed, after one that did not. Until one succeeds, what it would find is not known. */
  readonly onFailure: (error: unknown) => void;
}

export class DiskKeeper {
  readonly #options: DiskKeeperOptions;
  readonly #room: DiskRoom;
  readonly #ballastBytes: number;
  #freeBytes = Infinity;
  #wasLow = false;
  #failing = false;
  #timer: Stoppable | undefined;
  #looking: Promise<void> = Promise.resolve();
  #stopped = false;

  private constructor(options: DiskKeeperOptions) {
    this.#options = options;
    this.#room = new DiskRoom(options.lowWaterBytes);
    this.#ballastBytes = Math.min(
      options.lowWaterBytes * limits.ballastShare,
      limits.ballastBytesMax,
    );
  }

  /** Resolves when it is known how much is free. */
  static async start(options: DiskKeeperOptions): Promise<DiskKeeper> {
    const keeper = new DiskKeeper(options);
    if (options.lowWaterBytes > 0) await keeper.#look();
    return keeper;
  }

  /** As it was looked at last; undefined: it never was. */
  get freeBytes(): number | undefined {
    return this.#freeBytes === Infinity ? undefined : this.#freeBytes;
  }

  get lowWaterBytes(): number {
    return this.#options.lowWaterBytes;
  }

  get low(): boolean {
    return this.#room.low;
  }

  /** Whether so many bytes can be written, twice for a while, without coming near the low-water mark. */
  hasRoomFor(bytes: number): boolean {
    return this.#freeBytes - 2 * bytes >= this.#options.lowWaterBytes * limits.diskRoomyFactor;
  }

  /** @throws PosthornError `disk_full` below the low-water mark */
  assertRoom(): void {
    if (!this.#room.low) return;
    throw new PosthornError(
      "disk_full",
      `the disk of ${this.#options.folder} has ${this.#freeBytes} bytes free, less than the ${this.#options.lowWaterBytes} that are kept for what was accepted`,
    );
  }

  /** Messages are about to be stored, with so many bytes of payload in all. */
  grew(messages: number, payloadBytes: number): void {
    this.#room.grew(messages, payloadBytes);
    this.#tell();
  }

  /** Resolves when the look under way has ended. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#timer?.stop();
    await this.#looking;
  }

  async #look(): Promise<void> {
    const { folder, onFailure, clock } = this.#options;
    try {
      const grownBytes = this.#room.grownBytes;
      const missingBytes = await missingBallastBytes(folder, this.#ballastBytes);
      this.#freeBytes = await freeBytesOf(folder);
      this.#room.looked(this.#freeBytes - missingBytes, grownBytes);
      this.#tell();
      if (missingBytes > 0 && !this.#room.low) await makeBallast(folder, this.#ballastBytes);
      this.#failing = false;
    } catch (error) {
      if (!this.#failing) onFailure(error);
      this.#failing = true;
    }
    if (this.#stopped) return;
    this.#timer = clock.after(limits.diskLookMs, () => {
      this.#looking = this.#look();
    });
  }

  #tell(): void {
    if (this.#wasLow === this.#room.low) return;
    this.#wasLow = this.#room.low;
    const { onLow, onRoomy } = this.#options;
    (this.#wasLow ? onLow : onRoomy)(this.#freeBytes);
  }
}

/**
 * Gives the ballast up if a start needs it. To be called before anything is written, the lock of the data folder included.
 * Fails with `disk_full` if there is too little room all the same, or `data_unwritable`.
 *
 * @param folder of the JobDbs, made if it is absent
 */
export async function makeRoomToStart(folder: string): Promise<void> {
  makeFolder(folder);
  if ((await freeBytesOf(folder)) < limits.diskStartBytes) releaseBallast(folder);
  const freeBytes = await freeBytesOf(folder);
  if (freeBytes >= limits.diskStartBytes) return;
  throw new PosthornError(
    "disk_full",
    `the disk of ${folder} has ${freeBytes} bytes free, and a start needs ${limits.diskStartBytes}: make room first`,
  );
}

/** To this process: a part may be kept for the system's administrator. */
async function freeBytesOf(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}
