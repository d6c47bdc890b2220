/**
 * What customers notice of each other, as ratios within one run of the real program: the healthy customers' latency and
 * throughput with a disturbance and without it, who gets how much slot time, how an endpoint comes back, and what a
 * backlog costs. Load generators, server and receivers are processes of their own, on one machine.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { makeScratchFolder } from "../test/e2e/scratch-folder.ts";
import { describeScenario } from "./isolation/describe-scenario.ts";
import { payloadBytes } from "./isolation/healthy-load.ts";
import type {
  IsolationOptions,
  IsolationResult,
  ScenarioResult,
} from "./isolation/isolation-result.ts";
import { scenariosOf } from "./isolation/scenarios.ts";
import { describeMachine, describeRevision } from "./machine.ts";

const today = new Date().toISOString().slice(0, 10);
const { values } = parseArgs({
  options: {
    scenario: { type: "string", multiple: true },
    seconds: { type: "string", default: "5" },
    turns: { type: "string", default: "3" },
    rate: { type: "string", default: "400" },
    long: { type: "boolean", default: false },
    "disturber-yields": { type: "boolean", default: false },
    "bulk-share": { type: "string" },
    out: {
      type: "string",
      default: join(import.meta.dirname, "results", `${today}-isolation.json`),
    },
  },
});
const options: IsolationOptions = {
  seconds: Number(values.seconds),
  turns: Number(values.turns),
  healthyPerSecond: Number(values.rate),
  long: values.long,
  ...(values["bulk-share"] === undefined ? {} : { bulkShare: Number(values["bulk-share"]) }),
  disturber: values["disturber-yields"] ? "idle" : "normal",
};
const all = scenariosOf(options);
const names = values.scenario ?? [...all.keys()];
const folder = makeScratchFolder("isolation-machine");
const machine = describeMachine(folder.path);
folder.remove();
const scenarios: ScenarioResult[] = [];
for (const name of names) {
  const measure = all.get(name);
  if (measure === undefined)
    throw new Error(`no such scenario; there are ${[...all.keys()].join(", ")}`);
  const scenario = await measure();
  scenarios.push(scenario);
  console.log(`${describeScenario(scenario)}\n`);
  const result: IsolationResult = {
    machine,
    revision: describeRevision(),
    options: { ...options, payloadBytes },
    scenarios,
  };
  mkdirSync(dirname(values.out), { recursive: true });
  writeFileSync(values.out, `${JSON.stringify(result, null, 2)}\n`); // after each, as all take long
}
console.log(values.out);
