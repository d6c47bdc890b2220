import type { DatabaseSync } from "node:sqlite";
import { limits } from "../../core/limits.ts";
import { openReader, openWriter } from "../../sqlite/open-connection.ts";

/**
 * Opens the connection that commits. It syncs every commit: with less nothing shows in a kill -9, and acknowledged rows
 * are gone after most power cuts. It never has to do a checkpoint; see wal-keeper.ts.
 *
 * @throws PosthornError `sqlite_too_old`, or what SQLite throws
 */
export function openJobDbWriter(path: string): DatabaseSync {
  return openWriter(path, {
    synchronous: "FULL",
    autocheckpointPages: 0,
    cacheKiB: limits.writerCacheKiB,
  });
}

/** @throws PosthornError `sqlite_too_old`, or what SQLite throws */
export function openJobDbReader(path: string): DatabaseSync {
  return openReader(path, limits.readerCacheKiB);
}
