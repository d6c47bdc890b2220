/** The URLs that the guard is held to. One a line, bytes as they are: some begin with a space or hold odd characters. */
import { readFileSync } from "node:fs";

export interface NamedUrl {
  readonly url: string;
  /** What the name of its host resolves to; empty if it has none. */
  readonly answers: readonly string[];
}

/** Refused when they are given. */
export const badUrls: readonly string[] = linesOf("bad-urls.txt");

/** Like any other when they are given, but what their names resolve to must not be called. */
export const badAnswers: readonly NamedUrl[] = linesOf("bad-answers.txt").map(namedUrlOf);

/** To be called. */
export const goodUrls: readonly NamedUrl[] = linesOf("good-urls.txt").map(namedUrlOf);

function linesOf(file: string): readonly string[] {
  const text = readFileSync(new URL(`corpus/${file}`, import.meta.url), "utf8");
  return text.split("\n").slice(0, -1);
}

/** `URL ADDRESS,ADDRESS…`; `none` is a name without an address, `-` no name. */
function namedUrlOf(line: string): NamedUrl {
  const [url = "", answers = ""] = line.split(" ");
  return { url, answers: ["-", "none"].includes(answers) ? [] : answers.split(",") };
}
