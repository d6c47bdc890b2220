/** `npm run simulate -- --seeds N --seed S`: N worlds, from seed S on. Prints every violation and how to see it again. */
import process from "node:process";
import { parseArgs } from "node:util";
import { simulate } from "./simulation.ts";

const { values } = parseArgs({
  options: { seeds: { type: "string", default: "1000" }, seed: { type: "string", default: "1" } },
});
const first = Number(values.seed);
const count = Number(values.seeds);
if (!Number.isSafeInteger(first) || !Number.isSafeInteger(count) || count < 1) {
  throw new RangeError(
    `--seed and --seeds are whole numbers; got ${values.seed} and ${values.seeds}`,
  );
}

const startedAtMs = performance.now();
let attempts = 0;
let crashes = 0;
let duplicates = 0;
let bad = 0;
for (let seed = first; seed < first + count; seed += 1) {
  const result = await simulate(seed);
  attempts += result.attempts;
  crashes += result.crashes;
  duplicates += result.duplicates;
  if (result.violations.length === 0) continue;
  bad += 1;
  console.log(
    `seed ${seed}: ${result.violations.length} violations; npm run simulate -- --seeds 1 --seed ${seed}`,
  );
  for (const violation of result.violations.slice(0, 10)) console.log(`  ${violation}`);
}
const seconds = (performance.now() - startedAtMs) / 1000;
console.log(
  `${count} seeds, ${bad} with violations, ${attempts} attempts, ${crashes} crashes, ` +
    `${duplicates} repeats after a crash, ${Math.round(attempts / seconds)} attempts/s`,
);
process.exitCode = bad === 0 ? 0 : 1;
