/**
 * Ends the server again and again under load and checks that nothing is lost, altered, misplaced or repeated without
 * need. Exits with 0 if all is well, with 1 if the server broke a promise, with 2 if the test itself could not go on.
 */
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { type CrashOptions, crashRun, type RoundResult } from "./crash-run.ts";
import { type EndingName, endings } from "./ending.ts";
import { assertStrace } from "./system-calls/strace.ts";

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "30" },
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
    /** `soak`: SIGKILL each minute; `system-call`: at the nth call that changes a file; `io-error`: such a call fails. */
    ending: { type: "string", default: "SIGKILL" },
    json: { type: "string" },
  },
});
process.exitCode = await run(optionsOf(values), values.json).catch((error: unknown) => {
  console.error(error);
  return 2;
});

interface NamedOptions extends CrashOptions {
  readonly ending: EndingName;
}

function optionsOf(texts: Record<"rounds" | "seed" | "ending", string>): NamedOptions {
  const rounds = Number(texts.rounds);
  const seed = Number(texts.seed);
  if (!Number.isSafeInteger(rounds) || rounds < 1) throw new Error("--rounds takes a whole number");
  if (!Number.isSafeInteger(seed)) throw new Error("--seed takes a whole number");
  const ending = (Object.keys(endings) as EndingName[]).find((name) => name === texts.ending); // its own keys
  if (ending === undefined) {
    throw new Error(`--ending takes ${Object.keys(endings).join(", ")}`);
  }
  const isInjected = ending === "system-call" || ending === "io-error";
  if (isInjected) assertStrace();
  return {
    rounds,
    seed,
    ending,
    endingOf: endings[ending],
    falseStarts: ending === "SIGKILL",
    largeBatchShare: isInjected ? 0.05 : 0,
  };
}

async function run(options: NamedOptions, jsonFile: string | undefined): Promise<number> {
  console.log(`${options.rounds} rounds of ${options.ending}, seed ${options.seed}`);
  const startedAtMs = performance.now();
  const result = await crashRun(options, (round) => {
    console.log(lineOf(round));
  });
  const seconds = (performance.now() - startedAtMs) / 1000;
  const { report, problems, drainMs, repeatedPosts } = result;
  const { faults } = report;
  console.log(`
acknowledged ${report.acknowledged} of ${report.sent} messages sent, ${report.owed} deliveries owed
arrived      ${report.arrivals}, the last one owed ${(drainMs / 1000).toFixed(1)} s after the last start
lost ${report.lost}, unstored ${faults.unstored}, torn ${faults.torn}, altered ${faults.altered}, misplaced ${faults.misplaced}, unsigned ${faults.unsigned}, unexpected ${faults.unexpected}, early ${faults.early}
repeated     ${repeatedPosts} POSTs whose answer got lost, under their key
duplicates   ${report.repeated} where at most ${report.repeatable} were allowed, ${faults.excess} of what was settled
seed ${options.seed}, ${seconds.toFixed(0)} s: ${problems.length === 0 ? "passed" : "FAILED"}`);
  for (const problem of problems) console.log(`  ${problem}`);
  if (problems.length > 0) {
    const { ending, rounds, seed } = options;
    console.log(`  again: npm run crash -- --ending ${ending} --rounds ${rounds} --seed ${seed}`);
  }
  for (const example of report.examples) console.log(`    ${example}`);
  if (jsonFile !== undefined) {
    const passed = problems.length === 0;
    writeFileSync(
      jsonFile,
      `${JSON.stringify({ passed, options, seconds, ...result }, null, 2)}\n`,
    );
  }
  return problems.length === 0 ? 0 : 1;
}

function lineOf(round: RoundResult): string {
  const { acknowledged, arrivals, accepted, repeatable, startMs } = round;
  return [
    `round ${String(round.round).padStart(3)}: up in ${startMs.toFixed(0).padStart(4)} ms`,
    `${String(acknowledged).padStart(5)} acknowledged`,
    `${String(arrivals).padStart(5)} arrived`,
    `${String(accepted).padStart(5)} accepted`,
    `${String(repeatable).padStart(4)} may repeat`,
    round.ending,
  ].join(", ");
}
