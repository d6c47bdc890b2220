/**
 * The summaries of a JobDb's runs, in a file beside it: `00000001.db-runs`. Each has its place in it, and says what it is of: the
 * nonce of the run's last row, which no other row has (so it holds until another is the last), and a checksum. It is not synced, and may be lost or torn at any time: a
 * summary that is not as it was written is none, and is made again by the next start.
 *
 *     place of a summary = 3 × run + which = checksum (4 bytes) · format (4) · nonce (8) · bits (8192)
 *
 * Whoever puts another file in the JobDb's place, or erases something in it, removes this one first or after it; until the
 * summaries are made again, searches go without. Rejected: a table in the JobDb, which has one writer, and the writer commits;
 * a database of its own, which would be one more connection for each JobDb.
 */
import { closeSync, constants, openSync, readSync, rmSync, writeSync } from "node:fs";
import { crc32 } from "node:zlib";
import { runsSuffix } from "./job-db-folder.ts";
import { RunSummary, summaryBytes } from "./run-summary.ts";
import type { RunOfRows } from "./run-values.ts";

/** Which summary of a JobDb. */
export type SummaryPlace = Pick<RunOfRows, "run" | "entry">;

const format = 1;
const headerBytes = 16;
const placeBytes = headerBytes + summaryBytes;
const entries = ["message", "delivery", "attempt"] as const;

/**
 * Undefined if there is none that can be relied on.
 *
 * @param path of the JobDb
 * @param nonce of the last row of the run
 */
export function readRunSummary(
  path: string,
  place: SummaryPlace,
  nonce: number,
): RunSummary | undefined {
  const bytes = Buffer.allocUnsafe(placeBytes);
  const read = readAt(`${path}${runsSuffix}`, bytes, positionOf(place));
  if (read < placeBytes || bytes.readUInt32LE(4) !== format) return undefined;
  if (bytes.readDoubleLE(8) !== nonce || bytes.readUInt32LE(0) !== checksumOf(bytes, place))
    return undefined;
  return new RunSummary(bytes.subarray(headerBytes));
}

/** @throws what the file system throws */
export function writeRunSummary(
  path: string,
  place: SummaryPlace,
  nonce: number,
  { bits }: RunSummary,
): void {
  const bytes = Buffer.allocUnsafe(placeBytes);
  bytes.writeUInt32LE(format, 4);
  bytes.writeDoubleLE(nonce, 8);
  bytes.set(bits, headerBytes);
  bytes.writeUInt32LE(checksumOf(bytes, place), 0);
  const file = openSync(`${path}${runsSuffix}`, constants.O_WRONLY | constants.O_CREAT, 0o600);
  try {
    writeSync(file, bytes, 0, placeBytes, positionOf(place));
  } finally {
    closeSync(file);
  }
}

/** Forgets all summaries of a JobDb. */
export function removeRunSummaries(path: string): void {
  rmSync(`${path}${runsSuffix}`, { force: true });
}

function positionOf({ run, entry }: SummaryPlace): number {
  return (run * entries.length + entries.indexOf(entry)) * placeBytes;
}

/** Begun with its place, so that it tells too when a summary turns up at another one. */
function checksumOf(bytes: Uint8Array, place: SummaryPlace): number {
  return crc32(bytes.subarray(4), positionOf(place) >>> 0);
}

/** How many bytes there were; the file is opened each time, as it may have been removed since. */
function readAt(path: string, bytes: Uint8Array, position: number): number {
  let file: number;
  try {
    file = openSync(path, "r");
  } catch {
    return 0; // there is none, or none that can be read: both are as good
  }
  try {
    return readSync(file, bytes, 0, bytes.length, position);
  } catch {
    return 0; // the disk can't read it
  } finally {
    closeSync(file);
  }
}
