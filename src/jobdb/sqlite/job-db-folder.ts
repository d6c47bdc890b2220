/**
 * The folder of the JobDb files. Nobody may open one of them except through SQLite: a process that closes any descriptor
 * of a file loses all its locks on it (POSIX).
 */
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  rmSync,
} from "node:fs";
import { dirname, join, resolve } from "node:path";
import { isDenied, toOpenError } from "./job-db-error.ts";

const numberDigits = 8;
/** Of the files that SQLite keeps beside a database in use. */
export const walSuffixes = ["-wal", "-shm"] as const;
/** Of the file with the summaries of a JobDb's runs (run-summary-file.ts). */
export const runsSuffix = "-runs";
/** Of all that lies beside a JobDb and is nothing without it. */
export const besideSuffixes = [...walSuffixes, runsSuffix] as const;
/** Of a file that is being made of an archive. */
export const restoringSuffix = ".restoring";
const fileName = new RegExp(String.raw`^(\d{${numberDigits}})\.db$`);

export function jobDbPath(folder: string, number: number): string {
  return join(folder, `${String(number).padStart(numberDigits, "0")}.db`);
}

/** SQLite's rollback journal: a JobDb has one only while it is being made, as that is before its WAL. */
export function journalOf(path: string): string {
  return `${path}-journal`;
}

/** Whether a crash has cut the making of this file: a connection that only reads can't open it. Nothing may be using it. */
export function isUnfinished(path: string): boolean {
  return existsSync(journalOf(path));
}

/** The numbers of all JobDb files, half-made ones too, in order. */
export function jobDbNumbersIn(folder: string): readonly number[] {
  return readdirSync(folder)
    .map((name) => fileName.exec(name)?.[1])
    .filter((digits) => digits !== undefined)
    .map(Number)
    .toSorted((left, right) => left - right);
}

/** Removes what a crash left of JobDbs that were being dropped or restored. Nothing may be using the folder. */
export function removeStrays(folder: string): void {
  const names = new Set(readdirSync(folder));
  for (const name of names) {
    if (name.includes(`.db${restoringSuffix}`)) rmSync(join(folder, name));
    const suffix = besideSuffixes.find((each) => name.endsWith(each));
    if (suffix === undefined) continue;
    const owner = name.slice(0, -suffix.length);
    if (fileName.test(owner) && !names.has(owner)) rmSync(join(folder, name));
  }
}

/**
 * Makes a folder and those above it that are not there, and their names durable; its own also if it is there, as whoever made it
 * may have been killed before. That needs a sync of the folder that a name is in, and so the right to read that one.
 *
 * @throws PosthornError `data_unwritable`
 */
export function makeFolder(folder: string, options: MakeFolderOptions = {}): void {
  const { root = folder, onUndurable } = options;
  const path = resolve(folder);
  try {
    const madeFrom = mkdirSync(path, { recursive: true })?.length ?? Infinity;
    const syncedFrom = Math.min(madeFrom, resolve(root).length);
    for (let each = path; each.length >= syncedFrom; each = dirname(each)) {
      if (each === dirname(each)) break; // it is in no other
      const isMade = each.length >= madeFrom;
      syncName(each, onUndurable ?? (isMade ? refuse : goOn));
    }
  } catch (error) {
    throw toOpenError(error, folder);
  }
}

export interface MakeFolderOptions {
  /** The folder itself or one above it: the names from there on are made durable, made just now or not. Default: the folder. */
  readonly root?: string;
  /**
   * Told why, if a name can't be made durable because the folder that it is in can't be read. Left out: that is an error if the
   * folder was made just now, and nothing if it was there.
   */
  readonly onUndurable?: (error: unknown) => void;
}

function syncName(path: string, onUndurable: (error: unknown) => void): void {
  try {
    syncFolder(dirname(path));
  } catch (error) {
    if (!isDenied(error)) throw error;
    onUndurable(error);
  }
}

function refuse(error: unknown): never {
  throw error;
}

function goOn(): void {
  // It is as durable as whoever made it has made it.
}

/** Makes the folder's entries durable: a new file's content is worth nothing if a power cut takes its name. */
export function syncFolder(folder: string): void {
  const descriptor = openSync(folder, "r");
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
