import type { DatabaseSync } from "node:sqlite";
import { PosthornError } from "../core/errors.ts";

/** The first version without the WAL-reset bug that corrupts files written through two connections (3.7.0 to 3.51.2). */
const oldest = [3, 51, 3] as const;

/** @throws PosthornError `sqlite_too_old` */
export function assertSqliteVersion(database: DatabaseSync): void {
  const row = database.prepare("SELECT sqlite_version() AS version").get();
  const version = String(row?.["version"]);
  if (isSqliteNewEnough(version)) return;
  throw new PosthornError(
    "sqlite_too_old",
    `SQLite ${version} can corrupt files in WAL mode: run a Node with SQLite ${oldest.join(".")} or newer`,
  );
}

/** Whether a version text like `3.51.3` names one that is safe to write with. */
export function isSqliteNewEnough(version: string): boolean {
  const parts = version.split(".").map(Number);
  for (const [place, least] of oldest.entries()) {
    const part = parts[place] ?? 0;
    if (part !== least) return part > least;
  }
  return true;
}
