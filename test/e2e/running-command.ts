import { type ChildProcessByStdio, spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { type Exit, ownChild } from "./own-child.ts";

const program = join(import.meta.dirname, "../../src/cli/posthorn.ts");

/** A command that goes on until it is ended. */
export interface RunningCommand {
  readonly child: ChildProcessByStdio<null, Readable, Readable>;
  readonly exited: Promise<Exit>;
  /** The next line of its output. */
  readonly next: () => Promise<string>;
  /** The next line of what it tells on standard error. */
  readonly nextTold: () => Promise<string>;
}

/** Starts a command of the real program that asks the server at this address. */
export function startCommand(
  words: readonly string[],
  { address, token }: { readonly address: string; readonly token: string },
): RunningCommand {
  const child = spawn(process.execPath, [program, ...words], {
    env: { PATH: process.env["PATH"] ?? "", POSTHORN_SERVER: address, POSTHORN_TOKEN: token },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const exited = ownChild(child);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const told = createInterface({ input: child.stderr })[Symbol.asyncIterator]();
  const next = async (): Promise<string> => String((await lines.next()).value);
  const nextTold = async (): Promise<string> => String((await told.next()).value);
  return { child, exited, next, nextTold };
}
