import { randomFillSync } from "node:crypto";
import type { Random } from "../director/ports.ts";

/** Randomness from the operating system, drawn in blocks: a draw for each nonce would cost more than the rest of an id. */
export class SystemRandom implements Random {
  readonly #block = Buffer.alloc(6 * 1024);
  #at = this.#block.length;

  unit(): number {
    return this.nonce() / 2 ** 48;
  }

  nonce(): number {
    if (this.#at >= this.#block.length) {
      randomFillSync(this.#block);
      this.#at = 0;
    }
    const value = this.#block.readUIntBE(this.#at, 6);
    this.#at += 6;
    return value;
  }
}
