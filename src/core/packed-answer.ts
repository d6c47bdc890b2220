import type { PlacedAnswer } from "./answer.ts";
import { assert } from "./errors.ts";
import type { PackedRowsReader, PackedRowsWriter } from "./packed-rows.ts";

export function writeAnswer(writer: PackedRowsWriter, answer: PlacedAnswer): void {
  writer.numbers(answer.from, answer.count);
  writer.bytes(answer.hash);
  writer.text(answer.text);
}

/** Reads what `writeAnswer` wrote. The hash is a view of the packed bytes. */
export function readAnswer(reader: PackedRowsReader): PlacedAnswer {
  const from = reader.number();
  const count = reader.number();
  const hash = reader.bytes();
  const text = reader.text();
  assert(text !== undefined, "an answer has its text");
  return { from, count, hash, text };
}
