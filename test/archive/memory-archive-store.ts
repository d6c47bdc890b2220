import type { ArchiveStore } from "../../src/archive/archive-store.ts";

/** An archive that is gone with the process. Its objects can be looked at and altered. */
export class MemoryArchiveStore implements ArchiveStore {
  readonly objects = new Map<string, Uint8Array>();

  async put(name: string, bytes: Uint8Array): Promise<void> {
    this.objects.set(name, Uint8Array.from(bytes));
  }

  async get(name: string): Promise<Uint8Array | undefined> {
    const bytes = this.objects.get(name);
    return bytes === undefined ? undefined : Uint8Array.from(bytes);
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
