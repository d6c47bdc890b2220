import type { DatabaseSync } from "node:sqlite";
import type { AnswerRow } from "../../core/answer.ts";
import { prepareFirstRowSince, prepareSelectLastRow } from "./row-span.ts";

/** Rows are counted by SQLite, as nobody is told of them. */
export function prepareInsertAnswer(
  database: DatabaseSync,
): (answer: AnswerRow, atMs: number) => void {
  const statement = database.prepare(
    "INSERT INTO answer (at_ms, hash, first_message, messages, text) VALUES (?, ?, ?, ?, ?)",
  );
  return ({ hash, firstMessage, messages, text }, atMs) =>
    void statement.run(atMs, hash, firstMessage, messages, text);
}

export interface AnswerQuery {
  readonly hash: Uint8Array;
  /** The run to begin with, and the last one to look into. */
  readonly from: number;
  readonly to: number;
}

type FoundAnswer = {
  readonly at_ms: number;
  readonly first_message: number;
  readonly messages: number;
  readonly text: string;
};

/** The newest answer under a hash in some runs. */
function prepareSelectAnswer(
  database: DatabaseSync,
): (query: AnswerQuery) => FoundAnswer | undefined {
  const statement = database.prepare(
    `WITH RECURSIVE run (n) AS (SELECT $from UNION ALL SELECT n + 1 FROM run WHERE n < $to)
     SELECT at_ms, first_message, messages, text FROM run CROSS JOIN answer INDEXED BY answer_run
     ON row >> 12 = n AND substr(hash, 1, 8) = substr($hash, 1, 8) AND hash = $hash
     ORDER BY row DESC LIMIT 1`,
  );
  return (query) => statement.get({ ...query }) as FoundAnswer | undefined; // the columns of the statement
}

type HashRow = { readonly row: number; readonly hash: Uint8Array; readonly atMs: number };

/** Some answers from a row on, in order. */
function prepareSelectHashes(
  database: DatabaseSync,
): (fromRow: number, rowsMax: number) => readonly HashRow[] {
  const statement = database.prepare(
    "SELECT row, hash, at_ms AS atMs FROM answer WHERE row >= ? ORDER BY row LIMIT ?",
  );
  return (fromRow, rowsMax) => statement.all(fromRow, rowsMax).map((row) => row as HashRow); // the columns of the statement
}

/** What history asks of answers. */
export function prepareAnswers(database: DatabaseSync) {
  return {
    lastRow: prepareSelectLastRow(database, "answer"),
    firstRowSince: prepareFirstRowSince(database, "answer"),
    find: prepareSelectAnswer(database),
    hashes: prepareSelectHashes(database),
  };
}
