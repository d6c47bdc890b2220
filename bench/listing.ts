/**
 * How long each list operation takes over a large history, by HTTP from the real program: the first page, and whether pages
 * get slower with their depth.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { loadavg } from "node:os";
import { dirname, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { makeScratchFolder } from "../test/e2e/scratch-folder.ts";
import { issueToken, startServer } from "../test/e2e/server-process.ts";
import { listingCases } from "./listing-cases.ts";
import { populate, populationSettings } from "./listing-population.ts";
import { type CaseResult, describeListing, lineOf, type ListingResult } from "./listing-result.ts";
import { describeMachine, describeRevision } from "./machine.ts";
import { ListingMeter } from "./measure-listing.ts";

const today = new Date().toISOString().slice(0, 10);
const { values } = parseArgs({
  options: {
    /** Made if it is absent, and kept. */
    folder: { type: "string" },
    "job-dbs": { type: "string", default: "6" },
    attempts: { type: "string", default: "1080000" },
    /** Only cases whose operation and name have this. */
    only: { type: "string", default: "" },
    out: { type: "string", default: join(import.meta.dirname, "results", `${today}-listing.json`) },
  },
});

const method =
  "One connection, one request after the other, from a process of its own; each case 5 requests to warm up, then 150, or as many as take 1 s but " +
  "10 at the least; from before the request to the last byte of the answer, and the CPU time of the thread " +
  "that answers, which other work of the machine hardly changes. A page is 50 items unless a case says limit=1. The history " +
  "was written by the JobDbs' own code, and its files are in the system's page cache.";

const scratch = values.folder === undefined ? makeScratchFolder("listing") : undefined;
const folder = scratch?.path ?? resolve(values.folder ?? "");
const jobDbs = Number(values["job-dbs"]);
const options = { jobDbs, attemptsPerJobDb: Math.ceil(Number(values.attempts) / jobDbs) };
const population = await populate(folder, options);
const settings = populationSettings(folder);
const token = await issueToken(settings);
const loadAverage = loadavg();
const server = await startServer(settings);
const meter = new ListingMeter(server, token);
const cases: CaseResult[] = [];
for (const each of listingCases(population)) {
  if (!`${each.operation} ${each.name}`.includes(values.only)) continue;
  const measured = await meter.measure(each);
  cases.push(measured);
  console.log(lineOf(measured));
}
await meter.close();
const { code } = await server.end("SIGTERM");
if (code !== 0) throw new Error(`the server ended badly:\n${server.lastWords()}`);
const result: ListingResult = {
  machine: describeMachine(folder),
  loadAverage,
  revision: describeRevision(),
  method,
  options,
  population,
  cases,
};
scratch?.remove();
mkdirSync(dirname(values.out), { recursive: true });
writeFileSync(values.out, `${JSON.stringify(result, null, 2)}\n`);
console.log(`\n${describeListing(result)}\n\n${values.out}`);
