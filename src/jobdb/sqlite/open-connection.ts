import { DatabaseSync } from "node:sqlite";
import { assert } from "../../core/errors.ts";
import { limits } from "../../core/limits.ts";
import { assertSqliteVersion } from "./sqlite-version.ts";

/**
 * Opens the connection that commits. The settings carry the promise of the program, so each is read back:
 *
 * - WAL and `synchronous` FULL (2): a commit returns after the fsync that makes it survive a power cut. With NORMAL
 *   nothing shows in a kill -9, and acknowledged rows are gone after most power cuts.
 * - `wal_autocheckpoint` 0: a commit never has to do a checkpoint; see wal-keeper.ts.
 * - `fullfsync` 1: macOS alone leaves data in the drive's cache otherwise.
 */
export function openWriter(path: string): DatabaseSync {
  return opened(new DatabaseSync(path, { timeout: limits.sqliteBusyTimeoutMs }), (database) => {
    set(database, "journal_mode", "wal");
    set(database, "synchronous", 2);
    set(database, "wal_autocheckpoint", 0);
    set(database, "fullfsync", 1);
    set(database, "checkpoint_fullfsync", 1);
    set(database, "cache_size", -limits.writerCacheKiB);
  });
}

/** Opens a connection that only reads: it never holds up a writer. */
export function openReader(path: string): DatabaseSync {
  const options = { readOnly: true, timeout: limits.sqliteBusyTimeoutMs };
  return opened(new DatabaseSync(path, options), (database) => {
    set(database, "query_only", 1);
    set(database, "cache_size", -limits.readerCacheKiB);
  });
}

/** The value of a pragma that gives one. */
export function readPragma(database: DatabaseSync, name: string): unknown {
  return Object.values(database.prepare(`PRAGMA ${name}`).get() ?? {})[0];
}

function opened(database: DatabaseSync, configure: (database: DatabaseSync) => void): DatabaseSync {
  try {
    assertSqliteVersion(database);
    configure(database);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

function set(database: DatabaseSync, pragma: string, value: string | number): void {
  database.exec(`PRAGMA ${pragma} = ${value}`);
  const actual = readPragma(database, pragma);
  assert(actual === value, `PRAGMA ${pragma} is ${String(actual)} instead of ${value}`);
}
