import { chmodSync, linkSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { randomBytes } from "node:crypto";
import { dirname } from "node:path";
import { PosthornError } from "../core/errors.ts";
import { makeFolder, syncFolder } from "../jobdb/sqlite/job-db-folder.ts";

/** A secret that is made on first use and kept in a file of the data folder, for the owner's eyes alone. */
export interface KeptSecret {
  readonly path: string;
  /** What it is, in an error. */
  readonly what: string;
  /** The setting that can be given in its place. */
  readonly setting: string;
  readonly make: () => string;
}

/**
 * The text of a secret's file. Of two that come at once, one makes it and both use the same; it survives a power cut before
 * it is used.
 *
 * @throws PosthornError `data_unwritable`
 */
export function keptSecret(secret: KeptSecret): string {
  const { path, what, setting, make } = secret;
  try {
    makeFolder(dirname(path), { onUndurable: () => undefined }); // the server tells of it
    return read(path) ?? put(path, make());
  } catch (error) {
    if (error instanceof PosthornError) throw error;
    throw new PosthornError(
      "data_unwritable",
      `can't keep ${what} in ${path}: ${String(error)}; set ${setting} or make the folder writable`,
      { cause: error },
    );
  }
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8").trim();
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}

/** Puts another text in the place of a secret's, at once and durably. */
export function replaceSecret(path: string, text: string): void {
  const aside = writeAside(path, text);
  renameSync(aside, path);
  syncFolder(dirname(path));
}

/** Written aside and linked into place, so that it is never seen half, and of two makers both read the first one's. */
function put(path: string, text: string): string {
  const aside = writeAside(path, text);
  try {
    linkSync(aside, path);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
  } finally {
    rmSync(aside);
  }
  syncFolder(dirname(path));
  return readFileSync(path, "utf8").trim();
}

function writeAside(path: string, text: string): string {
  const aside = `${path}.${randomBytes(6).toString("hex")}`;
  writeFileSync(aside, `${text}\n`, { mode: 0o600, flush: true });
  chmodSync(aside, 0o600);
  return aside;
}
