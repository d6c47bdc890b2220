import { limits } from "../core/limits.ts";

const firstCapacity = 512;

/**
 * The first `limits.answerBytesStored` bytes of an answer. Copied into one growing buffer: a list of chunks would let an
 * endpoint that sends single bytes use hundreds of times the memory.
 */
export class AnswerPrefix {
  #buffer = new Uint8Array(0);
  #length = 0;

  append(chunk: Uint8Array): void {
    const taken = Math.min(chunk.length, limits.answerBytesStored - this.#length);
    if (taken === 0) return;
    const needed = this.#length + taken;
    if (needed > this.#buffer.length) {
      const grown = new Uint8Array(Math.max(needed, 2 * this.#buffer.length, firstCapacity));
      grown.set(this.#buffer.subarray(0, this.#length));
      this.#buffer = grown;
    }
    this.#buffer.set(taken === chunk.length ? chunk : chunk.subarray(0, taken), this.#length);
    this.#length = needed;
  }

  /** A copy of exactly these bytes. */
  bytes(): Uint8Array {
    return this.#buffer.slice(0, this.#length);
  }
}
