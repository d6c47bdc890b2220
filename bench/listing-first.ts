/**
 * How long the first request of a server takes, by each kind of filter: each case in a server that has just started over the same
 * history, with summaries of its runs or without (src/jobdb/sqlite/run-summary.ts).
 */
import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { loadavg } from "node:os";
import { dirname, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { RunSummariser } from "../src/jobdb/sqlite/summarise-runs.ts";
import { issueToken, startServer } from "../test/e2e/server-process.ts";
import { type ListingCase, listingCases } from "./listing-cases.ts";
import { populate, populationSettings } from "./listing-population.ts";
import { type FirstListingResult, type FirstResult, lineOfFirst } from "./listing-result.ts";
import { describeMachine, describeRevision } from "./machine.ts";
import { ListingMeter } from "./measure-listing.ts";

const today = new Date().toISOString().slice(0, 10);
const { values } = parseArgs({
  options: {
    /** Made if it is absent, and kept. */
    folder: { type: "string", default: "listing" },
    "job-dbs": { type: "string", default: "6" },
    attempts: { type: "string", default: "1080000" },
    summaries: { type: "string", default: "all" },
    /** Only cases whose operation and name have this. */
    only: { type: "string", default: "" },
    out: {
      type: "string",
      default: join(import.meta.dirname, "results", `${today}-listing-first.json`),
    },
  },
});

const method =
  "Each case is the first request of a server that has just started, and two more of the same; over one connection, from a process of its " +
  "own; from before the request to the last byte of the answer, and the CPU time of the thread that answers. A page is 50 items. The files are " +
  "in the system's page cache.";

const listed = new Set([
  "v1.message.list",
  "v1.message-attempt.list-by-endpoint",
  "v1.message-attempt.list-attempted-messages",
]);
/** One without a filter, and those that find little. */
const names =
  /^$|^(event_types|channel|tag|status_code_class=300): none$|^tag: 1 in 20,000$|1 in 300,000$|an hour$|^status=2/;

const summaries = values.summaries === "none" ? "none" : "all";
const folder = resolve(values.folder);
const jobDbs = Number(values["job-dbs"]);
const options = { jobDbs, attemptsPerJobDb: Math.ceil(Number(values.attempts) / jobDbs) };
const population = await populate(folder, options);
const settings = populationSettings(folder);
const jobDbFolder = join(settings.dataFolder, "jobdb");
const token = await issueToken(settings);
const loadAverage = loadavg();
const summariesTookSeconds = summaries === "all" ? summarise() : null;
const cases: FirstResult[] = [];
for (const each of listingCases(population)) {
  const isMeant = listed.has(each.operation) && names.test(each.name);
  if (!isMeant || !`${each.operation} ${each.name}`.includes(values.only)) continue;
  if (summaries === "none") removeSummaries();
  const measured = await measureInNewServer(each);
  cases.push(measured);
  console.log(lineOfFirst(measured));
}
const result: FirstListingResult = {
  machine: describeMachine(folder),
  loadAverage,
  revision: describeRevision(),
  method,
  options,
  population,
  summaries,
  summariesTookSeconds,
  cases,
};
mkdirSync(dirname(values.out), { recursive: true });
writeFileSync(values.out, `${JSON.stringify(result, null, 2)}\n`);
const most = Math.max(...cases.map(({ requests }) => requests[0]?.ms ?? 0));
console.log(
  `\n${cases.length} cases, the slowest first request took ${most.toFixed(0)} ms\n\n${values.out}`,
);

async function measureInNewServer(each: ListingCase): Promise<FirstResult> {
  const server = await startServer(settings);
  const meter = new ListingMeter(server, token);
  const measured = await meter.measureFirst(each);
  await meter.close();
  const { code } = await server.end("SIGTERM");
  if (code !== 0) throw new Error(`the server ended badly:\n${server.lastWords()}`);
  return measured;
}

/** As the server's scrubber makes them, but without a rest. How long it took, seconds. */
function summarise(): number {
  const startedAtMs = performance.now();
  const summariser = new RunSummariser(jobDbFolder, 0);
  for (let isMore = true; isMore;) {
    const round = summariser.round();
    let step = round.next();
    while (step.done !== true) step = round.next();
    isMore = step.value;
  }
  return (performance.now() - startedAtMs) / 1000;
}

function removeSummaries(): void {
  for (const name of readdirSync(jobDbFolder))
    if (name.endsWith("-runs")) rmSync(join(jobDbFolder, name));
}
