/**
 * Lets background tasks read what only the archive has: restores, one after the other in the order of time, the JobDbs that may
 * have something for a task.
 *
 *     which are missing? ─▶ the task reads up to the first of them ─▶ it is restored ─▶ … up to the next ─▶ nothing is missing
 *            ▲  └──────────── failed for now: later, and later each time ────────────┘
 *
 * A task pins what it has still to read, so nothing that was there when it was asked what is missing goes before it was read. What is
 * missing is known in memory alone: after a restart it is asked anew, and what was restored is there.
 */
import type { BackgroundTask } from "../control/entities.ts";
import type { MissingJobDb } from "../archive/missing-job-dbs.ts";
import { PosthornError } from "../core/errors.ts";
import { growingWaitMs } from "../core/growing-wait.ts";
import { parseMessageId } from "../core/ids.ts";
import { limits } from "../core/limits.ts";
import type { Clock } from "../director/ports.ts";
import type { DiskKeeper } from "./disk-keeper.ts";
import type { ThreadedArchive } from "./threaded-archive.ts";

/** How far a task can read history without missing anything. */
export type Reach =
  /** Of messages made before this, Unix milliseconds; infinite: all. */
  | { readonly kind: "reached"; readonly untilMs: number }
  /** It is not known yet, or something is being restored; `onChange` tells. */
  | { readonly kind: "waits" }
  /** What it needs is damaged, or of a newer program, or there is no archive any more. */
  | { readonly kind: "unreadable" };

export interface RestorerOptions {
  /** Undefined: nothing is archived. */
  readonly archive: Pick<ThreadedArchive, "findMissing" | "restore"> | undefined;
  readonly disk: Pick<DiskKeeper, "hasRoomFor">;
  /** Resolves when no JobDb is being dropped: the next one that is to be will be compared with the tasks' pins first. */
  readonly noneDropping: () => Promise<void>;
  readonly clock: Pick<Clock, "after">;
  /** Some task may go on. */
  readonly onChange: () => void;
  /** Told of the first failure after a success. */
  readonly onFailure: (error: unknown) => void;
}

/** What is known for one task. */
interface Progress {
  /** In the order of time; undefined: not known yet. */
  missing: readonly MissingJobDb[] | undefined;
  state: "idle" | "under way" | "unreadable";
  /** In a row. */
  failures: number;
}

export class Restorer {
  readonly #options: RestorerOptions;
  readonly #tasks = new Map<number, Progress>();
  #stopped = false;

  constructor(options: RestorerOptions) {
    this.#options = options;
  }

  reach(task: BackgroundTask): Reach {
    const { archive } = this.#options;
    if (archive === undefined) return { kind: "unreadable" };
    const progress = this.#progressOf(task.key);
    if (progress.state === "unreadable") return { kind: "unreadable" };
    if (progress.state === "under way") return { kind: "waits" };
    const { missing } = progress;
    if (missing !== undefined) return { kind: "reached", untilMs: missing[0]?.fromMs ?? Infinity };
    void this.#try(progress, async () => {
      await this.#options.noneDropping();
      progress.missing = await archive.findMissing(filterOf(task));
    });
    return { kind: "waits" };
  }

  /** The task has read all that it can reach: what comes next is restored, as soon as the disk has room for it. */
  goOn(task: BackgroundTask): void {
    const { archive, disk } = this.#options;
    const progress = this.#progressOf(task.key);
    const [next, ...later] = progress.missing ?? [];
    if (archive === undefined || next === undefined || progress.state !== "idle") return;
    void this.#try(progress, async () => {
      if (!disk.hasRoomFor(next.bytes)) {
        const text = `restoring JobDb ${next.jobDb} of the archive takes about ${next.bytes} bytes, for which the data folder's disk has no room`;
        throw new PosthornError("disk_full", text);
      }
      await archive.restore(next.jobDb);
      progress.missing = later;
    });
  }

  /** Forgets all tasks but these. */
  retain(tasks: ReadonlySet<number>): void {
    for (const key of this.#tasks.keys()) if (!tasks.has(key)) this.#tasks.delete(key);
  }

  /** Begins nothing more. What is under way ends with the archive. */
  stop(): void {
    this.#stopped = true;
  }

  #progressOf(key: number): Progress {
    const known = this.#tasks.get(key);
    if (known !== undefined) return known;
    const progress: Progress = { missing: undefined, state: "idle", failures: 0 };
    this.#tasks.set(key, progress);
    return progress;
  }

  async #try(progress: Progress, work: () => Promise<void>): Promise<void> {
    const { onChange } = this.#options;
    if (this.#stopped) return;
    progress.state = "under way";
    try {
      await work();
      progress.failures = 0;
      progress.state = "idle";
      onChange();
    } catch (error) {
      if (!this.#stopped) this.#fail(progress, error);
    }
  }

  #fail(progress: Progress, error: unknown): void {
    const { clock, onChange, onFailure } = this.#options;
    if (progress.failures === 0) onFailure(error);
    progress.failures += 1;
    if (isUnreadable(error)) {
      progress.state = "unreadable";
      onChange();
      return;
    }
    const bounds = { firstMs: limits.taskRetryMs, mostMs: limits.archiveRetryMsMax };
    clock.after(growingWaitMs(progress.failures, bounds), () => {
      progress.state = "idle";
      onChange();
    });
  }
}

/** Trying again changes nothing. */
function isUnreadable(error: unknown): boolean {
  if (!(error instanceof PosthornError)) return false;
  return error.code === "archive_damaged" || error.code === "data_newer";
}

function filterOf({ application, endpoint, sinceMs, untilMs, cursor, filter }: BackgroundTask) {
  const readToMs = cursor === undefined ? undefined : parseMessageId(cursor)?.atMs;
  return {
    application,
    endpoint,
    eventTypes: filter.eventTypes,
    sinceMs: Math.max(sinceMs, readToMs ?? sinceMs),
    untilMs,
    failed: filter.state === "failed",
  };
}
