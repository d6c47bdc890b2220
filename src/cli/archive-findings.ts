/** Prints what is found in an archive as it comes: of thousands of archives none waits for the last, and none is kept. */
import type { ArchiveFinding, ArchiveSummary } from "../main/archive-access.ts";
import { lineOf } from "./table.ts";

export type Damage = Extract<ArchiveFinding, { readonly kind: "damage" }>["damage"];

export interface FindingsPrinter {
  add(archive: ArchiveSummary): void;
  /** Nothing more comes. */
  end(damages: readonly Damage[]): void;
}

/** @param print takes whole lines, without the last one's end */
export function jsonPrinter(print: (text: string) => void): FindingsPrinter {
  /** Printed when it is known what follows: nothing, if the archive can't be opened. */
  let waiting = '{\n  "archives": [';
  let separator = "";
  return {
    add: (archive) => {
      print(`${waiting}${separator}`);
      waiting = `    ${indented(archive, 4)}`;
      separator = ",";
    },
    end: (damages) => {
      print(waiting);
      print(`  ],\n  "damages": ${indented(damages, 2)}\n}`);
    },
  };
}

function indented(value: unknown, spaces: number): string {
  return JSON.stringify(value, undefined, 2).replaceAll("\n", `\n${" ".repeat(spaces)}`);
}

const head = ["JobDb", "kind", "messages", "deliveries", "undelivered", "bytes", "from", "to"];
/** Lines whose columns are as wide as the widest of them needs; later ones are never narrower. */
const linesTogether = 50;

/** @param print as of `jsonPrinter` */
export function tablePrinter(print: (text: string) => void): FindingsPrinter {
  let waiting: (readonly string[])[] = [head];
  let widths = head.map(() => 0);
  const flush = (): void => {
    widths = widths.map((width, at) =>
      Math.max(width, ...waiting.map((row) => row[at]?.length ?? 0)),
    );
    for (const row of waiting) print(lineOf(row, widths));
    waiting = [];
  };
  return {
    add: (archive) => {
      waiting.push(cellsOf(archive));
      if (waiting.length >= linesTogether) flush();
    },
    end: flush,
  };
}

function cellsOf(archive: ArchiveSummary): readonly string[] {
  const { jobDb, kind, messages, deliveries, undelivered, bytes, from, to } = archive;
  return [jobDb, kind, messages, deliveries, undelivered, bytes, from, to].map((cell) =>
    String(cell ?? "-"),
  );
}
