import type { ChildProcess } from "node:child_process";

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/**
 * Makes a child process end with this one, however this one ends (but for SIGKILL), and tells when it has ended.
 * Interrupting this process then runs its exit callbacks, which the default of SIGINT and SIGTERM would not.
 */
export function ownChild(child: ChildProcess): Promise<Exit> {
  exitOnSignals();
  const kill = (): void => {
    child.kill("SIGKILL");
  };
  process.prependListener("exit", kill); // before folders are removed that the child still writes to
  const exited = Promise.withResolvers<Exit>();
  child.once("exit", (code, signal) => {
    process.off("exit", kill);
    exited.resolve({ code, signal });
  });
  child.once("error", exited.reject);
  // A child that could not be started rejects before anybody asks for its exit: whoever asks still gets the error.
  exited.promise.catch(() => undefined);
  return exited.promise;
}

const exitSignals = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

function exitOnSignals(): void {
  for (const [signal, code] of Object.entries(exitSignals)) {
    if (process.listenerCount(signal) === 0) process.once(signal, () => process.exit(code));
  }
}
