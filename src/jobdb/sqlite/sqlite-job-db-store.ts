import { assert, PosthornError } from "../../core/errors.ts";
import { jobDbNumberMax } from "../../core/ids.ts";
import type { JobDbStore } from "../../director/ports.ts";
import { numberAbove, type Owner, owns } from "../owner.ts";
import { Checkpointer } from "./checkpointer.ts";
import { toJobDbFailure } from "./job-db-error.ts";
import { type JobDbFile, jobDbFileState } from "./job-db-file.ts";
import { jobDbNumbersIn, jobDbPath, makeFolder } from "./job-db-folder.ts";
import { isDamageAtOpening, markDamaged, quarantinedIn } from "./quarantine.ts";
import { SqliteJobDb } from "./sqlite-job-db.ts";

/**
 * JobDbs as files `00000001.db`, … in a folder, in the calling thread: a commit blocks it for an fsync. Directors use it
 * through ThreadedJobDbStore.
 */
export class SqliteJobDbStore implements JobDbStore {
  readonly #folder: string;
  readonly #owner: Owner;
  readonly #checkpointer = new Checkpointer();
  readonly #open = new Map<number, SqliteJobDb>();
  /** Those that this store has had open. */
  readonly #taken = new Set<number>();
  #closed = false;

  /** @throws PosthornError `data_unwritable` */
  constructor(folder: string, owner: Owner) {
    makeFolder(folder);
    this.#folder = folder;
    this.#owner = owner;
  }

  async unsettled(): Promise<readonly SqliteJobDb[]> {
    this.#assertOpen();
    return this.#numbers()
      .filter((number) => owns(this.#owner, number) && !this.#open.has(number))
      .filter((number) => jobDbFileState(jobDbPath(this.#folder, number)) === "undrained")
      .map((number) => this.#openJobDb(number));
  }

  async create(): Promise<SqliteJobDb> {
    this.#assertOpen();
    const numbers = this.#numbers();
    const last = numbers.findLast((number) => owns(this.#owner, number));
    if (last !== undefined && this.#isFree(last)) return this.#openJobDb(last);
    const setAside = quarantinedIn(this.#folder).map(({ jobDb }) => jobDb);
    const highest = Math.max(numbers.at(-1) ?? 0, ...setAside);
    const number = numberAbove(highest, this.#owner);
    assert(number <= jobDbNumberMax, "the numbers of JobDbs are not used up");
    return this.#openJobDb(number);
  }

  async numbers(): Promise<readonly number[]> {
    this.#assertOpen();
    return this.#numbers().filter(
      (number) => owns(this.#owner, number) && this.#hasMessages(number),
    );
  }

  async open(number: number): Promise<SqliteJobDb | undefined> {
    this.#assertOpen();
    const open = this.#open.get(number);
    if (open !== undefined) return open;
    const isThere = this.#numbers().includes(number) && owns(this.#owner, number);
    return isThere && this.#hasMessages(number) ? this.#openJobDb(number) : undefined;
  }

  async release(number: number): Promise<void> {
    this.#open.get(number)?.close();
    this.#open.delete(number);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    for (const jobDb of this.#open.values()) jobDb.close();
    await this.#checkpointer.stop();
  }

  #numbers(): readonly number[] {
    return jobDbNumbersIn(this.#folder);
  }

  #hasMessages(number: number): boolean {
    const state = jobDbFileState(jobDbPath(this.#folder, number));
    return state === "undrained" || state === "drained";
  }

  /** Whether nothing was ever committed to a JobDb, and nobody uses it. */
  #isFree(number: number): boolean {
    if (this.#open.has(number)) return false;
    const state = jobDbFileState(jobDbPath(this.#folder, number));
    return state === "half-made" || state === "empty";
  }

  #openJobDb(number: number): SqliteJobDb {
    const path = jobDbPath(this.#folder, number);
    const file = { path, number, epoch: this.#owner.epoch, taken: this.#taken.has(number) };
    const jobDb = openOrMark(file, this.#checkpointer);
    this.#taken.add(number);
    this.#open.set(number, jobDb);
    return jobDb;
  }

  #assertOpen(): void {
    if (this.#closed) throw new PosthornError("shutting_down", "the JobDbs are closed");
  }
}

/** What is damaged is set aside by the next start. */
function openOrMark(file: JobDbFile, checkpointer: Checkpointer): SqliteJobDb {
  try {
    return new SqliteJobDb(file, checkpointer);
  } catch (error) {
    const failure = toJobDbFailure(error, file.path);
    if (isDamageAtOpening(error)) markDamaged(file.path, failure.message);
    throw failure;
  }
}
