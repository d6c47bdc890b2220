/**
 * One process has a data folder. An SQLite file in it is held locked for the life of the process: a POSIX lock, which the
 * system drops however the process ends, kill -9 included. The file also counts the owners, and each gets an epoch above
 * those of all before it: so one that was thought dead and wakes up again is refused by every file that its successor
 * has opened.
 *
 * The epoch is at least the time, so that it also rises when somebody has deleted the lock's file.
 */
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { PosthornError } from "../../core/errors.ts";
import { inTransaction } from "../../sqlite/in-transaction.ts";
import { resultCodeOf, resultCodes } from "../../sqlite/result-code.ts";
import { assertSqliteVersion } from "../../sqlite/sqlite-version.ts";
import { toOpenError } from "./job-db-error.ts";
import { makeFolder, syncFolder } from "./job-db-folder.ts";

export interface DataFolderLock {
  /** Higher than that of any earlier owner of the folder. */
  readonly epoch: number;
  /** Lets another process have the folder. */
  release(): void;
}

/** Whether no process has ever had the folder. */
export function isNewDataFolder(folder: string): boolean {
  return !existsSync(lockPathOf(folder));
}

/**
 * Takes the folder for this process, and makes it if it is absent. Its name is durable then, if the folder that it is in can be read.
 *
 * @throws PosthornError `data_locked` if another process (or this one) has it; `data_unwritable` if it can't be made or
 *   written; `sqlite_too_old`
 */
export function lockDataFolder(folder: string): DataFolderLock {
  makeFolder(folder, { onUndurable: () => undefined }); // it is of use all the same, and more durable than none
  const path = lockPathOf(folder);
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(path);
    const epoch = hold(database);
    syncFolder(dirname(path));
    const held = database;
    return {
      epoch,
      release: () => {
        if (held.isOpen) held.close();
      },
    };
  } catch (error) {
    database?.close();
    const isBusy = resultCodeOf(error) === resultCodes.busy;
    throw isBusy ? lockedError(folder) : toOpenError(error, path);
  }
}

/** Whether a process has the folder now. Changes nothing. */
export function isDataFolderLocked(folder: string): boolean {
  if (isNewDataFolder(folder)) return false;
  const database = new DatabaseSync(lockPathOf(folder));
  try {
    database.exec("BEGIN IMMEDIATE");
    database.exec("ROLLBACK");
    return false;
  } catch (error) {
    if (resultCodeOf(error) === resultCodes.busy) return true;
    throw error;
  } finally {
    database.close();
  }
}

/** In exclusive locking mode the lock that a transaction takes is kept until the connection is closed. */
function hold(database: DatabaseSync): number {
  assertSqliteVersion(database);
  database.exec("PRAGMA locking_mode = EXCLUSIVE");
  // An epoch that was used must not come back after a power cut: EXTRA syncs the folder too when a journal goes.
  database.exec("PRAGMA synchronous = EXTRA");
  return inTransaction(database, () => {
    database.exec("CREATE TABLE IF NOT EXISTS owner (epoch INTEGER NOT NULL) STRICT");
    const previous = database.prepare("SELECT epoch FROM owner").get();
    const epoch = Math.max(Number(previous?.["epoch"] ?? 0) + 1, Date.now());
    const sql =
      previous === undefined ? "INSERT INTO owner VALUES (?)" : "UPDATE owner SET epoch = ?";
    database.prepare(sql).run(epoch);
    return epoch;
  });
}

function lockPathOf(folder: string): string {
  return join(folder, "posthorn.lock");
}

function lockedError(folder: string): PosthornError {
  return new PosthornError(
    "data_locked",
    `${folder} is in use by another Posthorn process: stop that one first, or give this one another data folder`,
  );
}
