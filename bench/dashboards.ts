/**
 * What ten open dashboards cost: the server at full load with them and without, by turns in one run, and what they cost a server
 * that has nothing else to do.
 */
import { fork } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { loadavg } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { parseArgs } from "node:util";
import { makeScratchFolder } from "../test/e2e/scratch-folder.ts";
import { issueToken, startServer } from "../test/e2e/server-process.ts";
import type { DashboardReport, DashboardTask } from "./dashboards/dashboard-process.ts";
import type { Pace } from "./load-process.ts";
import { describeMachine, describeRevision } from "./machine.ts";
import { runPhase } from "./phase.ts";
import { startReceiver } from "./receiver-client.ts";
import { median } from "./spread.ts";
import { subscribeAll } from "./subscribe-all.ts";
import { readThreadCpu } from "./thread-cpu.ts";

const today = new Date().toISOString().slice(0, 10);
const { values } = parseArgs({
  options: {
    dashboards: { type: "string", default: "10" },
    turns: { type: "string", default: "8" },
    seconds: { type: "string", default: "5" },
    endpoints: { type: "string", default: "200" },
    /** A steady pace instead of full load, of which other work of the machine changes less. */
    "per-second": { type: "string" },
    out: {
      type: "string",
      default: join(import.meta.dirname, "results", `${today}-dashboards.json`),
    },
  },
});
const inFlight = 64;
const payloadBytes = 512;
const warmUpMs = 1_000;
const settleMsMax = 60_000;
const refreshMs = 5_000;
const idleMs = 10_000;
/** Where the result goes is nobody else's business. */
const { out, ...told } = values;
const dashboardCount = Number(values.dashboards);
const windowMs = Number(values.seconds) * 1000;

interface Turn {
  readonly deliveredPerSecond: number;
  /** Of all threads of the server, for each event. */
  readonly cpuMicros: number;
}

const folder = makeScratchFolder("bench-dashboards");
const settings = {
  dataFolder: join(folder.path, "data"),
  listen: "127.0.0.1:0",
  jwtSecret: "the benchmark's secret, 32 bytes or more",
  retrySchedule: [5, 300],
  attemptTimeoutSeconds: 15,
};
const machine = describeMachine(folder.path);
const receiver = await startReceiver(Number(values.endpoints));
const token = await issueToken(settings);
const server = await startServer(settings);
const target = await subscribeAll(server.address, token, receiver.urls);
const child = fork(join(import.meta.dirname, "dashboards/dashboard-process.ts"));
const page = `/api/v1/app/bench-1/endpoint/${await firstEndpoint()}`;
const task: DashboardTask = {
  address: server.address,
  token,
  paths: [page, `${page}/queue`, `${page.replace("/endpoint/", "/attempt/endpoint/")}?limit=50`],
  refreshMs,
};
child.send(task);

const perSecond = values["per-second"];
const pace: Pace =
  perSecond === undefined
    ? { kind: "closed", inFlight }
    : { kind: "open", perSecond: Number(perSecond) };
let expected = 0;

async function show(count: number): Promise<DashboardReport> {
  child.send(count);
  const [report] = (await once(child, "message")) as [DashboardReport];
  return report;
}

async function firstEndpoint(): Promise<string> {
  const headers = { authorization: `Bearer ${token}` };
  const answer = await fetch(`${server.address}/api/v1/app/bench-1/endpoint`, { headers });
  const { data } = (await answer.json()) as { data: readonly [{ readonly id: string }] };
  return data[0].id;
}

async function loaded(): Promise<Turn> {
  const load = { ...target, payloadBytes, warmUpMs, windowMs, pace };
  const { load: sent, received, serverCpu } = await runPhase(load, receiver, server.pid);
  expected += sent.answeredEver;
  await receiver.arrivedEver(expected, settleMsMax); // so that no turn works off another's backlog
  return {
    deliveredPerSecond: (received.arrivals * 1000) / received.elapsedMs,
    cpuMicros: cpuOf(serverCpu) / received.arrivals,
  };
}

/** Cores that the server takes with nothing to do. */
async function idle(): Promise<number> {
  const before = cpuOf(readThreadCpu(server.pid));
  await wait(idleMs);
  return (cpuOf(readThreadCpu(server.pid)) - before) / (idleMs * 1000);
}

function cpuOf(threads: ReadonlyMap<string, number>): number {
  return [...threads.values()].reduce((sum, micros) => sum + micros, 0);
}

try {
  await loaded(); // its figures are not counted: the server's code is still being compiled
  const [without, watched]: [Turn[], Turn[]] = [[], []];
  const loadAverage = loadavg();
  let read: DashboardReport | undefined;
  const withThem = async (): Promise<void> => {
    await show(dashboardCount);
    watched.push(await loaded());
    read = await show(0);
  };
  for (let turn = 0; turn < Number(values.turns); turn += 1) {
    // Whatever a run grows slower by is shared by both.
    if (turn % 2 === 0) without.push(await loaded());
    await withThem();
    if (turn % 2 === 1) without.push(await loaded());
  }
  const idleCores = await idle();
  await show(dashboardCount);
  const idleCoresWatched = await idle();
  await show(0);
  const ratiosOf = (part: keyof Turn) =>
    watched.map((turn, at) => turn[part] / (without[at]?.[part] ?? Number.NaN));
  const result = {
    machine,
    loadAverage,
    revision: describeRevision(),
    options: { ...told, inFlight, payloadBytes, refreshMs },
    without,
    watched,
    /** Of the last turn with them. */
    read,
    throughputRatio: median(ratiosOf("deliveredPerSecond")),
    cpuRatio: median(ratiosOf("cpuMicros")),
    idleCores: { without: idleCores, watched: idleCoresWatched },
  };
  writeFileSync(out, `${JSON.stringify(result, undefined, 2)}\n`);
  const { throughputRatio, cpuRatio } = result;
  console.log(JSON.stringify({ throughputRatio, cpuRatio, idleCores: result.idleCores, read }));
} finally {
  child.disconnect();
  await server.end("SIGTERM");
  await receiver.stop();
  folder.remove();
}
