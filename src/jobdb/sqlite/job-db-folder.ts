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
import { dirname, join } from "node:path";
import { toOpenError } from "./job-db-error.ts";

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
 * Makes a folder and those above it, each of them durable.
 *
 * @param root from it on they are made durable even if they are there: whoever made one may have been killed before it was synced
 * @throws PosthornError `data_unwritable`
 */
export function makeFolder(folder: string, root?: string): void {
  try {
    const first = mkdirSync(folder, { recursive: true });
    const lengths = [first, root].flatMap((each) => (each === undefined ? [] : [each.length]));
    const top = Math.min(...lengths); // of none: Infinity
    for (let made = folder; made.length >= top; made = dirname(made)) syncFolder(dirname(made));
  } catch (error) {
    throw toOpenError(error, folder);
  }
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
