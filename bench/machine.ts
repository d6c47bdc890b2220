import { execFileSync } from "node:child_process";
import { closeSync, fdatasyncSync, openSync, statfsSync, writeSync } from "node:fs";
import { cpus, release, totalmem } from "node:os";
import { join } from "node:path";
import { quantile } from "../test/e2e/quantile.ts";

/** What figures depend on besides the program. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly kernel: string;
  readonly node: string;
  /** `statfs(2)` type of the data folder's file system, hexadecimal. */
  readonly fileSystem: string;
  /** Appending 4 KiB and `fdatasync`, in the data folder. */
  readonly fdatasyncMedianMs: number;
}

/** The program that was measured. */
export interface Revision {
  readonly commit: string;
  /** Whether the checkout differs from the commit. */
  readonly modified: boolean;
}

const syncs = 200;

export function describeMachine(folder: string): Machine {
  return {
    cpu: cpus()[0]?.model ?? "unknown",
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 1024 ** 3),
    kernel: release(),
    node: process.version,
    fileSystem: statfsSync(folder).type.toString(16),
    fdatasyncMedianMs: measureFdatasyncMs(join(folder, "fdatasync")),
  };
}

export function describeRevision(): Revision {
  const git = (...words: readonly string[]): string =>
    execFileSync("git", words, { cwd: import.meta.dirname, encoding: "utf8" }).trim();
  return {
    commit: git("rev-parse", "HEAD"),
    modified: git("status", "--porcelain", "--", "../src") !== "",
  };
}

function measureFdatasyncMs(path: string): number {
  const block = Buffer.alloc(4096);
  const file = openSync(path, "w");
  const tookMs = Float64Array.from({ length: syncs }, () => {
    const startedAtMs = performance.now();
    writeSync(file, block);
    fdatasyncSync(file);
    return performance.now() - startedAtMs;
  });
  closeSync(file);
  return quantile(tookMs.sort(), 0.5);
}
