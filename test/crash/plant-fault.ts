/**
 * Proves that the crash test bites: plants a fault in a copy of the sources, runs the crash test there, and expects it to
 * turn red for the right reason. Exits with 0 only if it did, for every fault asked for.
 */
import { spawn } from "node:child_process";
import { cpSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { ownChild } from "../e2e/own-child.ts";
import { makeScratchFolder } from "../e2e/scratch-folder.ts";
import type { CrashResult } from "./crash-run.ts";
import { type PlantedFault, plantedFaults } from "./planted-faults.ts";

const root = join(import.meta.dirname, "../..");
/** What the crash test and the program need. */
const copied = ["src", "test", "package.json"];
const redExitCode = 1;
/** A fault that none of so many runs shows is not seen. */
const seedsMax = 3;

const { values } = parseArgs({
  options: {
    fault: { type: "string", multiple: true },
    rounds: { type: "string", default: "6" },
    seed: { type: "string", default: "1" },
  },
});
let unseen = 0;
for (const fault of chosenFaults(values.fault)) {
  if (!(await isSeen(fault, values.rounds, Number(values.seed)))) unseen += 1;
}
process.exitCode = unseen === 0 ? 0 : 1;

/** A kill may meet no moment in which the fault shows, so there are some seeds for it, of which one has to. */
async function isSeen(fault: PlantedFault, rounds: string, firstSeed: number): Promise<boolean> {
  for (let seed = firstSeed; seed < firstSeed + seedsMax; seed += 1) {
    const verdict = await crashTestWith(fault, rounds, String(seed));
    console.log(`${fault.name}, seed ${seed}: ${verdict}`);
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

/** Runs the crash test on a copy with the fault in it, and says in words whether it saw it. */
async function crashTestWith(fault: PlantedFault, rounds: string, seed: string): Promise<string> {
  const folder = makeScratchFolder("fault");
  try {
    for (const name of copied) {
      cpSync(join(root, name), join(folder.path, name), { recursive: true });
    }
    symlinkSync(join(root, "node_modules"), join(folder.path, "node_modules"));
    plant(fault, folder.path);
    const json = join(folder.path, "result.json");
    const options = ["--rounds", rounds, "--seed", seed, "--ending", fault.signal, "--json", json];
    const child = spawn(process.execPath, [join(folder.path, "test/crash/crash.ts"), ...options], {
      stdio: ["ignore", "ignore", "inherit"],
    });
    const exit = await ownChild(child);
    if (exit.code === 0) return "NOT SEEN: the crash test passed";
    if (exit.code !== redExitCode) return `the crash test could not go on (exit ${exit.code})`;
    const result = JSON.parse(readFileSync(json, "utf8")) as CrashResult; // written by crash.ts
    const count = countOf(fault.seenAs, result);
    const problems = result.problems.map((problem) => problem.split("\n")[0]).join("; ");
    return count > 0
      ? `seen as ${count} ${fault.seenAs} (${problems})`
      : `MISTAKEN FOR ${problems}`;
  } finally {
    folder.remove();
  }
}

function plant({ file, search, replace, name }: PlantedFault, folder: string): void {
  const path = join(folder, file);
  const parts = readFileSync(path, "utf8").split(search);
  if (parts.length !== 2) {
    throw new Error(`${name}: its place occurs ${parts.length - 1} times in ${file}, not once`);
  }
  writeFileSync(path, parts.join(replace));
}

function countOf(seenAs: PlantedFault["seenAs"], { report, problems }: CrashResult): number {
  if (seenAs === "lost") return report.lost;
  if (seenAs === "unrecorded") {
    return problems.filter((problem) => problem.includes("not stored when it stopped")).length;
  }
  return report.faults[seenAs];
}
