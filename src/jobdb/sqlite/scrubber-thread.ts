/**
 * The thread of a Scrubber: SQLite's check of a file blocks it for seconds, and nobody else. As it reads all files anyway, and
 * nobody waits for it, it makes the summaries of runs too.
 */
import { setPriority } from "node:os";
import process from "node:process";
import { setTimeout } from "node:timers/promises";
import { parentPort, workerData } from "node:worker_threads";
import { assert } from "../../core/errors.ts";
import { limits } from "../../core/limits.ts";
import { resultCodeOf } from "../../sqlite/result-code.ts";
import { jobDbNumbersIn, jobDbPath } from "./job-db-folder.ts";
import { markDamaged } from "./quarantine.ts";
import { scrubJobDb, type ScrubResult } from "./scrub-job-db.ts";
import { readScrubLog, type ScrubFinding, writeScrubLog } from "./scrub-log.ts";
import { RunSummariser } from "./summarise-runs.ts";

assert(parentPort !== null, "the scrubber runs in a thread of its own");
const port = parentPort;
const { folder, restFactor, freeBytesMin } = workerData as ScrubberThreadOptions; // as scrubber.ts gives it
// On Linux a thread has a priority of its own; elsewhere it is the whole process's, which is left as it is.
if (process.platform === "linux") setPriority(limits.backgroundNice);

export interface ScrubberThreadOptions {
  readonly folder: string;
  /** How many times as long as each step it rests after it. */
  readonly restFactor: number;
  /** As the RunSummariser takes it. */
  readonly freeBytesMin: number;
}

export type FromScrubber =
  | { readonly kind: "found"; readonly finding: ScrubFinding }
  /** Everything has been looked at. */
  | { readonly kind: "done" };

void summarise();
for (;;) {
  const log = readScrubLog(folder);
  const next = jobDbNumbersIn(folder).find((number) => number > log.jobDb);
  if (next === undefined) {
    port.postMessage({ kind: "done" } satisfies FromScrubber);
    const leftMs = log.beganAtMs + limits.scrubIntervalMs - Date.now();
    await setTimeout(Math.min(Math.max(0, leftMs), limits.scrubIntervalMs)); // the clock may have been set back
    writeScrubLog(folder, { jobDb: 0, beganAtMs: Date.now(), found: log.found });
    continue;
  }
  const damage = damageTextOf(await scrub(next));
  const earlier = log.found.filter(({ jobDb }) => jobDb !== next);
  const found = damage === undefined ? earlier : [...earlier, { jobDb: next, damage }];
  const beganAtMs = log.beganAtMs === 0 ? Date.now() : log.beganAtMs;
  writeScrubLog(folder, { jobDb: next, beganAtMs, found });
  if (damage === undefined) continue;
  port.postMessage({ kind: "found", finding: { jobDb: next, damage } } satisfies FromScrubber);
}

async function scrub(jobDb: number): Promise<ScrubResult> {
  const path = jobDbPath(folder, jobDb);
  const result = await withRests(scrubJobDb(path), restFactor);
  if (result.kind === "malformed") markDamaged(path, result.reason);
  return result;
}

/** Without summaries searches only take longer, so whatever the disk or SQLite fails with, it is tried again later. */
async function summarise(): Promise<void> {
  const summariser = new RunSummariser(folder, freeBytesMin);
  for (;;) {
    try {
      while (await withRests(summariser.round(), limits.summaryRestFactor));
      await setTimeout(limits.summaryIntervalMs);
    } catch (error) {
      if (resultCodeOf(error) === undefined && !isOfFileSystem(error)) throw error;
      await setTimeout(limits.summaryRetryMs);
    }
  }
}

function isOfFileSystem(error: unknown): boolean {
  return error instanceof Error && "syscall" in error;
}

/** Takes all steps, and after each one rests for so many times as long. */
async function withRests<Result>(
  steps: Generator<undefined, Result>,
  factor: number,
): Promise<Result> {
  for (;;) {
    const fromMs = performance.now();
    const step = steps.next();
    if (step.done === true) return step.value;
    await setTimeout(factor * (performance.now() - fromMs));
  }
}

function damageTextOf(result: ScrubResult): string | undefined {
  switch (result.kind) {
    case "sound":
      return undefined;
    case "malformed":
      return `malformed: ${result.reason}`;
    case "altered":
      return `${result.bodies} payloads or answers are not what was stored`;
  }
}
