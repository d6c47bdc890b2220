/**
 * Payloads between commit and first attempt, so that a message accepted now is sent without being read back. Bounded in
 * bytes: the oldest leave first, which are those of endpoints that do not keep up; they are read from the JobDb when
 * their turn comes, and with each those that come next. One read of a JobDb is under way at a time; what is wanted meanwhile
 * gathers for the next one.
 */
import { assert } from "../core/errors.ts";
import { limits } from "../core/limits.ts";
import type { JobDb, StoredPayload } from "./ports.ts";

type Payloads = Pick<JobDb, "payloads" | "number">;

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
  /** What is read before it is wanted, and was not forgotten meanwhile. */
  readonly #ahead = new Map<string, Promise<StoredPayload>>();
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
    this.#ahead.delete(keyOf(jobDb, row));
    this.#drop(keyOf(jobDb, row));
  }

  /** The same of all payloads of a JobDb. */
  forgetAll(jobDb: number): void {
    for (const key of this.#ahead.keys())
      if (key.startsWith(keyOf(jobDb, ""))) this.#ahead.delete(key);
    for (const [key, { stored }] of this.#entries)
      if (stored.address.jobDb === jobDb) this.#drop(key);
  }

  /**
   * Reads a payload from its JobDb. Fails as the JobDb does.
   *
   * @param coming rows that are kept for one delivery each, if there is room, as they will be wanted soon
   */
  read(jobDb: Payloads, row: number, coming: readonly number[] = []): Promise<StoredPayload> {
    const key = keyOf(jobDb.number, row);
    const read = this.#ahead.get(key) ?? this.#ask(jobDb, row);
    this.#ahead.delete(key);
    for (const next of coming) this.#readAhead(jobDb, next);
    return read;
  }

  #readAhead(jobDb: Payloads, row: number): void {
    const key = keyOf(jobDb.number, row);
    if (this.#entries.has(key) || this.#ahead.has(key)) return;
    if (this.#bytes > limits.payloadCacheBytes / 2) return; // it would be gone before it is wanted
    const read = this.#ask(jobDb, row);
    this.#ahead.set(key, read);
    const isStillWanted = (): boolean => this.#ahead.get(key) === read && this.#ahead.delete(key);
    void read.then(
      (stored) => {
        if (isStillWanted() && typeof stored.payload !== "string") this.keep(stored, 1);
      },
      isStillWanted, // whoever wants it asks again, and is told
    );
  }

  #ask(jobDb: Payloads, row: number): Promise<StoredPayload> {
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

function keyOf(jobDb: number, row: number | ""): string {
  return `${jobDb}/${row}`;
}
