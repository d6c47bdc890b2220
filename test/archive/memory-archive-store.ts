import type { ArchiveStore, StoredObject } from "../../src/archive/archive-store.ts";

/** An archive that is gone with the process. Its objects can be looked at and altered. */
export class MemoryArchiveStore implements ArchiveStore {
  readonly objects = new Map<string, Uint8Array>();
  readonly #writtenAtMs = new Map<string, number>();

  async put(name: string, bytes: Uint8Array): Promise<void> {
    this.#writtenAtMs.set(name, Date.now());
    this.objects.set(name, Uint8Array.from(bytes));
  }

  async get(name: string): Promise<StoredObject | undefined> {
    const bytes = this.objects.get(name);
    const writtenAtMs = this.#writtenAtMs.get(name);
    return bytes === undefined ? undefined : { bytes: Uint8Array.from(bytes), writtenAtMs };
  }

  async list(prefix: string): Promise<readonly string[]> {
    return [...this.objects.keys()].filter((name) => name.startsWith(prefix)).toSorted();
  }

  async delete(name: string): Promise<void> {
    this.objects.delete(name);
  }

  close(): void {
    // Nothing is open.
  }
}
