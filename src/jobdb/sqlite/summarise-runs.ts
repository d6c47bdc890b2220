/** Making the summaries of runs that searches of history go by (run-summary.ts), beside those who write the JobDbs. */
import { statfsSync } from "node:fs";
import { limits } from "../../core/limits.ts";
import { schemaVersionOf } from "../../sqlite/migrate.ts";
import { isDamage, resultCodeOf, resultCodes } from "../../sqlite/result-code.ts";
import type { ListedTable } from "./history-reader.ts";
import { openJobDbReader } from "./job-db-connection.ts";
import { jobDbNumbersIn, jobDbPath } from "./job-db-folder.ts";
import { jobDbMigrations } from "./job-db-migrations.ts";
import { unchangedSinceMs, writtenAtMs } from "./job-db-stats.ts";
import { type MadeSummary, SummaryMaker } from "./summary-maker.ts";

/** How far a JobDb has been looked through. */
interface Progress {
  /** The run of each table that is next. */
  readonly next: Readonly<Record<ListedTable, number>>;
  /** One that was there: when it is not any more, all of them have been removed. */
  readonly first: MadeSummary | undefined;
}

interface Tended extends Progress {
  /** When the JobDb was written to before nothing was left to do, as in job-db-stats.ts; NaN: there may be something. */
  readonly unchangedSinceMs: number;
}

const beginning: Progress = { next: { message: 0, attempt: 0 }, first: undefined };

export class RunSummariser {
  readonly #folder: string;
  readonly #freeBytesMin: number;
  readonly #tended = new Map<number, Tended>();

  /**
   * @param folder of the JobDbs
   * @param freeBytesMin with less free on its disk nothing is made: what is free is for messages
   */
  constructor(folder: string, freeBytesMin: number) {
    this.#folder = folder;
    this.#freeBytesMin = freeBytesMin;
  }

  /**
   * Makes summaries of some runs of the newest JobDb that has any without. Yields after each, for a rest.
   *
   * @returns whether there may be more to do
   * @throws what SQLite and the file system throw, but for a JobDb that is damaged or gone
   */
  *round(): Generator<undefined, boolean> {
    const { bavail, bsize } = statfsSync(this.#folder);
    if (bavail * bsize < this.#freeBytesMin) return false;
    const numbers = jobDbNumbersIn(this.#folder).toReversed();
    const present = new Set(numbers);
    for (const number of this.#tended.keys()) if (!present.has(number)) this.#tended.delete(number);
    for (const number of numbers) if (yield* this.#tend(number)) return true;
    return false;
  }

  /** Whether something is left to do. */
  *#tend(jobDb: number): Generator<undefined, boolean> {
    const before = this.#tended.get(jobDb);
    if (before?.unchangedSinceMs === writtenAtMs(this.#folder, jobDb)) return false;
    const sinceMs = unchangedSinceMs(this.#folder, jobDb);
    const { isDone, ...progress } = yield* summariseSome(
      jobDbPath(this.#folder, jobDb),
      before ?? beginning,
    );
    this.#tended.set(jobDb, { ...progress, unchangedSinceMs: isDone ? sinceMs : Number.NaN });
    return !isDone;
  }
}

type Summarised = Progress & {
  /** Whether all runs that there were have been looked at. */
  readonly isDone: boolean;
};

/** Up to `limits.summarisedRunsMax`. A file that is damaged, gone or half-made has nothing to do in it. */
function* summariseSome(path: string, before: Progress): Generator<undefined, Summarised> {
  try {
    const database = openJobDbReader(path);
    try {
      if (schemaVersionOf(database, jobDbMigrations, path) === 0)
        return { ...beginning, isDone: true };
      return yield* advance(new SummaryMaker(database, path), before);
    } finally {
      database.close();
    }
  } catch (error) {
    if (isDamage(error) || resultCodeOf(error) === resultCodes.cannotOpen)
      return { ...beginning, isDone: true };
    throw error;
  }
}

function* advance(maker: SummaryMaker, before: Progress): Generator<undefined, Summarised> {
  const isLost = before.first !== undefined && !maker.isThere(before.first);
  let { first } = isLost ? beginning : before;
  const next = { ...(isLost ? beginning : before).next };
  let runsLeft: number = limits.summarisedRunsMax;
  for (const table of ["message", "attempt"] as const) {
    while (maker.isDue(table, next[table])) {
      if (runsLeft === 0) return { next, first, isDone: false };
      const { found, made } = maker.summarise(table, next[table]);
      first ??= found;
      if (made) {
        runsLeft -= 1;
        yield;
      }
      if (!maker.isFull(table, next[table])) break; // looked at again when anything has changed
      next[table] += 1;
    }
  }
  return { next, first, isDone: true };
}
