import type { DatabaseSync } from "node:sqlite";
import { deliveryNumberOf } from "../../core/delivery.ts";
import { limits } from "../../core/limits.ts";
import type { ListedTable } from "./history-reader.ts";
import { prepareSelectJobDb } from "./job-db-statements.ts";
import { prepareSelectLastRow, prepareSelectNonce, type TimedRow } from "./row-span.ts";
import { RunSummary } from "./run-summary.ts";
import { readRunSummary, type SummaryPlace, writeRunSummary } from "./run-summary-file.ts";
import { columnOf, valuesOf } from "./run-value-statements.ts";
import { type RunField, runFields } from "./run-values.ts";
import { lastDeliveryOfRun, lastRowOfRun, runRows } from "./run.ts";

/** A summary that is there, of a run whose last row has this nonce. */
export interface MadeSummary {
  readonly place: SummaryPlace;
  readonly nonce: number;
}

interface Found {
  /** Of this run; undefined: it can have none, as its last row is not there (of what was restored of an archive). */
  readonly found: MadeSummary | undefined;
  /** Whether it was not there before. */
  readonly made: boolean;
}

const entriesOf = {
  message: ["message", "delivery"],
  attempt: ["attempt"],
} as const satisfies Record<ListedTable, readonly SummaryPlace["entry"][]>;

const messageFields: readonly RunField[] = ["eventType", "channel", "tag"];

function columnsOf(fields: readonly RunField[]): string {
  return fields.map((field) => columnOf[field]).join(", ");
}

/** Makes summaries of the runs of one JobDb. */
export class SummaryMaker {
  readonly #database: DatabaseSync;
  readonly #path: string;
  readonly #lastRow: Readonly<Record<ListedTable, () => TimedRow>>;
  readonly #isDrained: boolean;
  readonly #nonces: Readonly<Record<ListedTable, (row: number) => number | undefined>>;
  readonly #selects: ReturnType<typeof prepareSelects>;

  /** @param database reads the JobDb at `path` */
  constructor(database: DatabaseSync, path: string) {
    this.#database = database;
    this.#path = path;
    this.#lastRow = {
      message: prepareSelectLastRow(database, "message"),
      attempt: prepareSelectLastRow(database, "attempt"),
    };
    this.#nonces = {
      message: prepareSelectNonce(database, "message"),
      attempt: prepareSelectNonce(database, "attempt"),
    };
    this.#selects = prepareSelects(database);
    this.#isDrained = prepareSelectJobDb(database)().drained_at_ms !== null;
  }

  /** Its rows stay as they are. */
  isFull(table: ListedTable, run: number): boolean {
    return this.#lastRow[table]().row >= lastRowOfRun(run);
  }

  /** Whether it is worth it: of a run that is full, or the last one of a JobDb that is drained for now. */
  isDue(table: ListedTable, run: number): boolean {
    const last = this.#lastRow[table]().row;
    const rows = last - run * runRows;
    return last >= lastRowOfRun(run) || (this.#isDrained && rows >= limits.summarisedRowsMin);
  }

  isThere({ place, nonce }: MadeSummary): boolean {
    return readRunSummary(this.#path, place, nonce) !== undefined;
  }

  /**
   * Sees to it that a run has its summaries. What was read is written before the read transaction ends: who erases something
   * waits for that, so what is removed after an erasure is not written again as it was before.
   *
   * @throws what SQLite and the file system throw
   */
  summarise(table: ListedTable, run: number): Found {
    this.#database.exec("BEGIN");
    try {
      const last = Math.min(lastRowOfRun(run), this.#lastRow[table]().row);
      const nonce = this.#nonces[table](last);
      if (nonce === undefined) return { found: undefined, made: false };
      const places = entriesOf[table].map((entry) => ({ run, entry }));
      const missing = places.filter((place) => !this.isThere({ place, nonce }));
      for (const place of missing)
        writeRunSummary(this.#path, place, nonce, this.#summaryOf(place));
      return {
        found: { place: { run, entry: entriesOf[table][0] }, nonce },
        made: missing.length > 0,
      };
    } finally {
      this.#database.exec("COMMIT");
    }
  }

  #summaryOf({ run, entry }: SummaryPlace): RunSummary {
    const summary = new RunSummary();
    const isTooMuch =
      entry === "delivery" && this.#selects.countDeliveries(run) > limits.summarisedDeliveriesMax;
    if (isTooMuch) summary.fill();
    else
      fillIn(summary, this.#selects[entry](run), entry === "attempt" ? runFields : messageFields);
    return summary;
  }
}

/** A key, and then the columns of the fields, in their order. */
type ValuesRow = readonly [number, ...(string | null)[]];

/** Row by row: SQL's DISTINCT takes longer than adding the same again. */
function fillIn(summary: RunSummary, rows: Iterable<ValuesRow>, fields: readonly RunField[]): void {
  for (const row of rows) {
    for (const [index, field] of fields.entries()) {
      const text = row[index + 1];
      if (typeof text !== "string") continue;
      for (const value of valuesOf(text, field)) summary.add({ key: row[0], field, value });
    }
    if (!summary.isFull) continue;
    summary.fill();
    return;
  }
}

function prepareSelects(database: DatabaseSync) {
  const messages = database.prepare(
    `SELECT application, ${columnsOf(messageFields)} FROM message WHERE row BETWEEN $first AND $last`,
  );
  const deliveries = database.prepare(
    `SELECT delivery.endpoint, ${columnsOf(messageFields)}
     FROM message CROSS JOIN delivery ON delivery.number BETWEEN message.row << 16 AND (message.row << 16) + 65535
     WHERE message.row BETWEEN $first AND $last`,
  );
  const attempts = database.prepare(
    `SELECT attempt.endpoint, ${columnsOf(runFields)} FROM attempt CROSS JOIN message ON message.row = attempt.delivery >> 16
     WHERE attempt.row BETWEEN $first AND $last`,
  );
  const deliveryCount = database.prepare(
    "SELECT count(*) AS count FROM delivery WHERE number BETWEEN $first AND $last",
  );
  const iterate = (statement: typeof messages) => {
    statement.setReturnArrays(true);
    return (run: number): Iterable<ValuesRow> => {
      const rows: Iterable<unknown> = statement.iterate({
        first: run * runRows,
        last: lastRowOfRun(run),
      });
      return rows as Iterable<ValuesRow>; // the columns of each
    };
  };
  return {
    message: iterate(messages),
    delivery: iterate(deliveries),
    attempt: iterate(attempts),
    countDeliveries: (run: number): number => {
      const range = { first: deliveryNumberOf(run * runRows, 0), last: lastDeliveryOfRun(run) };
      return Number(deliveryCount.get(range)?.["count"]);
    },
  };
}
