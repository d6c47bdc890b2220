/**
 * Proves that the tests bite: plants faults one by one in a copy of the sources, runs the cheapest test that must see each,
 * and expects it to turn red for the right reason. Exits with 0 only if every fault asked for was seen.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { cpSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { ownChild } from "../e2e/own-child.ts";
import { makeScratchFolder } from "../e2e/scratch-folder.ts";
import type { CrashResult } from "./crash-run.ts";
import type { PowerCutResult } from "./power-cut/power-cut-run.ts";
import type { CrashFault, PlantedFault, PowerCutFault, TestFileFault } from "./planted-fault.ts";
import { plantedFaults } from "./planted-faults.ts";

const root = join(import.meta.dirname, "../..");
/** What the tests and the program need. */
const copied = ["src", "test", "package.json"];
const redExitCode = 1;
/** A fault that none of so many runs shows is not seen. */
const seedsMax = 3;
/** A fault may make a test wait for ever. */
const testMsMax = 30_000;
/** It may also make one compute for ever, which no timer of its own process can end. The slowest run takes a minute. */
const runMsMax = 300_000;

const { values } = parseArgs({
  options: {
    fault: { type: "string", multiple: true },
    /** Only the first of so many in a row: what CI has time for. */
    every: { type: "string", default: "1" },
    rounds: { type: "string", default: "6" },
    seed: { type: "string", default: "1" },
  },
});
let unseen = 0;
const every = Number(values.every);
if (!Number.isSafeInteger(every) || every < 1) throw new RangeError("--every takes a whole number");
for (const fault of chosenFaults(values.fault).filter((_, at) => at % every === 0)) {
  if (!(await isSeen(fault, values.rounds, Number(values.seed)))) unseen += 1;
}
process.exitCode = unseen === 0 ? 0 : 1;

/**
 * A kill or a cut may meet no moment in which the fault shows, so there are some seeds for it, of which one has to. A test
 * file has no seed: it must be green without the fault and red with it.
 */
async function isSeen(fault: PlantedFault, rounds: string, firstSeed: number): Promise<boolean> {
  const isTest = fault.seenBy.kind === "test";
  const seeds = isTest ? 1 : seedsMax;
  for (let seed = firstSeed; seed < firstSeed + seeds; seed += 1) {
    const verdict = await verdictOn(fault, rounds, String(seed));
    console.log(`${fault.name}${isTest ? "" : `, seed ${seed}`}: ${verdict}`);
    if (verdict.startsWith("seen")) return true;
  }
  return false;
}

function chosenFaults(names: readonly string[] | undefined): readonly PlantedFault[] {
  if (names === undefined) return plantedFaults;
  return names.map((name) => {
    const fault = plantedFaults.find((each) => each.name === name);
    if (fault !== undefined) return fault;
    const known = plantedFaults.map((each) => each.name).join(", ");
    throw new Error(`no fault is called ${name}; there are ${known}`);
  });
}

/** Runs the fault's test on a copy with the fault in it, and says in words whether it saw it. */
async function verdictOn(fault: PlantedFault, rounds: string, seed: string): Promise<string> {
  const folder = makeScratchFolder("fault");
  try {
    for (const name of copied) {
      cpSync(join(root, name), join(folder.path, name), { recursive: true });
    }
    symlinkSync(join(root, "node_modules"), join(folder.path, "node_modules"));
    const { seenBy } = fault;
    if (seenBy.kind === "test") return await testFileVerdict(fault, seenBy, folder.path);
    plant(fault, folder.path);
    const json = join(folder.path, "result.json");
    const shared = ["--seed", seed, "--json", json];
    const options =
      seenBy.kind === "crash"
        ? ["test/crash/crash.ts", "--rounds", rounds, "--ending", seenBy.signal, ...shared]
        : [...powerCutOptions(seenBy), ...shared];
    const { code, isCutOff } = await runIn(folder.path, options);
    if (isCutOff) return `NOT SEEN: the test went on for ${runMsMax / 1000} s`;
    if (code === 0) return "NOT SEEN: the test passed";
    if (code !== redExitCode) return `the test could not go on (exit ${code})`;
    const result: unknown = JSON.parse(readFileSync(json, "utf8"));
    return seenBy.kind === "crash"
      ? crashVerdict(seenBy.seenAs, result as CrashResult) // written by crash.ts
      : powerCutVerdict(seenBy.seenAs, result as PowerCuts); // written by power-cut.ts
  } finally {
    folder.remove();
  }
}

interface PowerCuts {
  readonly recordings: readonly PowerCutResult[];
}

function powerCutOptions({ dropping }: PowerCutFault): readonly string[] {
  const options = ["test/crash/power-cut.ts", "--images", "150", "--messages", "150"];
  return dropping === true ? [...options, "--dropping"] : options;
}

/**
 * Runs a test's program to its end, or to that of its time: then it and all that it started are killed. Whatever it leaves,
 * such as the recording of a red run, goes with the folder.
 */
async function runIn(folder: string, options: readonly string[]): Promise<Run> {
  const child = spawn(process.execPath, options, {
    cwd: folder,
    env: { ...process.env, TMPDIR: folder },
    stdio: ["ignore", "ignore", "inherit"],
    // So that it has a process group of its own, which can be killed as one.
    detached: true,
  });
  let isCutOff = false;
  const kill = (): void => {
    killGroup(child);
  };
  const deadline = setTimeout(() => {
    isCutOff = true;
    kill();
  }, runMsMax);
  process.prependListener("exit", kill);
  try {
    return { code: (await ownChild(child)).code, isCutOff };
  } finally {
    clearTimeout(deadline);
    process.off("exit", kill);
  }
}

interface Run {
  readonly code: number | null;
  readonly isCutOff: boolean;
}

function killGroup({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) process.kill(-pid, "SIGKILL");
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error; // they ended by themselves
  }
}

function crashVerdict(seenAs: CrashFault["seenAs"], result: CrashResult): string {
  const count = countOf(seenAs, result);
  const problems = result.problems.map((problem) => problem.split("\n")[0]).join("; ");
  return count > 0 ? `seen as ${count} ${seenAs} (${problems})` : `MISTAKEN FOR ${problems}`;
}

function powerCutVerdict(seenAs: PowerCutFault["seenAs"], { recordings }: PowerCuts): string {
  const counts = recordings.map(({ faults }) => faults[seenAs]);
  const count = counts.reduce((sum, each) => sum + each, 0);
  const images = recordings.reduce((sum, each) => sum + each.images, 0);
  return count > 0
    ? `seen as ${seenAs} in ${count} of ${images} images`
    : `MISTAKEN FOR ${JSON.stringify(recordings[0]?.faults)}`;
}

async function testFileVerdict(
  fault: PlantedFault,
  { path, title }: TestFileFault,
  folder: string,
): Promise<string> {
  const tests = { path, title };
  const before = await failedTests(folder, tests);
  if (before === undefined) return `RED WITHOUT IT: it went on for ${runMsMax / 1000} s`;
  if (before.length > 0) return `RED WITHOUT IT: ${before.join("; ")}`;
  plant(fault, folder);
  const failed = await failedTests(folder, tests);
  if (failed === undefined) return `NOT SEEN: the tests went on for ${runMsMax / 1000} s`;
  const seen = failed.find((name) => name.startsWith(title));
  if (seen !== undefined) return `seen by "${seen}"`;
  return failed.length === 0 ? "NOT SEEN: the tests passed" : `MISTAKEN FOR ${failed.join("; ")}`;
}

/** The names of those tests of a file that begin with a title and fail; undefined: they found no end. */
async function failedTests(
  folder: string,
  { path, title }: Pick<TestFileFault, "path" | "title">,
): Promise<readonly string[] | undefined> {
  const report = join(folder, "tests.tap");
  const options = [
    "--test",
    // A fault may leave something open, for which the process would stay.
    "--test-force-exit",
    `--test-timeout=${testMsMax}`,
    "--test-reporter=tap",
    `--test-reporter-destination=${report}`,
    `--test-name-pattern=${title}`,
  ];
  const { isCutOff } = await runIn(folder, [...options, path]);
  if (isCutOff) return undefined;
  return readFileSync(report, "utf8")
    .split("\n")
    .map((line) => /^\s*not ok \d+ - (.*)$/.exec(line)?.[1])
    .filter((name) => name !== undefined);
}

function plant({ file, search, replace, name }: PlantedFault, folder: string): void {
  const path = join(folder, file);
  const parts = readFileSync(path, "utf8").split(search);
  if (parts.length !== 2) {
    throw new Error(`${name}: its place occurs ${parts.length - 1} times in ${file}, not once`);
  }
  writeFileSync(path, parts.join(replace));
}

function countOf(seenAs: CrashFault["seenAs"], { report, problems }: CrashResult): number {
  if (seenAs === "lost") return report.lost;
  if (seenAs === "unrecorded") {
    return problems.filter((problem) => problem.includes("not stored when it stopped")).length;
  }
  return report.faults[seenAs];
}
