import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";

const looks = 10;
const looksApartMs = 5;

/**
 * Stops a process between two system calls of each of its threads: whatever was called has been done. Under a tracer a
 * thread also looks stopped for the moment in which a call of its is written down, so it is looked at several times.
 */
export async function freeze(pid: number): Promise<void> {
  process.kill(pid, "SIGSTOP");
  for (let stopped = 0; stopped < looks; stopped += 1) {
    await wait(looksApartMs);
    if (!isStopped(pid)) stopped = 0;
  }
}

function isStopped(pid: number): boolean {
  const threads = readdirSync(`/proc/${pid}/task`);
  return threads.every((thread) => {
    const stat = readFileSync(`/proc/${pid}/task/${thread}/stat`, "utf8");
    // The state is behind the name, which is in parentheses and may have some in it.
    const state = stat.slice(stat.lastIndexOf(")") + 2)[0];
    return state === "t" || state === "T";
  });
}
