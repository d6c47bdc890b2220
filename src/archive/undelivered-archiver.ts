import { jobDbFileState } from "../jobdb/sqlite/job-db-file.ts";
import { jobDbNumbersIn, jobDbPath } from "../jobdb/sqlite/job-db-folder.ts";
import { openJobDbReader } from "../jobdb/sqlite/job-db-connection.ts";
import { toJobDbFailure } from "../jobdb/sqlite/job-db-error.ts";
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

  constructor(options: StoreOptions) {
    this.#options = options;
  }

  /**
   * Archives what is not archived yet, and tells of each JobDb. One that can't be archived does not keep the others from it; the
   * first error is thrown in the end.
   *
   * @throws PosthornError as storeJobDb
   */
  async storeAll(onStored: (manifest: Manifest) => void): Promise<void> {
    const archived = (this.#archived ??= await this.#readArchived());
    const errors: unknown[] = [];
    for (const { number, drainedAtMs } of drainedJobDbs(this.#options.folder)) {
      if (archived.get(number) === drainedAtMs) continue;
      try {
        const manifest = await storeJobDb(number, "undelivered", this.#options);
        archived.set(number, manifest.drainedAtMs);
        onStored(manifest);
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length > 0) throw errors[0];
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

interface DrainedJobDb {
  readonly number: number;
  readonly drainedAtMs: number;
}

function drainedJobDbs(folder: string): readonly DrainedJobDb[] {
  return jobDbNumbersIn(folder).flatMap((number) => {
    const path = jobDbPath(folder, number);
    if (jobDbFileState(path) !== "drained") return [];
    const drainedAtMs = drainedAtMsOf(path);
    return drainedAtMs === null ? [] : [{ number, drainedAtMs }];
  });
}

function drainedAtMsOf(path: string): number | null {
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
