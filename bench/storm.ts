/**
 * Half of all endpoints answer 503 for an hour: the real Director on a simulated clock, disk and network, so that the hour takes
 * a minute and nothing but scheduling is measured. Run: `npm run bench:storm [-- --endpoints 200 --per-second 50]`.
 *
 * Every endpoint gets the same load for two hours. In the second run half of them answer 503 during the first hour, and
 * then are well again. Latencies are of virtual time, from the answer that a message was accepted to the endpoint's.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { describeMachine, describeRevision } from "./machine.ts";
import { measureStorm, type StormOptions } from "./storm/measure-storm.ts";

const today = new Date().toISOString().slice(0, 10);
const { values } = parseArgs({
  options: {
    applications: { type: "string", default: "50" },
    endpoints: { type: "string", default: "200" },
    "per-second": { type: "string", default: "50" },
    out: { type: "string", default: join(import.meta.dirname, "results", `${today}-storm.json`) },
  },
});
const options: StormOptions = {
  applications: Number(values.applications),
  endpoints: Number(values.endpoints),
  messagesPerSecond: Number(values["per-second"]),
  stormMs: 60 * 60 * 1000,
};

const calm = await measureStorm({ ...options, stormMs: 0 }, 2 * options.stormMs);
const storm = await measureStorm(options, 2 * options.stormMs);
const folder = mkdtempSync(join(tmpdir(), "posthorn-bench-"));
const machine = describeMachine(folder);
rmSync(folder, { recursive: true });
const result = {
  machine,
  revision: describeRevision(),
  options,
  calm,
  storm,
  healthyP99Ratio: storm.healthyMs.p99 / calm.healthyMs.p99,
  healthyThroughputRatio: storm.healthyDelivered / calm.healthyDelivered,
};
mkdirSync(dirname(values.out), { recursive: true });
writeFileSync(values.out, `${JSON.stringify(result, null, 2)}\n`);
console.table({ calm: flat(calm), storm: flat(storm) });
console.log(`healthy p99 × ${result.healthyP99Ratio.toFixed(2)}, ${values.out}`);

function flat({ healthyMs, ...rest }: typeof calm): object {
  return { healthyP50Ms: healthyMs.p50, healthyP99Ms: healthyMs.p99, ...rest };
}
