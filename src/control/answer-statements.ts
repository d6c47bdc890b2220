import type { DatabaseSync } from "node:sqlite";

/** What is kept for a request that may be repeated. */
export interface AnswerRow {
  /** Of the `OnceKey`. */
  readonly hash: Uint8Array;
  readonly at_ms: number;
  /** The result, as `sealAnswer` seals it. */
  readonly sealed: Uint8Array;
}

export function prepareAnswerStatements(database: DatabaseSync) {
  return {
    select: database.prepare(
      "SELECT hash, at_ms, sealed FROM answer WHERE hash = ? AND at_ms >= ?",
    ),
    keep: database.prepare(
      `INSERT INTO answer (hash, at_ms, sealed) VALUES (?, ?, ?)
       ON CONFLICT (hash) DO UPDATE SET at_ms = excluded.at_ms, sealed = excluded.sealed`,
    ),
    erase: database.prepare(
      `DELETE FROM answer WHERE key IN
       (SELECT key FROM answer WHERE at_ms < ? ORDER BY at_ms LIMIT ?)`,
    ),
  };
}
