/**
 * Where an archive's bytes are: named objects, each put as a whole and read as a whole. A name is a path with slashes, made
 * by archive-names.ts. There is one writer at a time, and any number of readers.
 *
 * Every call fails with `archive_failed` if the store can't be reached or used.
 */
export interface ArchiveStore {
  /** Resolves when the object is durable. Until then readers see what was there before, never a part; so they do after a crash. */
  put(name: string, bytes: Uint8Array): Promise<void>;
  /** Undefined if there is no such object. */
  get(name: string): Promise<StoredObject | undefined>;
  /** The names that begin with `prefix`, in order. */
  list(prefix: string): Promise<readonly string[]>;
  /** Nothing happens if there is no such object. */
  delete(name: string): Promise<void>;
  /** Lets go of what it holds open. */
  close(): void;
}

export interface StoredObject {
  readonly bytes: Uint8Array;
  /** When it was put there by the clock of whoever keeps it, Unix milliseconds, to the second; undefined: that is not told. */
  readonly writtenAtMs: number | undefined;
}
