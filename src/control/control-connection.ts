import type { DatabaseSync } from "node:sqlite";
import { PosthornError } from "../core/errors.ts";
import { limits } from "../core/limits.ts";
import { openReader, openWriter, type WriterOptions } from "../sqlite/open-connection.ts";
import { toControlError } from "./sqlite-failure.ts";

/**
 * Opens `control.db` (`FULL`, as nothing else can restore it) or `ldb.db` (`NORMAL`) for writing. Their commits are few
 * and small, so they do the checkpoints too.
 *
 * @throws PosthornError `sqlite_too_old`, `data_unwritable`, `control_unavailable`
 */
export function openControlWriter(
  path: string,
  synchronous: WriterOptions["synchronous"],
): DatabaseSync {
  try {
    return openWriter(path, {
      synchronous,
      autocheckpointPages: limits.controlAutocheckpointPages,
      cacheKiB: limits.controlCacheKiB,
    });
  } catch (error) {
    throw toControlError(error, path);
  }
}

/**
 * Opens `ldb.db` or `control.db`, which another connection writes.
 *
 * @throws PosthornError `sqlite_too_old`, `control_unavailable`
 */
export function openControlReader(path: string): DatabaseSync {
  try {
    return openReader(path, limits.controlCacheKiB);
  } catch (error) {
    if (!(error instanceof Error) || error instanceof PosthornError) throw error;
    const message = `${path} can't be read: ${error.message}`;
    throw new PosthornError("control_unavailable", message, { cause: error });
  }
}
