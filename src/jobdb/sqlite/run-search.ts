import type { Page } from "../../director/facade.ts";
import { limits } from "../../core/limits.ts";
import type { HistoryFiles } from "./history-files.ts";
import type { ListedTable } from "./history-reader.ts";
import type { RowRange } from "./history-statements.ts";
import type { Scope, Statements } from "./listing-scope.ts";
import { type RowsBetween, rowsOfPage } from "./page-rows.ts";
import { runOfRow } from "./run.ts";

/** A search through the runs of one JobDb that has come to `run`. */
interface Search {
  readonly jobDb: number;
  readonly run: number;
  /** The last one to look into, below `run` when going to older rows. */
  readonly lastRun: number;
}

/** Finds in which runs of a JobDb there is something to look at. */
export class RunSearch {
  readonly #files: HistoryFiles;
  readonly #takeTurns: () => Promise<void>;

  /** @param takeTurns lets other work of the thread go on, if it is time */
  constructor(files: HistoryFiles, takeTurns: () => Promise<void>) {
    this.#files = files;
    this.#takeTurns = takeTurns;
  }

  /** The runs of one JobDb that have rows of a scope within a page's bounds, nearest first. */
  async *ranges(
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
      await this.#takeTurns();
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
}

/** The rows of a table of a JobDb that a page can hold. */
export function rowsBetween(
  page: Page,
  statements: Statements,
  { jobDb, table }: { readonly jobDb: number; readonly table: ListedTable },
): RowsBetween {
  const lastRow = statements.lastRow[table]().row;
  return rowsOfPage(page, { jobDb, lastRow, firstRowSince: statements.firstRowSince[table] });
}
