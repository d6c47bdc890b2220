import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";

const program = join(import.meta.dirname, "../../src/cli/posthorn.ts");

export interface CommandResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command of the real program until it ends. It has this environment and no other, and the input, if there is any. */
export function runCommand(
  words: readonly string[],
  environment: Readonly<Record<string, string>>,
  input?: string,
): Promise<CommandResult> {
  const { promise, resolve } = Promise.withResolvers<CommandResult>();
  const env = { PATH: process.env["PATH"] ?? "", ...environment };
  const child = execFile(process.execPath, [program, ...words], { env }, (error, stdout, stderr) =>
    resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
  );
  if (input !== undefined) child.stdin?.end(input);
  return promise;
}

/** What a command prints that has to succeed, without the end of its last line. */
export async function outputOf(...command: Parameters<typeof runCommand>): Promise<string> {
  const { code, stdout, stderr } = await runCommand(...command);
  assert.equal(code, 0, `${command[0].join(" ")}: ${stderr}`);
  return stdout.trimEnd();
}
