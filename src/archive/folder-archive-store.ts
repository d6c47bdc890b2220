/**
 * An archive in a folder. What is put is written to a file beside its place, synced, renamed into place, and the folder synced: a
 * crash or a power cut leaves what was there before or all of it, and at worst the file beside it, which the next put into the
 * same folder writes over.
 */
import { open, readdir, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { PosthornError } from "../core/errors.ts";
import { makeFolder, syncFolder } from "../jobdb/sqlite/job-db-folder.ts";
import type { ArchiveStore, StoredObject } from "./archive-store.ts";

const partName = ".part";

export class FolderArchiveStore implements ArchiveStore {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  put(name: string, bytes: Uint8Array): Promise<void> {
    return this.#use(async () => {
      const path = join(this.#folder, name);
      const part = join(dirname(path), partName);
      makeFolder(dirname(path), { root: this.#folder });
      await writeSynced(part, bytes);
      await rename(part, path);
      syncFolder(dirname(path));
    });
  }

  get(name: string): Promise<StoredObject | undefined> {
    return this.#use(() => unlessMissing(readObject(join(this.#folder, name))));
  }

  list(prefix: string): Promise<readonly string[]> {
    return this.#use(async () => {
      const folder = prefix.slice(0, prefix.lastIndexOf("/") + 1);
      const options = { recursive: true, withFileTypes: true } as const;
      const entries = await unlessMissing(readdir(join(this.#folder, folder), options));
      return (entries ?? [])
        .filter((entry) => entry.isFile() && entry.name !== partName)
        .map((entry) => join(entry.parentPath, entry.name).slice(join(this.#folder, "/").length))
        .filter((name) => name.startsWith(prefix))
        .toSorted();
    });
  }

  delete(name: string): Promise<void> {
    return this.#use(() => rm(join(this.#folder, name), { force: true }));
  }

  close(): void {
    // Nothing stays open between two calls.
  }

  async #use<Result>(work: () => Promise<Result>): Promise<Result> {
    try {
      return await work();
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new PosthornError("archive_failed", `${this.#folder}: ${reason}`, { cause: error });
    }
  }
}

async function writeSynced(path: string, bytes: Uint8Array): Promise<void> {
  const file = await open(path, "w");
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Both of one file: another may be renamed into its place meanwhile. */
async function readObject(path: string): Promise<StoredObject> {
  const file = await open(path);
  try {
    const { mtimeMs } = await file.stat();
    return { bytes: await file.readFile(), writtenAtMs: Math.floor(mtimeMs) };
  } finally {
    await file.close();
  }
}

async function unlessMissing<Found>(search: Promise<Found>): Promise<Found | undefined> {
  try {
    return await search;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}
