/**
 * What a failure of SQLite means for the control store.
 *
 * | result code | means |
 * |---|---|
 * | busy, locked, full, no memory | the transaction is undone, the files are as they were: a later call may succeed |
 * | anything else of SQLite | the connection can't be trusted any more (after a failed fsync nobody knows what is on disk): it is closed |
 */
import { PosthornError } from "../core/errors.ts";

const resultCodes = {
  permission: 3,
  busy: 5,
  locked: 6,
  noMemory: 7,
  readOnly: 8,
  corrupt: 11,
  full: 13,
  cannotOpen: 14,
  notADatabase: 26,
} as const;

const transient: readonly number[] = [
  resultCodes.busy,
  resultCodes.locked,
  resultCodes.noMemory,
  resultCodes.full,
];
const unwritable: readonly number[] = [
  resultCodes.permission,
  resultCodes.readOnly,
  resultCodes.cannotOpen,
];

/** SQLite's primary result code, or undefined if the error is not SQLite's. */
function resultCodeOf(error: unknown): number | undefined {
  const isSqlite = error instanceof Error && "errcode" in error;
  return isSqlite && typeof error.errcode === "number" ? error.errcode & 255 : undefined;
}

/** Whether the file's content is not what SQLite has written. */
export function isDamage(error: unknown): boolean {
  const code = resultCodeOf(error);
  return code === resultCodes.corrupt || code === resultCodes.notADatabase;
}

/** Whether the connection can't be used any more. Errors that are not SQLite's leave it intact. */
export function isFatal(error: unknown): error is Error {
  const code = resultCodeOf(error);
  return code !== undefined && !transient.includes(code);
}

/** An error of SQLite as an operational one; any other error as it is. */
export function toControlError(error: unknown, path: string): unknown {
  const code = resultCodeOf(error);
  if (!(error instanceof Error) || code === undefined) return error;
  return new PosthornError(
    unwritable.includes(code) ? "data_unwritable" : "control_unavailable",
    `${path}: ${error.message}`,
    { cause: error },
  );
}
