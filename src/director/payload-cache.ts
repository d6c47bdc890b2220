/**
 * Payloads between commit and first attempt, so that a message accepted now is sent without being read back. Bounded in
 * bytes: the oldest leave first, which are those of endpoints that do not keep up; they are read from the JobDb when
 * their turn comes. One read of a JobDb is under way at a time; what is wanted meanwhile gathers for the next one.
 */
import { assert } from "../core/errors.ts";
import { limits } from "../core/limits.ts";
import type { JobDb, StoredPayload } from "./ports.ts";

type Payloads = Pick<JobDb, "payloads">;

interface Entry {
  readonly stored: StoredPayload;
  /** Deliveries in windows that still want it. */
  wanted: number;
}

interface Read {
  readonly row: number;
  readonly resolve: (stored: StoredPayload) => void;
  readonly reject: (error: unknown) => void;
}

export class PayloadCache {
  readonly #entries = new Map<string, Entry>();
  /** What is wanted of JobDbs that are being read, and not read yet. */
  readonly #reads = new Map<Payloads, Read[]>();
  #bytes = 0;

  /** Keeps a payload for as many deliveries as will `take` it. */
  keep(stored: StoredPayload, wanted: number): void {
    if (wanted === 0) return;
    this.#entries.set(keyOf(stored.address.jobDb, stored.address.row), { stored, wanted });
    this.#bytes += bytesOf(stored);
    for (const key of this.#entries.keys()) {
      if (this.#bytes <= limits.payloadCacheBytes) break;
      this.#drop(key);
    }
  }

  /** The payload of a message for one delivery, if it is still here. */
  take(jobDb: number, row: number): StoredPayload | undefined {
    const key = keyOf(jobDb, row);
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    entry.wanted -= 1;
    if (entry.wanted === 0) this.#drop(key);
    return entry.stored;
  }

  /** Whoever wants this payload reads it from its JobDb from now on. */
  forget(jobDb: number, row: number): void {
    this.#drop(keyOf(jobDb, row));
  }

  /** The same of all payloads of a JobDb. */
  forgetAll(jobDb: number): void {
    for (const [key, { stored }] of this.#entries)
      if (stored.address.jobDb === jobDb) this.#drop(key);
  }

  /** Reads a payload from its JobDb. Fails as the JobDb does. */
  read(jobDb: Payloads, row: number): Promise<StoredPayload> {
    const { promise, resolve, reject } = Promise.withResolvers<StoredPayload>();
    const reads = this.#reads.get(jobDb);
    if (reads !== undefined) {
      reads.push({ row, resolve, reject });
    } else {
      const first = [{ row, resolve, reject }];
      this.#reads.set(jobDb, first);
      void this.#readAll(jobDb, first);
    }
    return promise;
  }

  async #readAll(jobDb: Payloads, reads: Read[]): Promise<void> {
    await Promise.resolve(); // what is wanted in the same moment is read together
    while (reads.length > 0) await this.#readSome(jobDb, reads.splice(0, limits.payloadsPerRead));
    this.#reads.delete(jobDb);
  }

  async #readSome(jobDb: Payloads, reads: readonly Read[]): Promise<void> {
    try {
      const stored = await jobDb.payloads(reads.map((read) => read.row));
      for (const [index, read] of reads.entries()) {
        const payload = stored[index];
        assert(payload !== undefined, "a JobDb answers for every row");
        read.resolve(payload);
      }
    } catch (error) {
      for (const read of reads) read.reject(error);
    }
  }

  #drop(key: string): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    this.#entries.delete(key);
    this.#bytes -= bytesOf(entry.stored);
  }
}

function bytesOf({ payload }: StoredPayload): number {
  return typeof payload === "string" ? 0 : payload.length;
}

function keyOf(jobDb: number, row: number): string {
  return `${jobDb}/${row}`;
}
