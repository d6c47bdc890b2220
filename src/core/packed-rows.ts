/**
 * Rows as they cross threads: all numbers in one buffer and all bytes in another, both moved instead of copied, and the
 * texts in one array. Cloning the objects takes three times as long (bench/job-db.ts). What was written is read in the
 * same order.
 */
import { assert } from "./errors.ts";

export interface PackedRows {
  readonly numbers: Float64Array<ArrayBuffer>;
  readonly texts: readonly (string | undefined)[];
  readonly lists: readonly (readonly string[] | undefined)[];
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** What is to be moved when the rows are posted. */
export function buffersOf(packed: PackedRows): ArrayBuffer[] {
  return [packed.numbers.buffer, packed.bytes.buffer];
}

export class PackedRowsWriter {
  readonly #numbers: number[] = [];
  readonly #texts: (string | undefined)[] = [];
  readonly #lists: (readonly string[] | undefined)[] = [];
  readonly #parts: Uint8Array[] = [];

  numbers(...values: readonly number[]): void {
    this.#numbers.push(...values);
  }

  text(value: string | undefined): void {
    this.#texts.push(value);
  }

  list(value: readonly string[] | undefined): void {
    this.#lists.push(value);
  }

  /** With their length among the numbers. */
  bytes(value: Uint8Array): void {
    this.#numbers.push(value.length);
    this.#parts.push(value);
  }

  packed(): PackedRows {
    return {
      numbers: Float64Array.from(this.#numbers),
      texts: this.#texts,
      lists: this.#lists,
      bytes: joinBytes(this.#parts),
    };
  }
}

export class PackedRowsReader {
  readonly #packed: PackedRows;
  #number = 0;
  #text = 0;
  #list = 0;
  #byte = 0;

  constructor(packed: PackedRows) {
    this.#packed = packed;
  }

  number(): number {
    const value = this.#packed.numbers[this.#number];
    assert(value !== undefined, "packed rows hold all their numbers");
    this.#number += 1;
    return value;
  }

  text(): string | undefined {
    this.#text += 1;
    return this.#packed.texts[this.#text - 1];
  }

  list(): readonly string[] | undefined {
    this.#list += 1;
    return this.#packed.lists[this.#list - 1];
  }

  /** A view of the packed bytes. */
  bytes(): Uint8Array {
    const length = this.number();
    this.#byte += length;
    return this.#packed.bytes.subarray(this.#byte - length, this.#byte);
  }
}

/** One after the other, without gaps. */
export function joinBytes(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    joined.set(part, offset);
    offset += part.length;
  }
  return joined;
}
