/**
 * How far the scrubber has come, in a file of the JobDbs' folder: it goes on from there after a restart, and `doctor` tells
 * what it found. A file that can't be read is none: then a round begins.
 */
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export interface ScrubLog {
  /** The last JobDb that was looked at in this round; 0: none. */
  readonly jobDb: number;
  /** When this round began, Unix milliseconds; 0: there was none. */
  readonly beganAtMs: number;
  /** Of this round and the one before. */
  readonly found: readonly ScrubFinding[];
}

export interface ScrubFinding {
  readonly jobDb: number;
  readonly damage: string;
}

export function readScrubLog(folder: string): ScrubLog {
  try {
    return JSON.parse(readFileSync(pathIn(folder), "utf8")) as ScrubLog; // written by writeScrubLog
  } catch {
    return { jobDb: 0, beganAtMs: 0, found: [] };
  }
}

/** Never seen half. Not synced: what a power cut takes of it is looked at again. */
export function writeScrubLog(folder: string, log: ScrubLog): void {
  const aside = `${pathIn(folder)}.new`;
  writeFileSync(aside, `${JSON.stringify(log)}\n`);
  renameSync(aside, pathIn(folder));
}

function pathIn(folder: string): string {
  return join(folder, "scrubbed.json");
}
