import { GrowingWaits } from "../core/growing-waits.ts";
import { limits } from "../core/limits.ts";
import { jobDbFileState } from "../jobdb/sqlite/job-db-file.ts";
import { jobDbNumbersIn, jobDbPath } from "../jobdb/sqlite/job-db-folder.ts";
import { openJobDbReader } from "../jobdb/sqlite/job-db-connection.ts";
import { toJobDbFailure } from "../jobdb/sqlite/job-db-error.ts";
import { unchangedSinceMs, writtenAtMs } from "../jobdb/sqlite/job-db-stats.ts";
import { prepareSelectJobDb } from "../jobdb/sqlite/job-db-statements.ts";
import { listArchives } from "./archive-listing.ts";
import type { Manifest } from "./manifest.ts";
import { storeJobDb, type StoreOptions } from "./store-job-db.ts";

/**
 * Archives what could not be delivered as soon as its JobDb is drained, which is long before its history ends; and again when it
 * is drained again, after something of it was resent.
 */
export class UndeliveredArchiver {
  readonly #options: StoreOptions;
  /** By JobDb: when it was drained that is archived so. Undefined: the archive was not asked yet. */
  #archived: Map<number, number> | undefined;
  /** By JobDb: when its file had last been written to before it was looked into, and was left with nothing more to archive. */
  #lookedInto: ReadonlyMap<number, number> = new Map();
  /** JobDbs that could not be archived: each try reads all of one. */
  readonly #failed = new GrowingWaits<number>({
    firstMs: limits.archiverRetryMs,
    mostMs: limits.archiveRetryMsMax,
  });

  constructor(options: StoreOptions) {
    this.#options = options;
  }

  /**
   * Archives what is not archived yet, and tells of each JobDb. One that can't be archived does not keep the others from it, and
   * is tried again later each time; the first error is thrown in the end.
   *
   * @throws PosthornError as storeJobDb
   */
  async storeAll(nowMs: number, onStored: (manifest: Manifest) => void): Promise<void> {
    const archived = (this.#archived ??= await this.#readArchived());
    const { folder } = this.#options;
    const errors: unknown[] = [];
    const lookedInto = new Map<number, number>();
    const numbers = jobDbNumbersIn(folder);
    this.#failed.retain(new Set(numbers));
    for (const number of numbers) {
      if (this.#failed.waits(number, nowMs)) continue;
      const known = this.#lookedInto.get(number);
      const isUnchanged = known === writtenAtMs(folder, number);
      const sinceMs = isUnchanged ? known : unchangedSinceMs(folder, number);
      try {
        if (!isUnchanged) await this.#store(number, archived, onStored);
        lookedInto.set(number, sinceMs);
        this.#failed.succeeded(number);
      } catch (error) {
        this.#failed.failed(number, nowMs);
        errors.push(error);
      }
    }
    this.#lookedInto = lookedInto;
    if (errors.length > 0) throw errors[0];
  }

  /** Nothing if it is not drained, or is archived as it is. */
  async #store(
    number: number,
    archived: Map<number, number>,
    onStored: (manifest: Manifest) => void,
  ): Promise<void> {
    const drainedAtMs = drainedAtMsOf(jobDbPath(this.#options.folder, number));
    if (drainedAtMs === null || archived.get(number) === drainedAtMs) return;
    const manifest = await storeJobDb(number, "undelivered", this.#options);
    archived.set(number, manifest.drainedAtMs);
    onStored(manifest);
  }

  async #readArchived(): Promise<Map<number, number>> {
    const archived = new Map<number, number>();
    for await (const listed of listArchives(this.#options.store)) {
      if (listed.kind === "damaged" || listed.manifest.kind !== "undelivered") continue;
      archived.set(listed.manifest.jobDb, listed.manifest.drainedAtMs);
    }
    return archived;
  }
}

/** Null: it is not drained, or not even made. */
function drainedAtMsOf(path: string): number | null {
  if (jobDbFileState(path) !== "drained") return null;
  try {
    const database = openJobDbReader(path);
    try {
      return prepareSelectJobDb(database)().drained_at_ms;
    } finally {
      database.close();
    }
  } catch (error) {
    throw toJobDbFailure(error, path);
  }
}
