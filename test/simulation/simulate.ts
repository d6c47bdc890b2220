/**
 * `npm run simulate -- --seeds N --seed S`: N worlds, from seed S on. Prints every violation and how to see it again. With
 * `--json FILE` what came out is written there from time to time, and a run that was interrupted goes on from it.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import process from "node:process";
import { parseArgs } from "node:util";
import { commitNow } from "../commit-now.ts";
import { simulate } from "./simulation.ts";

interface Totals {
  readonly firstSeed: number;
  /** Seeds that were run so far. */
  seeds: number;
  readonly redSeeds: number[];
  attempts: number;
  crashes: number;
  /** Repeats after a crash. */
  duplicates: number;
  seconds: number;
  /** By our clock, on a machine that others may have been using too. */
  attemptsPerSecond: number;
  /** The sources that ran. */
  readonly commits: string[];
}

const seedsPerWrite = 50;

const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "1000" },
    seed: { type: "string", default: "1" },
    json: { type: "string" },
  },
});
const first = Number(values.seed);
const count = Number(values.seeds);
if (!Number.isSafeInteger(first) || !Number.isSafeInteger(count) || count < 1) {
  throw new RangeError(
    `--seed and --seeds are whole numbers; got ${values.seed} and ${values.seeds}`,
  );
}

const totals = earlierTotals(values.json);
const earlierMs = totals.seconds * 1000;
const startedAtMs = performance.now();
while (totals.seeds < count) {
  await runSeed(first + totals.seeds);
  if (totals.seeds % seedsPerWrite === 0 || totals.seeds === count) write(values.json);
}
console.log(
  `${count} seeds, ${totals.redSeeds.length} with violations, ${totals.attempts} attempts, ${totals.crashes} crashes, ` +
    `${totals.duplicates} repeats after a crash, ${totals.attemptsPerSecond} attempts/s`,
);
process.exitCode = totals.redSeeds.length === 0 ? 0 : 1;

async function runSeed(seed: number): Promise<void> {
  const result = await simulate(seed);
  totals.seeds += 1;
  totals.attempts += result.attempts;
  totals.crashes += result.crashes;
  totals.duplicates += result.duplicates;
  totals.seconds = (earlierMs + performance.now() - startedAtMs) / 1000;
  totals.attemptsPerSecond = Math.round(totals.attempts / totals.seconds);
  if (result.violations.length === 0) return;
  totals.redSeeds.push(seed);
  console.log(
    `seed ${seed}: ${result.violations.length} violations; npm run simulate -- --seeds 1 --seed ${seed}`,
  );
  for (const violation of result.violations.slice(0, 10)) console.log(`  ${violation}`);
}

function write(file: string | undefined): void {
  if (file !== undefined) writeFileSync(file, `${JSON.stringify(totals, null, 2)}\n`);
}

function earlierTotals(file: string | undefined): Totals {
  const commit = commitNow();
  if (file === undefined || !existsSync(file)) {
    return {
      firstSeed: first,
      seeds: 0,
      redSeeds: [],
      attempts: 0,
      crashes: 0,
      duplicates: 0,
      seconds: 0,
      attemptsPerSecond: 0,
      commits: [commit],
    };
  }
  const totals = JSON.parse(readFileSync(file, "utf8")) as Totals; // written by this program
  if (totals.firstSeed !== first)
    throw new RangeError(`${file} begins with seed ${totals.firstSeed}, not ${first}`);
  if (!totals.commits.includes(commit)) totals.commits.push(commit);
  return totals;
}
