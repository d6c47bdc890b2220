import { DatabaseSync } from "node:sqlite";
import { assert } from "../core/errors.ts";
import { limits } from "../core/limits.ts";
import { readPragma } from "./read-pragma.ts";
import { assertSqliteVersion } from "./sqlite-version.ts";

export interface WriterOptions {
  /**
   * `FULL`: a commit returns after the fsync that makes it survive a power cut. `NORMAL`: a power cut may take the last
   * commits, but never their order, and a kill -9 shows no difference. So only for what can be made again.
   */
  readonly synchronous: "FULL" | "NORMAL";
  /** Pages of WAL from which on a commit does a checkpoint itself; 0: never, somebody else does them. */
  readonly autocheckpointPages: number;
  readonly cacheKiB: number;
}

/** What `PRAGMA synchronous` gives back. */
const synchronousLevels = { NORMAL: 1, FULL: 2 } as const;

/**
 * Opens a connection that commits, in WAL mode; makes the file if it is absent. What a commit promises rests on the
 * settings, so each is read back. `fullfsync`, as macOS alone leaves data in the drive's cache otherwise; `secure_delete`, as what
 * is erased would otherwise stay in the file until its place is needed.
 *
 * @throws PosthornError `sqlite_too_old`, or what SQLite throws
 */
export function openWriter(path: string, options: WriterOptions): DatabaseSync {
  return opened(new DatabaseSync(path, { timeout: limits.sqliteBusyTimeoutMs }), (database) => {
    set(database, "journal_mode", "wal");
    set(database, "synchronous", synchronousLevels[options.synchronous]);
    set(database, "wal_autocheckpoint", options.autocheckpointPages);
    set(database, "fullfsync", 1);
    set(database, "checkpoint_fullfsync", 1);
    set(database, "cache_size", -options.cacheKiB);
    set(database, "secure_delete", 1);
  });
}

/**
 * Opens a connection that only reads: it never holds up a writer.
 *
 * @throws PosthornError `sqlite_too_old`, or what SQLite throws
 */
export function openReader(path: string, cacheKiB: number): DatabaseSync {
  const options = { readOnly: true, timeout: limits.sqliteBusyTimeoutMs };
  return opened(new DatabaseSync(path, options), (database) => {
    set(database, "query_only", 1);
    set(database, "cache_size", -cacheKiB);
  });
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
