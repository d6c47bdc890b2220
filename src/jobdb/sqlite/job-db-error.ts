import { PosthornError } from "../../core/errors.ts";
import { isUnwritable, resultCodeOf } from "../../sqlite/result-code.ts";

const systemUnwritable: readonly string[] = [
  "EACCES",
  "EPERM",
  "EROFS",
  "EEXIST",
  "ENOTDIR",
  "ENOENT",
  "ENOSPC",
];

/**
 * What went wrong while a file or folder was opened or made: `data_unwritable` if it can't be, `jobdb_failed` for anything
 * else. Operational errors stay as they are.
 */
export function toOpenError(error: unknown, path: string): PosthornError {
  if (error instanceof PosthornError || !isWriteRefused(error)) return toJobDbFailure(error, path);
  return new PosthornError("data_unwritable", `${path}: ${reasonOf(error)}`, { cause: error });
}

/** What went wrong with a file in use: `jobdb_failed`. Operational errors stay as they are. */
export function toJobDbFailure(error: unknown, path: string): PosthornError {
  if (error instanceof PosthornError) return error;
  return new PosthornError("jobdb_failed", `${path}: ${reasonOf(error)}`, { cause: error });
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** By SQLite or by the system. */
function isWriteRefused(error: unknown): boolean {
  const sqliteCode = resultCodeOf(error);
  if (sqliteCode !== undefined) return isUnwritable(sqliteCode);
  if (!(error instanceof Error) || !("code" in error)) return false;
  return typeof error.code === "string" && systemUnwritable.includes(error.code);
}
