import type { DatabaseSync } from "node:sqlite";

/** Runs `work` as one transaction: all of it is committed, or none and its error rises. */
export function inTransaction<Result>(database: DatabaseSync, work: () => Result): Result {
  database.exec("BEGIN IMMEDIATE");
  try {
    const result = work();
    database.exec("COMMIT");
    return result;
  } catch (error) {
    // Some errors (a full disk, an I/O error) have rolled back by themselves.
    if (database.isTransaction) database.exec("ROLLBACK");
    throw error;
  }
}
