/**
 * A damaged JobDb is set aside, and everything else goes on without it.
 *
 *     in use ──SQLite finds damage──▶ marked, the process ends in order ──next start──▶ jobdb/quarantine/
 *     at rest ──can't be read at a start, or the scrubber has marked it──────────────────────▲
 *
 * The mark is a file beside it, `00000001.db.damaged`, with the reason; it goes along. Only damage counts (SQLITE_CORRUPT,
 * SQLITE_NOTADB): a disk that can't be read at all says nothing of a file. What was unsettled in it can't be sent, and its
 * number is never used again. Rejected: taking a JobDb out of a Director that runs, as every virtual queue has windows
 * and cursors into it; a restart finds all that again from the files that are left.
 */
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { PosthornError } from "../../core/errors.ts";
import { isDamage, resultCodeOf, resultCodes } from "../../sqlite/result-code.ts";
import { jobDbFileState } from "./job-db-file.ts";
import { removeRunSummaries } from "./run-summary-file.ts";
import { journalOf, jobDbNumbersIn, jobDbPath, makeFolder, syncFolder } from "./job-db-folder.ts";

export interface Quarantined {
  readonly jobDb: number;
  readonly reason: string;
}

/**
 * Whether an error of opening a JobDb says that the file is damaged. An error in SQL does, as the statements are always the
 * same: what they name is not in the file's schema, though its version says so.
 */
export function isDamageAtOpening(error: unknown): boolean {
  const cause = error instanceof PosthornError ? error.cause : error;
  return isDamage(cause) || resultCodeOf(cause) === resultCodes.error;
}

/** So that the next start sets the file aside. The reason is for people. */
export function markDamaged(path: string, reason: string): void {
  writeFileSync(markOf(path), `${reason}\n`);
}

/**
 * Sets aside what is marked or can't be read. To be called before anything opens a JobDb: files can't be moved in use.
 * Returns what is new there.
 *
 * @throws PosthornError `data_newer`, `data_unwritable`, `jobdb_failed`
 */
export function quarantineDamaged(folder: string): readonly Quarantined[] {
  return jobDbNumbersIn(folder).flatMap((jobDb) => {
    const reason = damageOf(jobDbPath(folder, jobDb));
    if (reason === undefined) return [];
    setAside(jobDbPath(folder, jobDb), reason);
    return [{ jobDb, reason }];
  });
}

/** All that is set aside, in order. */
export function quarantinedIn(folder: string): readonly Quarantined[] {
  const quarantine = quarantineOf(folder);
  if (!existsSync(quarantine)) return [];
  return jobDbNumbersIn(quarantine).map((jobDb) => ({
    jobDb,
    reason: reasonOf(jobDbPath(quarantine, jobDb)) ?? "unknown",
  }));
}

/** Undefined: none that a look shows. */
function damageOf(path: string): string | undefined {
  const marked = reasonOf(path);
  if (marked !== undefined) return marked;
  try {
    jobDbFileState(path);
    return undefined;
  } catch (error) {
    if (error instanceof Error && isDamageAtOpening(error)) return error.message;
    throw error;
  }
}

function setAside(path: string, reason: string): void {
  const folder = dirname(path);
  const quarantine = quarantineOf(folder);
  makeFolder(quarantine);
  // Marked in both places until all of it is moved: a crash leaves something that the next start sets aside again.
  for (const place of [path, join(quarantine, basename(path))]) markDamaged(place, reason);
  for (const from of [journalOf(path), `${path}-wal`, `${path}-shm`, path]) {
    if (existsSync(from)) renameSync(from, join(quarantine, basename(from)));
  }
  removeRunSummaries(path);
  rmSync(markOf(path));
  syncFolder(quarantine);
  syncFolder(folder);
}

function reasonOf(path: string): string | undefined {
  return existsSync(markOf(path)) ? readFileSync(markOf(path), "utf8").trim() : undefined;
}

function markOf(path: string): string {
  return `${path}.damaged`;
}

function quarantineOf(folder: string): string {
  return join(folder, "quarantine");
}
