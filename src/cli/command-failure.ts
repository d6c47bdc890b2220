/** Why a command that asks a server has failed, and the exit code that scripts may rely on. */
import process from "node:process";

/** 0 is success; 2 is commander's and the settings' too. The table is in docs/command-line.md. */
export const exitCodes = {
  failed: 1,
  usage: 2,
  notFound: 3,
  notAllowed: 4,
  unreachable: 5,
} as const;

export class CommandFailure extends Error {
  readonly exitCode: number;
  /** Whether the same may succeed later. */
  readonly mayPass: boolean;

  constructor(kind: keyof typeof exitCodes, message: string, mayPass = kind === "unreachable") {
    super(message);
    this.exitCode = exitCodes[kind];
    this.mayPass = mayPass;
  }
}

/** Does what a command is for. Its failure is told in a line on standard error, and becomes the exit code. */
export async function attempt(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    process.stderr.write(`posthorn: ${text}\n`);
    process.exitCode = error instanceof CommandFailure ? error.exitCode : exitCodes.failed;
  }
}
