/**
 * Finding what comes onto a page, by keys alone: of each JobDb run by run, the nearest first, and as many as the page can take.
 * A long search lets other work of the thread go on.
 */
import { setImmediate } from "node:timers/promises";
import { limits } from "../../core/limits.ts";
import type { CountQuery, Page } from "../../director/facade.ts";
import type { HistoryFiles } from "./history-files.ts";
import type { ListedTable } from "./history-reader.ts";
import type { RowRange } from "./history-statements.ts";
import { mayHold } from "./job-db-lives.ts";
import type { Listing, Scope, Statements } from "./listing-scope.ts";
import { type KeySource, mergeKeys, type RowKey } from "./merge-keys.ts";
import { type RowsBetween, rowsOfPage } from "./page-rows.ts";
import { lastRowOfRun, runOfRow } from "./run.ts";

/** A search through the runs of one JobDb that has come to `run`. */
interface Search {
  readonly jobDb: number;
  readonly run: number;
  /** The last one to look into, below `run` when going to older rows. */
  readonly lastRun: number;
}

export class ListingSearch {
  readonly #files: HistoryFiles;
  #turnStartedAtMs = performance.now();

  constructor(files: HistoryFiles) {
    this.#files = files;
  }

  /** What comes onto a page, in its order. */
  async pageOf(page: Page, listing: Listing): Promise<readonly RowKey[]> {
    const sources = this.jobDbsOf(page, listing).map((jobDb): KeySource => {
      const { firstAtMs, lastAtMs } = this.#files.lives.spanOf(jobDb, listing.table);
      const nearestAtMs = page.direction === "older" ? lastAtMs : firstAtMs;
      return { keys: this.#keysIn(jobDb, page, listing), nearestAtMs };
    });
    return mergeKeys(sources, page);
  }

  /** Those that may have rows for a page, as far as is known without opening them. */
  jobDbsOf(page: Page, { table, areUnsettled }: Scope): readonly number[] {
    const { lives } = this.#files;
    return this.#files
      .numbers()
      .filter((jobDb) => mayHold(page, lives.spanOf(jobDb, table)))
      .filter((jobDb) => areUnsettled !== true || !lives.isDrained(jobDb));
  }

  /** What a statement counts, run by run with other work between. */
  async *countsOf<Counts>(
    query: CountQuery,
    scope: Scope,
    count: (statements: Statements, range: Omit<RowRange, "rowsMax">) => Counts,
  ): AsyncGenerator<Counts, void> {
    const page = { ...query, limit: 1, edge: undefined, direction: "newer" } as const;
    for (const jobDb of this.jobDbsOf(page, scope)) {
      for await (const range of this.#rangesIn(jobDb, page, scope)) {
        const counts = this.#files.read(jobDb, (statements) => count(statements, range));
        if (counts !== undefined) yield counts;
        await setImmediate();
      }
    }
  }

  /** What one JobDb has for a page, nearest first, at most as many as the page takes. */
  async *#keysIn(jobDb: number, page: Page, listing: Listing): AsyncGenerator<RowKey, void> {
    let rowsMax = page.limit;
    let isSparse = false;
    for await (const range of this.#rangesIn(jobDb, page, listing)) {
      if (!this.#mayTake(listing, { jobDb, run: range.run }, isSparse)) continue;
      const found =
        this.#files.read(jobDb, (statements) => listing.keys(statements, { ...range, rowsMax })) ??
        [];
      isSparse ||= found.length === 0;
      for (const { row, atMs } of found) yield { jobDb, row, atMs };
      rowsMax -= found.length;
      if (rowsMax === 0) return;
    }
  }

  /** @param isSparse whether it is worth it to read what a run without a summary has */
  #mayTake(
    { entry, key, table, taken }: Listing,
    { jobDb, run }: { readonly jobDb: number; readonly run: number },
    isSparse: boolean,
  ): boolean {
    if (Object.keys(taken).length === 0) return true;
    const may = this.#files.read(jobDb, ({ lastRow, nonce, runValues }) => {
      const last = Math.min(lastRowOfRun(run), lastRow[table]().row);
      const lastNonce = nonce[table](last);
      const summary =
        lastNonce === undefined
          ? undefined
          : this.#files.runSummary(jobDb, { run, entry }, lastNonce);
      if (summary !== undefined) return summary.mayTake(key, taken);
      if (last < lastRowOfRun(run)) return true; // what it has may change
      const select = isSparse ? runValues : undefined;
      return this.#files.runValues.mayTake({ jobDb, run, entry, key }, taken, select);
    });
    return may ?? true;
  }

  /** The runs of one JobDb that have rows of a scope within a page's bounds, nearest first. */
  async *#rangesIn(
    jobDb: number,
    page: Page,
    scope: Scope,
  ): AsyncGenerator<Omit<RowRange, "rowsMax">, void> {
    const rows = this.#files.read(jobDb, (statements) => {
      const first = scope.firstRow(statements);
      if (first === undefined) return undefined;
      const { above, below } = rowsBetween(page, statements, { jobDb, table: scope.table });
      return { above: Math.max(above, first - 1), below };
    });
    if (rows === undefined || rows.above + 1 >= rows.below) return;
    const oldest = runOfRow(rows.above + 1);
    const newest = runOfRow(rows.below - 1);
    const [firstRun, lastRun, step] =
      page.direction === "older" ? [newest, oldest, -1] : [oldest, newest, 1];
    for (let run = firstRun; step * (lastRun - run) >= 0; run += step) {
      await this.takeTurns();
      const { reached, isThere } = this.#nextRun({ jobDb, run, lastRun }, scope);
      run = reached;
      if (isThere) yield { run, ...rows };
    }
  }

  /** The next run that has rows of a scope, or how far the search for it came. */
  #nextRun(
    { jobDb, run, lastRun }: Search,
    { entry, key }: Scope,
  ): { readonly reached: number; readonly isThere: boolean } {
    const reach = limits.historyRunsMax - 1;
    const to = Math.min(Math.max(lastRun, run - reach), run + reach);
    const found = this.#files.read(jobDb, (statements) =>
      statements.run[entry]({ key, from: run, to }),
    );
    return { reached: found ?? to, isThere: found !== undefined };
  }

  /** By the clock, as a statement takes 50 µs or, with a filter that finds nothing in a run, a hundred times that. */
  async takeTurns(): Promise<void> {
    if (performance.now() - this.#turnStartedAtMs < limits.historyTurnMs) return;
    await setImmediate();
    this.#turnStartedAtMs = performance.now();
  }
}

/** Which rows of a table of a JobDb a page can hold. */
export function rowsBetween(
  page: Page,
  statements: Statements,
  { jobDb, table }: { readonly jobDb: number; readonly table: ListedTable },
): RowsBetween {
  const lastRow = statements.lastRow[table]().row;
  return rowsOfPage(page, { jobDb, lastRow, firstRowSince: statements.firstRowSince[table] });
}
