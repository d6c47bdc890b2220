import { DatabaseSync } from "node:sqlite";
import { assert, PosthornError } from "../core/errors.ts";
import { limits } from "../core/limits.ts";
import { toControlError } from "./sqlite-failure.ts";

/** Before this, two connections could corrupt a file when the WAL was reset (fixed in 3.51.3). */
const sqliteOldest = [3, 51, 3];

/**
 * Opens a database for writing, in WAL mode. `FULL` is for what nothing else can restore: a commit is on disk when it
 * returns. `NORMAL` may lose the last commits in a power cut, but never their order.
 *
 * @throws PosthornError `sqlite_too_old`, `data_unwritable`, `control_unavailable`
 */
export function openDatabase(path: string, synchronous: "FULL" | "NORMAL"): DatabaseSync {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(path, { timeout: limits.sqliteBusyTimeoutMs });
    assertSqliteVersion(database);
    database.exec("PRAGMA journal_mode = WAL");
    database.exec(`PRAGMA synchronous = ${synchronous}`);
    assert(pragma(database, "journal_mode") === "wal", `${path} is in WAL mode`);
    return database;
  } catch (error) {
    database?.close();
    throw toControlError(error, path);
  }
}

/**
 * Opens a database that another connection writes.
 *
 * @throws PosthornError `sqlite_too_old`, `control_unavailable`
 */
export function openDatabaseForReading(path: string): DatabaseSync {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(path, { readOnly: true, timeout: limits.sqliteBusyTimeoutMs });
    assertSqliteVersion(database);
    return database;
  } catch (error) {
    database?.close();
    if (!(error instanceof Error) || error instanceof PosthornError) throw error;
    const message = `${path} can't be read: ${error.message}`;
    throw new PosthornError("control_unavailable", message, { cause: error });
  }
}

/** The value of a pragma that is a single one. */
export function pragma(database: DatabaseSync, name: string): unknown {
  const row = database.prepare(`PRAGMA ${name}`).get() ?? {};
  return Object.values(row)[0];
}

function assertSqliteVersion(database: DatabaseSync): void {
  const { version } = database.prepare("SELECT sqlite_version() AS version").get() ?? {};
  if (!isSqliteNewEnough(String(version))) {
    throw new PosthornError(
      "sqlite_too_old",
      `SQLite ${String(version)} can corrupt files; ${sqliteOldest.join(".")} or newer is needed`,
    );
  }
}

/** Whether a version text like `3.51.3` names one that is safe to write with. */
export function isSqliteNewEnough(version: string): boolean {
  const parts = version.split(".").map(Number);
  for (const [index, oldest] of sqliteOldest.entries()) {
    const part = parts[index] ?? 0;
    if (part !== oldest) return part > oldest;
  }
  return true;
}
