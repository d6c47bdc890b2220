/**
 * Remembers which hashes were added within a span of time, so that nobody has to look on disk for what is not there, which
 * is what almost every request is about. Of each hash 32 bits are kept, 5 to 11 bytes in all, in one table for each slice
 * of time, which is dropped whole. So it may take a hash for another (one in 2^32 for each that is kept), never the other
 * way round.
 *
 * Rejected: a Bloom filter, which takes half the memory but has to know how many come; and the hashes in full.
 */
import { limits } from "./limits.ts";

/** Where a hash may have been added, besides which it was not. */
export interface Whereabouts {
  /** Before this, Unix milliseconds; infinite: at any time. */
  readonly beforeMs: number;
}

export class RecentHashes {
  readonly #spanMs: number;
  readonly #hashesMax: number;
  /** By the number of the slice of time. */
  readonly #slices = new Map<number, FingerprintSet>();
  #size = 0;
  /** Nothing is known of what was added before. */
  #unknownBeforeMs = Infinity;

  /**
   * @param spanMs how long a hash is of interest
   * @param hashesMax above it the oldest slice is forgotten, and then nothing is known of its time
   */
  constructor(spanMs: number, hashesMax: number) {
    this.#spanMs = spanMs;
    this.#hashesMax = hashesMax;
  }

  /** Everything that was added earlier, by somebody else, has been added here too. */
  becomeComplete(): void {
    if (this.#unknownBeforeMs === Infinity) this.#unknownBeforeMs = 0;
  }

  /** @param atMs when it was added, Unix milliseconds, in whatever order */
  add(hash: Uint8Array, atMs: number): void {
    const number = Math.floor(atMs / limits.recentHashesSliceMs);
    let slice = this.#slices.get(number);
    if (slice === undefined) {
      slice = new FingerprintSet();
      this.#slices.set(number, slice);
      this.#dropBefore(atMs - this.#spanMs);
    }
    if (!slice.add(fingerprintOf(hash))) return;
    this.#size += 1;
    if (this.#size > this.#hashesMax) this.#forgetOldest();
  }

  /** Undefined: it was not added within the span before now. */
  find(hash: Uint8Array, nowMs: number): Whereabouts | undefined {
    const fingerprint = fingerprintOf(hash);
    for (const slice of this.#slices.values()) {
      if (slice.has(fingerprint)) return { beforeMs: Infinity };
    }
    const isAllKnown = this.#unknownBeforeMs <= nowMs - this.#spanMs;
    return isAllKnown ? undefined : { beforeMs: this.#unknownBeforeMs };
  }

  #dropBefore(atMs: number): void {
    for (const number of this.#slices.keys()) {
      if ((number + 1) * limits.recentHashesSliceMs <= atMs) this.#drop(number);
    }
  }

  #forgetOldest(): void {
    const oldest = Math.min(...this.#slices.keys());
    this.#drop(oldest);
    const endMs = (oldest + 1) * limits.recentHashesSliceMs;
    this.#unknownBeforeMs = Math.max(this.#unknownBeforeMs, endMs);
  }

  #drop(number: number): void {
    this.#size -= this.#slices.get(number)?.size ?? 0;
    this.#slices.delete(number);
  }
}

/** Never 0, which stands for a place that is free. */
function fingerprintOf(hash: Uint8Array): number {
  const [a = 0, b = 0, c = 0, d = 0] = hash;
  return ((a << 24) | (b << 16) | (c << 8) | d) >>> 0 || 1;
}

/** Open addressing: a fingerprint is at the place that its first bits say, or at one of the next. At most ¾ full. */
class FingerprintSet {
  #bits = 10;
  #places = new Uint32Array(2 ** this.#bits);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** False: it was there. */
  add(fingerprint: number): boolean {
    const place = this.#placeOf(fingerprint);
    if (this.#places[place] === fingerprint) return false;
    this.#places[place] = fingerprint;
    this.#size += 1;
    if (this.#size > this.#places.length * 0.75) this.#grow();
    return true;
  }

  has(fingerprint: number): boolean {
    return this.#places[this.#placeOf(fingerprint)] === fingerprint;
  }

  /** Where it is, or where it would be. */
  #placeOf(fingerprint: number): number {
    const mask = this.#places.length - 1;
    let place = fingerprint >>> (32 - this.#bits);
    for (;;) {
      const taken = this.#places[place];
      if (taken === fingerprint || taken === 0) return place;
      place = (place + 1) & mask;
    }
  }

  #grow(): void {
    const before = this.#places;
    this.#bits += 1;
    this.#places = new Uint32Array(2 ** this.#bits);
    for (const fingerprint of before) {
      if (fingerprint !== 0) this.#places[this.#placeOf(fingerprint)] = fingerprint;
    }
  }
}
