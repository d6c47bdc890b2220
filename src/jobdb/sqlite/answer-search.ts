/** Looking for answers in one JobDb. Each step is one statement, so that whoever takes it can let other work go on. */
import { limits } from "../../core/limits.ts";
import type { KeptHash, StoredAnswer } from "../../director/facade.ts";
import type { HistoryFiles } from "./history-files.ts";
import { runOfRow } from "./run.ts";

export interface AnswerSearch {
  readonly hash: Uint8Array;
  readonly sinceMs: number;
  readonly beforeMs: number;
}

/** Undefined for each step without the answer. The newest runs first: what is repeated mostly came a moment ago. */
export function* answersIn(
  files: HistoryFiles,
  jobDb: number,
  { hash, sinceMs, beforeMs }: AnswerSearch,
): Generator<StoredAnswer | undefined, void> {
  const runs = files.read(jobDb, ({ answers }) => {
    const last = answers.lastRow();
    if (last.atMs < sinceMs) return undefined;
    const end = last.atMs < beforeMs ? last.row : answers.firstRowSince(beforeMs) - 1;
    return { first: runOfRow(answers.firstRowSince(sinceMs)), last: runOfRow(end) };
  });
  yield undefined;
  if (runs === undefined) return;
  for (let to = runs.last; to >= runs.first; to -= limits.historyRunsMax) {
    const from = Math.max(runs.first, to - limits.historyRunsMax + 1);
    yield files.read(jobDb, ({ answers, message }) => {
      const row = answers.find({ hash, from, to });
      if (row === undefined || row.at_ms < sinceMs || row.at_ms >= beforeMs) return undefined;
      const rows = Array.from({ length: row.messages }, (_, at) => row.first_message + at);
      return { text: row.text, messages: rows.map(message).filter((each) => each !== undefined) };
    });
  }
}

/** All that were kept since a time, in order. */
export function* hashesIn(
  files: HistoryFiles,
  jobDb: number,
  sinceMs: number,
): Generator<readonly KeptHash[], void> {
  let from = files.read(jobDb, ({ answers }) => answers.firstRowSince(sinceMs));
  while (from !== undefined) {
    const first: number = from;
    const rows = files.read(jobDb, ({ answers }) => answers.hashes(first, limits.answersPerTurn));
    const last = rows?.at(-1);
    if (rows === undefined || last === undefined) return;
    yield rows;
    from = last.row + 1;
  }
}
