/**
 * Whether the disk has room for more messages. Above the low-water mark there is; below it, what is left is for the
 * outcomes of what was accepted already.
 *
 *     roomy ──free − what has grown since the look < low water──▶ low
 *       ▲                                                          │
 *       └──────a look finds low water and an eighth more free──────┘
 *
 * Between two looks every accepted byte counts as two, as it lies in the WAL and in the file for a while: so however fast
 * it comes, the mark is passed by one hand-over at the most. The eighth keeps it from going back and forth at the mark.
 */
import { limits } from "./limits.ts";

export class DiskRoom {
  readonly #lowWaterBytes: number;
  /** At the last look. */
  #freeBytes = Infinity;
  /** Since the start. */
  #grownBytes = 0;
  /** When the last look began. */
  #grownAtLook = 0;
  #low = false;

  constructor(lowWaterBytes: number) {
    this.#lowWaterBytes = lowWaterBytes;
  }

  get low(): boolean {
    return this.#low;
  }

  /** Of everything that was accepted: to be asked for when a look begins, and given to `looked` when it has ended. */
  get grownBytes(): number {
    return this.#grownBytes;
  }

  looked(freeBytes: number, grownBytesBefore: number): void {
    this.#freeBytes = freeBytes;
    this.#grownAtLook = grownBytesBefore;
    const roomyBytes = this.#low ? this.#lowWaterBytes * limits.diskRoomyFactor : 0;
    this.#low = freeBytes < roomyBytes || this.#isBelowMark();
  }

  /** Messages were accepted, with so many bytes of payload in all. */
  grew(messages: number, payloadBytes: number): void {
    this.#grownBytes += 2 * (payloadBytes + messages * limits.messageBytesEstimate);
    if (this.#isBelowMark()) this.#low = true;
  }

  #isBelowMark(): boolean {
    return this.#freeBytes - (this.#grownBytes - this.#grownAtLook) < this.#lowWaterBytes;
  }
}
