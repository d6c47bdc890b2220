import process from "node:process";
import { createInterface } from "node:readline/promises";

/** Asks whoever sits at the terminal. Where there is none, a program or its author has decided: true. */
export async function confirm(question: string): Promise<boolean> {
  if (!process.stdin.isTTY || !process.stderr.isTTY) return true;
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const { promise: closed, resolve } = Promise.withResolvers<string>();
  terminal.once("close", () => resolve("")); // by Control-D, say
  const answered = terminal.question(`${question} [y/N] `);
  const answer = await Promise.race([answered, closed]);
  terminal.close();
  return /^y(?:es)?$/i.test(answer.trim());
}
