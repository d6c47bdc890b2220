/**
 * Carries out erasures, one after the other:
 *
 *     running ─▶ each JobDb, page by page ─▶ the archives ─▶ each JobDb again ─▶ finished, with a receipt
 *                   └─ kept as done (durable)     └─ kept as done (durable)
 *
 * First JobDbs, as what is archived after that is of an erased one; then archives; then JobDbs once more, also those that were
 * purged: one may have been dropped and restored of an archive in between, and its number does not tell. Everything may be repeated, so a
 * crash costs what was not kept as done yet.
 */
import type { Erasure, ErasureReceipt, Erasures } from "../control/erasure.ts";
import { PosthornError } from "../core/errors.ts";
import { parseMessageId } from "../core/ids.ts";
import { limits } from "../core/limits.ts";
import { addPurged, nothingPurged, type PurgedRows, type PurgeScope } from "../core/purge.ts";
import type { Clock, Purge, PurgedPage } from "../director/ports.ts";
import { DutyLoop } from "./duty-loop.ts";
import type { ThreadedArchive } from "./threaded-archive.ts";

export interface PurgerOptions {
  readonly erasures: Pick<Erasures, "runningErasures" | "advanceErasure" | "finishErasure">;
  /** The numbers of all that are there. */
  readonly jobDbs: () => readonly number[];
  /** The numbers of those that are set aside. */
  readonly quarantined: () => readonly number[];
  readonly directors: { purge(jobDb: number, purge: Purge): Promise<PurgedPage> };
  /** Undefined: nothing is archived. */
  readonly archive: Pick<ThreadedArchive, "purge" | "resting"> | undefined;
  readonly clock: Pick<Clock, "after">;
  readonly onFinished: (erasure: Pick<Erasure, "id">) => void;
  /** Told of the first failure after a success. Erasures are tried again, or found by the next start. */
  readonly onFailure: (error: unknown) => void;
}

export class Purger {
  readonly #options: PurgerOptions;
  readonly #loop: DutyLoop;

  constructor(options: PurgerOptions) {
    this.#options = options;
    const { clock, onFailure } = options;
    const work = () => this.#work();
    this.#loop = new DutyLoop({ work, retryMs: limits.erasureRetryMs, clock, onFailure });
  }

  /** There may be an erasure to carry out. Resolves when all have ended, or have failed for now; never fails. */
  wake(): Promise<void> {
    return this.#loop.wake();
  }

  /** Finishes the step under way. What is left is found by the next start. Never fails. */
  stop(): Promise<void> {
    return this.#loop.stop();
  }

  async #work(): Promise<void> {
    for (const erasure of await this.#options.erasures.runningErasures()) {
      if (this.#loop.stopping) return;
      await this.#carryOut(erasure);
    }
  }

  async #carryOut(erasure: Erasure): Promise<void> {
    const { erasures, quarantined, onFinished } = this.#options;
    const { receipt } = erasure;
    const done = new Set(receipt.jobDbs.map(({ jobDb }) => jobDb));
    const before = await this.#purgeJobDbs(erasure, receipt, done);
    const archived = await this.#purgeArchives(erasure, before);
    const after = await this.#purgeJobDbs(erasure, archived, new Set());
    if (this.#loop.stopping) return;
    await erasures.finishErasure(erasure.key, { ...after, quarantined: quarantined() });
    onFinished(erasure);
  }

  /** @param passed what need not be looked at */
  async #purgeJobDbs(
    erasure: Erasure,
    receipt: ErasureReceipt,
    passed: ReadonlySet<number>,
  ): Promise<ErasureReceipt> {
    const { erasures, jobDbs } = this.#options;
    const only = messageOf(erasure)?.jobDb;
    let done = receipt;
    for (const jobDb of only === undefined ? jobDbs() : [only]) {
      if (passed.has(jobDb)) continue;
      if (this.#loop.stopping) return done;
      const rows = await this.#purgeJobDb(jobDb, erasure);
      if (rows === undefined) continue;
      const others = done.jobDbs.filter((each) => each.jobDb !== jobDb);
      done = { ...done, jobDbs: [...others, { jobDb, ...rows }] };
      await erasures.advanceErasure(erasure.key, done);
    }
    return done;
  }

  /** Undefined: it is not there any more, or has nothing of it. */
  async #purgeJobDb(jobDb: number, erasure: Erasure): Promise<PurgedRows | undefined> {
    const scope = scopeOf(erasure);
    let rows = nothingPurged;
    try {
      for (let after: number | undefined = 0; after !== undefined;) {
        const purge: Purge = { scope, after, rowsMax: limits.erasedRowsMax };
        const page: PurgedPage = await this.#options.directors.purge(jobDb, purge);
        rows = addPurged(rows, page.rows);
        after = page.next;
      }
    } catch (error) {
      if (error instanceof PosthornError && error.code === "jobdb_dropped") return undefined;
      throw error;
    }
    return rows.messages + rows.attempts === 0 ? undefined : rows;
  }

  async #purgeArchives(erasure: Erasure, receipt: ErasureReceipt): Promise<ErasureReceipt> {
    const { erasures, archive } = this.#options;
    if (archive === undefined || this.#loop.stopping) return receipt;
    if (archive.resting)
      throw new PosthornError("disk_full", "the archive rests: its disk is full");
    const { purged, damaged } = await archive.purge(scopeOf(erasure), messageOf(erasure)?.jobDb);
    const archives = purged.map(({ name, rows, sha256 }) => ({ name, ...rows, sha256 }));
    const done = { ...receipt, archives, damaged };
    await erasures.advanceErasure(erasure.key, done);
    return done;
  }
}

function messageOf({ message }: Erasure) {
  return message === undefined ? undefined : parseMessageId(message);
}

function scopeOf(erasure: Erasure): PurgeScope {
  const { application, endpoint } = erasure;
  return { application, endpoint, message: messageOf(erasure)?.row };
}
