import { PosthornError } from "../../core/errors.ts";

const sqliteUnwritable: readonly number[] = [3, 8, 14]; // SQLITE_PERM, SQLITE_READONLY, SQLITE_CANTOPEN
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
  if (error instanceof PosthornError || !isUnwritable(error)) return toJobDbFailure(error, path);
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

function isUnwritable(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if ("errcode" in error && typeof error.errcode === "number") {
    return sqliteUnwritable.includes(error.errcode & 255);
  }
  return "code" in error && typeof error.code === "string" && systemUnwritable.includes(error.code);
}
