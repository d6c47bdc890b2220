import { readdirSync, readFileSync } from "node:fs";

/** CPU time by thread name, microseconds since the process started; threads of one name are added up. */
export type ThreadCpu = ReadonlyMap<string, number>;

/** Reads `/proc` (proc(5)): `schedstat` counts nanoseconds, where `stat` counts hundredths of a second. */
export function readThreadCpu(pid: number): ThreadCpu {
  const micros = new Map<string, number>();
  for (const task of readdirSync(`/proc/${pid}/task`)) {
    const folder = `/proc/${pid}/task/${task}`;
    try {
      const name = readFileSync(`${folder}/comm`, "utf8").trim();
      const nanos = Number(readFileSync(`${folder}/schedstat`, "utf8").split(" ")[0]);
      micros.set(name, (micros.get(name) ?? 0) + nanos / 1000);
    } catch (error) {
      const hasEnded = error instanceof Error && "code" in error && error.code === "ENOENT";
      if (!hasEnded) throw error;
    }
  }
  return micros;
}

/** Resident memory of a process now, and the most it has had, MiB. */
export function readMemory(pid: number): { readonly rssMiB: number; readonly peakMiB: number } {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const mebibytesOf = (name: string): number => {
    const kibibytes = new RegExp(`^${name}:\\s+(\\d+) kB$`, "m").exec(status)?.[1];
    return Math.round(Number(kibibytes) / 1024);
  };
  return { rssMiB: mebibytesOf("VmRSS"), peakMiB: mebibytesOf("VmHWM") };
}
