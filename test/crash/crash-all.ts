/**
 * The whole crash programme, round after round for as long as is asked, with one result as JSON, which is written after
 * every part: so it can be interrupted, and goes on from there when it is started again with the same file.
 */
import { spawn } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { commitNow } from "../commit-now.ts";
import { ownChild } from "../e2e/own-child.ts";
import { makeScratchFolder } from "../e2e/scratch-folder.ts";
import type { CrashResult } from "./crash-run.ts";
import type { EndingName } from "./ending.ts";
import type { PowerCutResult } from "./power-cut/power-cut-run.ts";

/** What all runs of one ending came to. */
interface EndingTotals {
  rounds: number;
  acknowledged: number;
  arrivals: number;
  /** Everything that must not be: lost, altered, misplaced, … */
  broken: number;
  repeated: number;
  repeatable: number;
}

interface PowerCutTotals {
  recordings: number;
  images: number;
  redImages: number;
}

interface ProgrammeResult {
  passed: boolean;
  /** The sources that ran, each with how many parts of the programme; `-dirty`: with changes. */
  readonly commits: Record<string, number>;
  readonly seconds: number;
  /** Of the next part. */
  readonly nextSeed: number;
  readonly powerCuts: PowerCutTotals;
  readonly endings: Partial<Record<EndingName, EndingTotals>>;
  /** How to see each failure again. */
  readonly failures: string[];
}

/** One cycle: about a quarter of an hour on two cores. */
const cycle = [
  {
    name: "power-cut",
    script: "power-cut.ts",
    options: ["--images", "1000", "--recordings", "2"],
  },
  {
    name: "system-call",
    script: "crash.ts",
    options: ["--ending", "system-call", "--rounds", "30"],
  },
  { name: "SIGTERM", script: "crash.ts", options: ["--ending", "SIGTERM", "--rounds", "20"] },
  { name: "SIGKILL", script: "crash.ts", options: ["--ending", "SIGKILL", "--rounds", "40"] },
  { name: "io-error", script: "crash.ts", options: ["--ending", "io-error", "--rounds", "15"] },
  { name: "soak", script: "crash.ts", options: ["--ending", "soak", "--rounds", "3"] },
] as const;

const { values } = parseArgs({
  options: {
    hours: { type: "string", default: "1" },
    seed: { type: "string", default: "1" },
    json: { type: "string", default: "crash-programme.json" },
    /** One part of the cycle by its name, again and again. */
    only: { type: "string" },
  },
});
process.exitCode = await run(Number(values.hours), values.json);

async function run(hours: number, jsonFile: string): Promise<number> {
  if (!(hours > 0)) throw new Error("--hours takes a number");
  let result = existsSync(jsonFile) ? resultIn(jsonFile) : emptyResult(Number(values.seed));
  const parts = cycle.filter(({ name }) => values.only === undefined || name === values.only);
  if (parts.length === 0)
    throw new Error(`--only takes ${cycle.map(({ name }) => name).join(", ")}`);
  const endsAtMs = performance.now() + hours * 3_600_000;
  do {
    const startedAtMs = performance.now();
    const seed = result.nextSeed;
    const part = parts[seed % parts.length] ?? cycle[0];
    await runPart(part, seed, result);
    const seconds = result.seconds + (performance.now() - startedAtMs) / 1000;
    result = { ...result, seconds: Math.round(seconds), nextSeed: seed + 1 };
    result.passed = result.failures.length === 0;
    writeFileSync(jsonFile, `${JSON.stringify(result, null, 2)}\n`);
  } while (performance.now() < endsAtMs);
  console.log(JSON.stringify(result, null, 2));
  return result.passed ? 0 : 1;
}

function resultIn(jsonFile: string): ProgrammeResult {
  return JSON.parse(readFileSync(jsonFile, "utf8")) as ProgrammeResult; // written by this program
}

function emptyResult(nextSeed: number): ProgrammeResult {
  return {
    passed: true,
    commits: {},
    seconds: 0,
    nextSeed,
    powerCuts: { recordings: 0, images: 0, redImages: 0 },
    endings: {},
    failures: [],
  };
}

/** Runs a part in a process of its own and adds what it found. */
async function runPart(
  { script, options }: (typeof cycle)[number],
  seed: number,
  result: ProgrammeResult,
): Promise<void> {
  const folder = makeScratchFolder("programme");
  try {
    const json = join(folder.path, "result.json");
    const words = [script, ...options, "--seed", String(seed)];
    console.log(words.join(" "));
    const [file, ...rest] = words;
    const child = spawn(
      process.execPath,
      [join(import.meta.dirname, file ?? ""), ...rest, "--json", json],
      { stdio: ["ignore", "ignore", "inherit"] },
    );
    const { code } = await ownChild(child);
    const commit = commitNow();
    result.commits[commit] = (result.commits[commit] ?? 0) + 1;
    if (code !== 0) result.failures.push(`node test/crash/${words.join(" ")} (exit ${code})`);
    if (existsSync(json)) addFrom(json, result);
  } finally {
    folder.remove();
  }
}

function addFrom(json: string, result: ProgrammeResult): void {
  const found: unknown = JSON.parse(readFileSync(json, "utf8"));
  if (isPowerCuts(found)) {
    for (const { images, redImages } of found.recordings) {
      result.powerCuts.recordings += 1;
      result.powerCuts.images += images;
      result.powerCuts.redImages += redImages;
    }
    return;
  }
  const { options, rounds, report } = found as CrashResult & {
    readonly options: { readonly ending: EndingName };
  }; // written by crash.ts
  const totals = (result.endings[options.ending] ??= {
    rounds: 0,
    acknowledged: 0,
    arrivals: 0,
    broken: 0,
    repeated: 0,
    repeatable: 0,
  });
  totals.rounds += rounds.length;
  totals.acknowledged += report.acknowledged;
  totals.arrivals += report.arrivals;
  totals.broken += Object.values(report.faults).reduce((sum, count) => sum + count, report.lost);
  totals.repeated += report.repeated;
  totals.repeatable += report.repeatable;
}

function isPowerCuts(found: unknown): found is { readonly recordings: readonly PowerCutResult[] } {
  return typeof found === "object" && found !== null && "recordings" in found;
}
