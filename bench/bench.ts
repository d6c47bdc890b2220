/**
 * End-to-end throughput and latency of the real program beside the ceiling of this machine: a bare `dispatch` loop of
 * undici to the same receiver. Load generator, server and receiver are processes of their own, on one machine.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { describe } from "./report.ts";
import { measureThroughput } from "./throughput.ts";

const today = new Date().toISOString().slice(0, 10);
const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "10" },
    rounds: { type: "string", default: "3" },
    endpoints: { type: "string", default: "200" },
    "in-flight": { type: "string", default: "128" },
    out: {
      type: "string",
      default: join(import.meta.dirname, "results", `${today}-throughput.json`),
    },
  },
});

const result = await measureThroughput({
  seconds: Number(values.seconds),
  rounds: Number(values.rounds),
  endpoints: Number(values.endpoints),
  inFlight: Number(values["in-flight"]),
});
mkdirSync(dirname(values.out), { recursive: true });
writeFileSync(values.out, `${JSON.stringify(result, null, 2)}\n`);
console.log(describe(result));
console.log(`\n${values.out}`);
