/** Runs the server under strace (strace.io), which writes down its system calls, or makes one of them fail or kill. */
import { execFileSync, spawnSync } from "node:child_process";
import { createReadStream, createWriteStream } from "node:fs";
import { pipeline } from "node:stream/promises";

/** A program that is wrapped around the server, and what comes of it. */
export interface TracingLauncher {
  /** The command line, to be followed by that of the server. */
  readonly command: readonly string[];
  /** Settles when the server has ended and all that it did is in the file. */
  readonly written: Promise<void>;
}

/** Every call by which a process changes files or sends bytes to a socket, or makes changes durable. */
const recordedCalls = `
  openat open creat mkdir mkdirat link linkat symlink symlinkat
  rename renameat renameat2 unlink unlinkat rmdir
  write writev pwrite64 pwritev pwritev2 truncate ftruncate fallocate
  copy_file_range sendfile sendto sendmsg
  fsync fdatasync sync_file_range msync`
  .trim()
  .split(/\s+/);
/** No single write is longer: a batch of 2 MiB is committed page by page. */
const stringBytesMax = 8 * 1024 * 1024;

/** @throws Error that says what to install */
export function assertStrace(): void {
  if (spawnSync("strace", ["--version"]).error === undefined) return;
  throw new Error("strace is missing: apt-get install strace (or the package of your system)");
}

/**
 * Records the system calls of a server in a file. `-D` keeps the server the direct child, so that its signals and its exit
 * are its own; the FIFO ends exactly when the tracer, which nobody can wait for then, has written everything.
 */
export function recordingLauncher(traceFile: string): TracingLauncher {
  const fifo = `${traceFile}.fifo`;
  execFileSync("mkfifo", [fifo]);
  const written = pipeline(createReadStream(fifo), createWriteStream(traceFile));
  const trace = `trace=${recordedCalls.map((name) => `?${name}`).join(",")}`;
  const strings = ["-xx", "-s", String(stringBytesMax)];
  return { command: [...quickTracing, "-y", ...strings, "-o", fifo, "-e", trace], written };
}

/** What happens at the nth call, counted in each thread on its own. */
export interface Injection {
  readonly calls: readonly string[];
  readonly nth: number;
  /** `kill`: SIGKILL, before the call does anything; else every call from the nth on fails, or this one alone. */
  readonly effect:
    | "kill"
    | { readonly error: "EIO" | "ENOSPC" | "EROFS"; readonly lasting: boolean };
}

/** Launches the server so that the injection happens. */
export function injectingLauncher({ calls, nth, effect }: Injection): readonly string[] {
  const names = calls.join(",");
  const what = effect === "kill" ? "signal=SIGKILL" : `error=${effect.error}`;
  const when = effect !== "kill" && effect.lasting ? `${nth}+` : String(nth);
  const inject = `inject=${names}:${what}:when=${when}`;
  // With --seccomp-bpf strace 6.1 injects errors, but never a signal.
  const launcher = effect === "kill" ? tracing : quickTracing;
  return [...launcher, "-o", "/dev/null", "-e", `trace=${names}`, "-e", inject];
}

/** Of all threads. */
const tracing = ["strace", "-D", "-f"];
/** Only the calls asked for stop the process. */
const quickTracing = [...tracing, "--seccomp-bpf"];
