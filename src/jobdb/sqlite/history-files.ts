import { existsSync, statSync } from "node:fs";
import { PosthornError } from "../../core/errors.ts";
import { limits } from "../../core/limits.ts";
import type { JobDbState, StoredJobDb } from "../../core/retention.ts";
import { type HistoryReader, openHistoryReader } from "./history-reader.ts";
import { toJobDbFailure } from "./job-db-error.ts";
import { jobDbNumbersIn, jobDbPath } from "./job-db-folder.ts";
import type { JobDbLife } from "./job-db-life.ts";
import { JobDbLives } from "./job-db-lives.ts";
import type { RunSummary } from "./run-summary.ts";
import { readRunSummary, type SummaryPlace } from "./run-summary-file.ts";
import { RunValues } from "./run-values.ts";

/** The JobDb files of a folder as history reads them: whoever writes them, opened when first needed, a bounded number. */
export class HistoryFiles {
  readonly lives: JobDbLives;
  readonly runValues = new RunValues();
  readonly #folder: string;
  /** The least recently used first. */
  readonly #readers = new Map<number, HistoryReader>();
  #closed = false;

  /** @param lives what is known of those that nobody has open yet */
  constructor(folder: string, lives: ReadonlyMap<number, JobDbLife> = new Map()) {
    this.#folder = folder;
    this.lives = new JobDbLives(folder, lives);
  }

  /** All that are there now, in order. */
  numbers(): readonly number[] {
    const numbers = existsSync(this.#folder) ? jobDbNumbersIn(this.#folder) : [];
    const present = new Set(numbers);
    for (const [number, reader] of this.#readers) {
      if (present.has(number)) continue;
      this.#readers.delete(number);
      reader.close();
    }
    this.lives.retain(present);
    this.runValues.retain(present);
    return numbers;
  }

  /** Of a JobDb that has messages, perhaps as it was when it was looked at last. */
  stored(number: number): StoredJobDb | undefined {
    const known = this.lives.find(number);
    const life =
      known?.settled === true ? known : this.read(number, (statements) => statements.life());
    if (life === undefined) return undefined;
    if (life !== known) this.lives.keep(number, life);
    const { applications, firstAtMs, lastAtMs } = life;
    return {
      number,
      state: stateOf(life),
      applications,
      firstAtMs,
      lastAtMs,
      writtenAtMs: this.lives.writtenAtMs(number),
      bytes: this.lives.bytesOf(number),
    };
  }

  /** Of a run of a JobDb, whose last row has this nonce; undefined if there is none. */
  runSummary(jobDb: number, place: SummaryPlace, nonce: number): RunSummary | undefined {
    return readRunSummary(jobDbPath(this.#folder, jobDb), place, nonce);
  }

  /** Those that were written to since a time, in order. */
  numbersSince(sinceMs: number): readonly number[] {
    return this.numbers().filter((number) => {
      const path = jobDbPath(this.#folder, number);
      return [path, `${path}-wal`].some(
        (file) => (statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0) >= sinceMs,
      );
    });
  }

  /**
   * What `read` gives for a JobDb, or undefined if there is no such JobDb. The statements are valid only within `read`.
   *
   * @throws PosthornError `jobdb_failed`, `data_newer`, `shutting_down`
   */
  read<Result>(
    jobDb: number,
    read: (statements: HistoryReader["statements"]) => Result,
  ): Result | undefined {
    if (this.#closed) throw new PosthornError("shutting_down", "the history is closed");
    const path = jobDbPath(this.#folder, jobDb);
    try {
      const reader = this.#readers.get(jobDb) ?? this.#open(path, jobDb);
      if (reader === undefined) return undefined;
      this.#remember(jobDb, reader);
      return read(reader.statements);
    } catch (error) {
      if (!existsSync(path)) return undefined; // it was dropped between a look and the opening
      throw toJobDbFailure(error, path);
    }
  }

  close(): void {
    this.#closed = true;
    for (const reader of this.#readers.values()) reader.close();
    this.#readers.clear();
  }

  #open(path: string, jobDb: number): HistoryReader | undefined {
    const reader = existsSync(path) ? openHistoryReader(path, jobDb) : undefined;
    const life = reader?.statements.life();
    if (life !== undefined) this.lives.keep(jobDb, life);
    return reader;
  }

  #remember(jobDb: number, reader: HistoryReader): void {
    this.#readers.delete(jobDb);
    this.#readers.set(jobDb, reader);
    if (this.#readers.size <= limits.historyConnectionsMax) return;
    for (const [oldest, unused] of this.#readers) {
      this.#readers.delete(oldest);
      unused.close();
      return;
    }
  }
}

function stateOf({ sealed, settled }: JobDbLife): JobDbState {
  if (!sealed) return "open";
  return settled ? "drained" : "sealed";
}
