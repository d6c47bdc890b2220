import type { DatabaseSync } from "node:sqlite";
import { isFull } from "./result-code.ts";

/**
 * Writes a file anew, so that nothing of what was changed or deleted is left between its rows, and empties its WAL.
 * False if there is no room for that, or somebody reads what was there before: another time, then.
 */
export function sweep(database: DatabaseSync): boolean {
  try {
    database.exec("VACUUM");
  } catch (error) {
    if (isFull(error)) return false;
    throw error;
  }
  return database.prepare("PRAGMA wal_checkpoint(TRUNCATE)").get()?.["busy"] === 0;
}
