import { setImmediate } from "node:timers/promises";
import { assert, PosthornError } from "../../core/errors.ts";
import { jobDbNumberMax } from "../../core/ids.ts";
import type { JobDbStore } from "../../director/ports.ts";
import { numberAbove, type Owner, owns } from "../owner.ts";
import { Janitor } from "./janitor.ts";
import { toJobDbFailure } from "./job-db-error.ts";
import { type JobDbFile, jobDbFileState, nextExpiryIn } from "./job-db-file.ts";
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
  readonly #janitor = new Janitor();
  readonly #open = new Map<number, SqliteJobDb>();
  /** Those that this store has had open. */
  readonly #taken = new Set<number>();
  /** They may still be there while they are being removed. */
  readonly #dropped = new Set<number>();
  #closed = false;

  /** @throws PosthornError `data_unwritable` */
  constructor(folder: string, owner: Owner) {
    makeFolder(folder);
    this.#folder = folder;
    this.#owner = owner;
  }

  async unsettled(): Promise<readonly SqliteJobDb[]> {
    const unsettled: SqliteJobDb[] = [];
    for await (const number of this.#own()) {
      if (this.#open.has(number)) continue;
      if (jobDbFileState(jobDbPath(this.#folder, number)) === "undrained")
        unsettled.push(this.#openJobDb(number));
    }
    return unsettled;
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
    if (this.#open.size > 0) await this.#makeAside(number);
    return this.#openJobDb(number);
  }

  async expiring(untilMs: number): Promise<readonly number[]> {
    const expiring: number[] = [];
    for await (const number of this.#own()) {
      const nextAtMs = nextExpiryIn(jobDbPath(this.#folder, number));
      if (nextAtMs !== undefined && nextAtMs < untilMs) expiring.push(number);
    }
    return expiring;
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

  async drop(number: number): Promise<boolean> {
    this.#assertOpen();
    const numbers = this.#numbers();
    const isCandidate = numbers.includes(number) && number !== numbers.at(-1);
    if (!isCandidate || !owns(this.#owner, number) || this.#open.has(number)) return false;
    const path = jobDbPath(this.#folder, number);
    if (jobDbFileState(path) !== "drained") return false;
    this.#dropped.add(number);
    await this.#janitor.remove(path);
    return true;
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    for (const jobDb of this.#open.values()) jobDb.close();
    await this.#janitor.stop();
  }

  #numbers(): readonly number[] {
    return jobDbNumbersIn(this.#folder).filter((number) => !this.#dropped.has(number));
  }

  /** This owner's, one after the other, with commits between them: looking into each takes a while. */
  async *#own(): AsyncGenerator<number, void> {
    this.#assertOpen();
    for (const number of this.#numbers().filter((each) => owns(this.#owner, each))) {
      await setImmediate();
      this.#assertOpen();
      if (!this.#dropped.has(number)) yield number;
    }
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

  /** So that commits to what is open go on meanwhile. */
  async #makeAside(number: number): Promise<void> {
    await this.#janitor.make(this.#fileOf(number));
    this.#assertOpen();
    this.#taken.add(number);
  }

  #fileOf(number: number): JobDbFile {
    const path = jobDbPath(this.#folder, number);
    return { path, number, epoch: this.#owner.epoch, taken: this.#taken.has(number) };
  }

  #openJobDb(number: number): SqliteJobDb {
    const jobDb = openOrMark(this.#fileOf(number), this.#janitor);
    this.#taken.add(number);
    this.#open.set(number, jobDb);
    return jobDb;
  }

  #assertOpen(): void {
    if (this.#closed) throw new PosthornError("shutting_down", "the JobDbs are closed");
  }
}

/** What is damaged is set aside by the next start. */
function openOrMark(file: JobDbFile, janitor: Janitor): SqliteJobDb {
  try {
    return new SqliteJobDb(file, janitor);
  } catch (error) {
    const failure = toJobDbFailure(error, file.path);
    if (isDamageAtOpening(error)) markDamaged(file.path, failure.message);
    throw failure;
  }
}
