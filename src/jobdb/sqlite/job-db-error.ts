import { PosthornError } from "../../core/errors.ts";
import { isFull, isUnwritable, resultCodeOf } from "../../sqlite/result-code.ts";

const systemUnwritable: readonly string[] = [
  "EACCES",
  "EPERM",
  "EROFS",
  "EEXIST",
  "ENOTDIR",
  "ENOENT",
];

/**
 * What went wrong while a file or folder was opened or made: `data_unwritable` if it can't be, else as in use. Operational errors stay as they are.
 */
export function toOpenError(error: unknown, path: string): PosthornError {
  if (error instanceof PosthornError || !isWriteRefused(error)) return toJobDbFailure(error, path);
  return new PosthornError("data_unwritable", `${path}: ${reasonOf(error)}`, { cause: error });
}

/** What went wrong with a file in use: `disk_full`, or `jobdb_failed` for anything else. Operational errors stay as they are. */
export function toJobDbFailure(error: unknown, path: string): PosthornError {
  if (error instanceof PosthornError) return error;
  const code = isFull(error) || systemCodeOf(error) === "ENOSPC" ? "disk_full" : "jobdb_failed";
  return new PosthornError(code, `${path}: ${reasonOf(error)}`, { cause: error });
}

/** Whether this process is not allowed to do it. */
export function isDenied(error: unknown): boolean {
  return ["EACCES", "EPERM"].includes(systemCodeOf(error) ?? "");
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** By SQLite or by the system. */
function isWriteRefused(error: unknown): boolean {
  const sqliteCode = resultCodeOf(error);
  if (sqliteCode !== undefined) return isUnwritable(sqliteCode);
  const systemCode = systemCodeOf(error);
  return systemCode !== undefined && systemUnwritable.includes(systemCode);
}

function systemCodeOf(error: unknown): string | undefined {
  const hasCode = error instanceof Error && "code" in error && typeof error.code === "string";
  return hasCode ? String(error.code) : undefined;
}
