/** What the processes of a bench have of the cores: `idle` runs only where nobody else wants to (SCHED_IDLE of Linux). */
export type Scheduling = "normal" | "idle";

/** How a child process of Node's is started so. `idle` needs `chrt` of util-linux, without which the start fails. */
export function underScheduling(scheduling: Scheduling): {
  readonly execPath: string;
  readonly execArgv: string[];
} {
  return scheduling === "normal"
    ? { execPath: process.execPath, execArgv: [...process.execArgv] }
    : { execPath: "chrt", execArgv: ["--idle", "0", process.execPath, ...process.execArgv] };
}
