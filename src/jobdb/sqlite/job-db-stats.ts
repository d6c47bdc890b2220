/** What the file system knows of a JobDb, without anybody opening it. */
import { type Stats, statSync } from "node:fs";
import { jobDbPath } from "./job-db-folder.ts";

/** A file system may give two writes within this the same time. */
const writeClockMs = 1_000;

/** On disk, with its WAL. */
export function bytesOf(folder: string, number: number): number {
  return statsOf(folder, number).reduce((sum, stat) => sum + stat.size, 0);
}

/** When it was last written to, Unix milliseconds; `-Infinity` if it is not there. */
export function writtenAtMs(folder: string, number: number): number {
  return Math.max(...statsOf(folder, number).map(({ mtimeMs }) => mtimeMs));
}

/**
 * As `writtenAtMs`, to compare with later: if that is the same then, nothing has been written between. NaN, which nothing is
 * the same as, if it was written to just now, and perhaps is again at the same time.
 */
export function unchangedSinceMs(folder: string, number: number): number {
  const atMs = writtenAtMs(folder, number);
  return Date.now() - atMs > writeClockMs ? atMs : Number.NaN;
}

/** Without the WAL that is empty: whoever reads a file makes one beside it. */
function statsOf(folder: string, number: number): readonly Stats[] {
  const path = jobDbPath(folder, number);
  const stats = [path, `${path}-wal`].map((file) => statSync(file, { throwIfNoEntry: false }));
  return stats.filter((stat) => stat !== undefined).filter(({ size }) => size > 0);
}
