import { limits } from "../core/limits.ts";

const nothing = new Uint8Array(0);

/**
 * The first `limits.answerBytesStored` bytes of an answer. Copied into one buffer that doubles: a list of chunks would let
 * an endpoint that sends single bytes use hundreds of times the memory. One that comes at once is copied once.
 */
export class AnswerPrefix {
  #buffer = nothing;
  #length = 0;

  append(chunk: Uint8Array): void {
    const taken = Math.min(chunk.length, limits.answerBytesStored - this.#length);
    if (taken === 0) return;
    const needed = this.#length + taken;
    if (needed > this.#buffer.length) {
      const grown = new Uint8Array(Math.max(needed, 2 * this.#buffer.length));
      grown.set(this.#buffer);
      this.#buffer = grown;
    }
    this.#buffer.set(taken === chunk.length ? chunk : chunk.subarray(0, taken), this.#length);
    this.#length = needed;
  }

  /** Exactly these bytes, sharing memory with nobody else's; nothing may be appended afterwards. */
  bytes(): Uint8Array {
    return this.#length === this.#buffer.length
      ? this.#buffer
      : this.#buffer.slice(0, this.#length);
  }
}
