/** Where rows lie in time. In these tables a higher row never has an earlier time. */
import type { DatabaseSync } from "node:sqlite";

export type TimedTable = "message" | "attempt" | "answer";

/** A row and its time; row 0 at time 0 stands for "none yet". */
export type TimedRow = {
  readonly row: number;
  readonly atMs: number;
};

export function prepareSelectLastRow(database: DatabaseSync, table: TimedTable): () => TimedRow {
  const statement = database.prepare(
    `SELECT row, at_ms AS atMs FROM ${table} ORDER BY row DESC LIMIT 1`,
  );
  return () => (statement.get() as TimedRow | undefined) ?? { row: 0, atMs: 0 }; // the columns of the statement
}

/** What makes a row another than any with its number elsewhere; undefined if it is not there. */
export function prepareSelectNonce(
  database: DatabaseSync,
  table: TimedTable,
): (row: number) => number | undefined {
  const statement = database.prepare(`SELECT nonce FROM ${table} WHERE row = ?`);
  return (row) => {
    const found = statement.get(row);
    return found === undefined ? undefined : Number(found["nonce"]);
  };
}

/** The time of the first row from `row` on. */
export function prepareSelectTime(
  database: DatabaseSync,
  table: TimedTable,
): (row: number) => number | undefined {
  const statement = database.prepare(
    `SELECT at_ms FROM ${table} WHERE row >= ? ORDER BY row LIMIT 1`,
  );
  return (row) => {
    const found = statement.get(row);
    return found === undefined ? undefined : Number(found["at_ms"]);
  };
}

/** Finds the first row made at or after a time, by bisection; one above the last row if there is none. */
export function prepareFirstRowSince(
  database: DatabaseSync,
  table: TimedTable,
): (sinceMs: number) => number {
  const lastRow = prepareSelectLastRow(database, table);
  const timeOf = prepareSelectTime(database, table);
  return (sinceMs) => {
    const last = lastRow();
    if (last.atMs < sinceMs) return last.row + 1;
    let low = 1;
    let high = last.row;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if ((timeOf(middle) ?? Infinity) >= sinceMs) high = middle;
      else low = middle + 1;
    }
    return low;
  };
}
