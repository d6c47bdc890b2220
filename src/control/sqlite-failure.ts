/**
 * What a failure of SQLite means for the control store.
 *
 * | result code | means |
 * |---|---|
 * | busy, locked, full, no memory | the transaction is undone, the files are as they were: a later call may succeed |
 * | anything else of SQLite | the connection can't be trusted any more (after a failed fsync nobody knows what is on disk): it is closed |
 */
import { PosthornError } from "../core/errors.ts";
import { isUnwritable, resultCodeOf, resultCodes } from "../sqlite/result-code.ts";

const transient: readonly number[] = [
  resultCodes.busy,
  resultCodes.locked,
  resultCodes.noMemory,
  resultCodes.full,
];

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
    isUnwritable(code) ? "data_unwritable" : "control_unavailable",
    `${path}: ${error.message}`,
    { cause: error },
  );
}
