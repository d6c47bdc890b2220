/**
 * Every hostile behaviour of the zoo against 100 endpoints at once, beside healthy customers: whether each attempt ends by its
 * deadline and comes to what it has to, how much memory the server takes, and what the healthy ones notice; in turn with
 * nobody, and with bare clients of another process that meet the same, as the zoo is on the same machine.
 * Run: `npm run bench:zoo [-- --from 0 --to 20]`; results of parts are gathered in one file.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { makeScratchFolder } from "../test/e2e/scratch-folder.ts";
import { behaviours } from "../test/security/zoo/behaviours.ts";
import { describeMachine, describeRevision, type Machine, type Revision } from "./machine.ts";
import { measureZoo, type ZooOptions, type ZooResult } from "./zoo/measure-zoo.ts";

const today = new Date().toISOString().slice(0, 10);
const { values } = parseArgs({
  options: {
    from: { type: "string", default: "0" },
    to: { type: "string", default: String(behaviours.length) },
    visitors: { type: "string", default: "100" },
    together: { type: "string", default: "8" },
    seconds: { type: "string", default: "4" },
    "zoo-yields": { type: "boolean", default: false },
    rate: { type: "string", default: "400" },
    out: { type: "string", default: join(import.meta.dirname, "results", `${today}-zoo.json`) },
  },
});

interface Part extends ZooResult {
  readonly revision: Revision;
  readonly machine: Machine;
  readonly options: ZooOptions;
}

const options: ZooOptions = {
  visitors: Number(values.visitors),
  together: Number(values.together),
  deadlineSeconds: 1,
  zoo: values["zoo-yields"] ? "idle" : "normal",
  seconds: Number(values.seconds),
  healthyPerSecond: Number(values.rate),
};
const folder = makeScratchFolder("zoo-machine");
const machine = describeMachine(folder.path);
folder.remove();
const some = behaviours.slice(Number(values.from), Number(values.to));
const result = await measureZoo(some, options);
const before = existsSync(values.out) ? readFileSync(values.out, "utf8") : '{"parts":[]}';
const { parts } = JSON.parse(before) as { readonly parts: readonly Part[] }; // this program's own
const part: Part = { revision: describeRevision(), machine, options, ...result };
mkdirSync(dirname(values.out), { recursive: true });
writeFileSync(values.out, `${JSON.stringify({ parts: [...parts, part] }, null, 2)}\n`);
const visits = result.rounds.flatMap((round) => round.visits);
const bad = visits.filter((each) => Object.keys(each.unexpected).length > 0);
for (const each of bad) console.log(each.behaviour, each.unexpected);
console.log(
  `${some.length} behaviours × ${options.visitors}: ${result.unexpected} unexpected, ` +
    `${result.overdueMs} ms overdue at most, RSS ${result.rssBeforeMiB} → tame ${result.rssTameMiB} → ${result.rssMostMiB} MiB, healthy p99:`,
);
for (const [kind, ratios] of [
  ["median", result.p99Ratio],
  ["quietest", result.quietestP99Ratio],
] as const) {
  const texts = Object.entries(ratios).map(([name, ratio]) => `${name} × ${ratio.toFixed(2)}`);
  console.log(`  of ${kind} windows: ${texts.join(", ")}`);
}
console.log(values.out);
