/**
 * Which values the rows of a run have, in 8 KiB that are kept beside the JobDb (run-summary-file.ts): so the first search after a
 * start need not look at runs that have nothing of what it looks for. What the summary does not have, no row has; what it has, a row
 * has but for one in some hundred (a Bloom filter: each value is four bits among 65,536).
 *
 *     full, or the last one of a drained JobDb ──scrubber's thread, within seconds──▶ summarised ──▶ searches skip it without theirs
 *
 * The rows of a full run stay as they are, but for an erasure, which only takes values away; another one's summary holds until a row
 * is added. Rejected: lists of values, which are
 * ten times as large where each application has types or tags of its own; one summary for all applications together, by which what
 * one customer never sends is looked for wherever another one does.
 */
import { type RunField, runFields, type TakenValues } from "./run-values.ts";

export const summaryBytes = 8192;
const bitMask = summaryBytes * 8 - 1;
const bitsOfValue = 4;
/** With more it would tell hardly anything: three in ten of what no row has would seem to be there. */
const bitsSetMax = (bitMask + 1) * 0.75;

/** A value of one field of the rows of an application or an endpoint. */
export interface SummarisedValue {
  readonly key: number;
  readonly field: RunField;
  readonly value: string;
}

export class RunSummary {
  readonly bits: Uint8Array;
  #bitsSet = 0;

  /** @param bits of a summary that was stored */
  constructor(bits: Uint8Array = new Uint8Array(summaryBytes)) {
    this.bits = bits;
  }

  add(value: SummarisedValue): void {
    const { first, step } = placesOf(value);
    for (let count = 0; count < bitsOfValue; count += 1) {
      const bit = (first + count * step) & bitMask;
      const flag = 1 << (bit & 7);
      const byte = this.bits[bit >> 3] ?? 0;
      if ((byte & flag) === 0) this.#bitsSet += 1;
      this.bits[bit >> 3] = byte | flag;
    }
  }

  /** Whether so much was added that nothing more is worth it. */
  get isFull(): boolean {
    return this.#bitsSet > bitsSetMax;
  }

  /** From now on it may have everything. */
  fill(): void {
    this.bits.fill(255);
  }

  /** Whether a filter may take any of the rows of an application or an endpoint. */
  mayTake(key: number, taken: TakenValues): boolean {
    return runFields.every((field) => {
      const wanted = taken[field];
      return wanted === undefined || wanted.some((value) => this.#mayHave({ key, field, value }));
    });
  }

  #mayHave(value: SummarisedValue): boolean {
    const { first, step } = placesOf(value);
    for (let count = 0; count < bitsOfValue; count += 1) {
      const bit = (first + count * step) & bitMask;
      if (((this.bits[bit >> 3] ?? 0) & (1 << (bit & 7))) === 0) return false;
    }
    return true;
  }
}

/** The first bit of a value, and how far it is from each to the next: odd, so that they differ. */
function placesOf({ key, field, value }: SummarisedValue): {
  readonly first: number;
  readonly step: number;
} {
  const hash = mixed(hashOf(value, mixed(key ^ saltOf[field])));
  return { first: hash & bitMask, step: (hash >>> 16) | 1 };
}

/** So that a tag is not the channel of the same name. */
const saltOf = {
  eventType: 0x10000000,
  channel: 0x20000000,
  tag: 0x30000000,
  status: 0x40000000,
  statusCodeClass: 0x50000000,
} as const satisfies Record<RunField, number>;

/** FNV-1a, begun with a number. */
function hashOf(text: string, start: number): number {
  let hash = start;
  for (let index = 0; index < text.length; index += 1)
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  return hash;
}

/** MurmurHash3's last mix: each bit of a number changes half of all bits. */
function mixed(number: number): number {
  let hash = number;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
