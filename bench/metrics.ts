/**
 * What watching costs: how long a scrape of /metrics takes when ten thousand endpoints have something waiting, and how
 * much processor time the server takes meanwhile, beside the same without scrapes.
 */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { loadavg } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { parseArgs } from "node:util";
import { Pool } from "undici";
import { PathReceiver } from "../test/e2e/path-receiver.ts";
import { makeScratchFolder } from "../test/e2e/scratch-folder.ts";
import { issueToken, startServer } from "../test/e2e/server-process.ts";
import { describeMachine, describeRevision } from "./machine.ts";
import { spreadOf } from "./spread.ts";

const today = new Date().toISOString().slice(0, 10);
const { values } = parseArgs({
  options: {
    endpoints: { type: "string", default: "10000" },
    scrapes: { type: "string", default: "100" },
    out: { type: "string", default: join(import.meta.dirname, "results", `${today}-metrics.json`) },
  },
});
const perApplication = 1_000;
const applications = Math.ceil(Number(values.endpoints) / perApplication);
const metricsToken = "a-token-for-scraping";
const idleMs = 5_000;

const receiver = new PathReceiver();
await receiver.start();
receiver.answer("/", () => ({ status: 500 }));
const folder = makeScratchFolder("bench-metrics");
const settings = {
  dataFolder: folder.path,
  listen: "127.0.0.1:0",
  jwtSecret: "a secret of at least thirty-two characters",
  retrySchedule: [86_400],
  attemptTimeoutSeconds: 15,
  others: { POSTHORN_ALLOW_SUBNETS: "127.0.0.0/8", POSTHORN_METRICS_TOKEN: metricsToken },
};
const server = await startServer(settings);
const authorization = `Bearer ${await issueToken(settings)}`;
const pool = new Pool(server.address, { connections: 64 });

async function post(path: string, body: object): Promise<void> {
  const { statusCode, body: answer } = await pool.request({
    method: "POST",
    path,
    headers: { authorization, "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  const text = await answer.text();
  assert(statusCode < 300, `${path}: ${statusCode} ${text}`);
}

interface Scrape {
  readonly tookMs: number;
  /** Of the thread that answers. */
  readonly cpuMs: number;
  readonly text: string;
}

async function scrape(): Promise<Scrape> {
  const cpuBeforeMs = answeringCpuMs();
  const beganAtMs = performance.now();
  const answer = await pool.request({
    method: "GET",
    path: "/metrics",
    headers: { authorization: `Bearer ${metricsToken}` },
  });
  const text = await answer.body.text();
  return {
    tookMs: performance.now() - beganAtMs,
    cpuMs: answeringCpuMs() - cpuBeforeMs,
    text,
  };
}

/** `schedstat` counts nanoseconds. */
function answeringCpuMs(): number {
  const text = readFileSync(`/proc/${server.pid}/task/${server.pid}/schedstat`, "utf8");
  return Number(text.split(" ")[0]) / 1e6;
}

/** Of all threads of the server, seconds. */
function cpuSeconds(): number {
  const stat = readFileSync(`/proc/${server.pid}/stat`, "utf8");
  const [user = 0, system = 0] = stat
    .slice(stat.lastIndexOf(")") + 2)
    .split(" ")
    .slice(11, 13)
    .map(Number);
  return (user + system) / 100;
}

async function cpuShareDuring(act: () => Promise<void>): Promise<number> {
  const [beganAtMs, before] = [performance.now(), cpuSeconds()];
  await act();
  return (cpuSeconds() - before) / ((performance.now() - beganAtMs) / 1000);
}

try {
  for (let at = 0; at < applications; at += 1) {
    await post("/api/v1/app", { name: `${at}`, uid: `app${at}` });
    const url = receiver.url("/");
    await Promise.all(
      Array.from({ length: perApplication }, () => post(`/api/v1/app/app${at}/endpoint`, { url })),
    );
  }
  for (let at = 0; at < applications; at += 1)
    await post(`/api/v1/app/app${at}/msg`, { eventType: "e", payload: {} });
  const waiting = `posthorn_queued_deliveries{state="failing"} ${applications * perApplication}`;
  while (!(await scrape()).text.includes(waiting)) await wait(500);
  const loadAverage = loadavg();
  const idle = await cpuShareDuring(() => wait(idleMs));
  const took: number[] = [];
  const cpu: number[] = [];
  let bytes = 0;
  const scraping = await cpuShareDuring(async () => {
    for (let at = 0; at < Number(values.scrapes); at += 1) {
      const { tookMs, cpuMs, text } = await scrape();
      took.push(tookMs);
      cpu.push(cpuMs);
      bytes = text.length;
      await wait(idleMs / Number(values.scrapes));
    }
  });
  const result = {
    machine: describeMachine(folder.path),
    loadAverage,
    revision: describeRevision(),
    endpoints: applications * perApplication,
    scrapeMs: spreadOf(took),
    scrapeCpuMs: spreadOf(cpu),
    scrapeMsMax: Math.max(...took),
    bytes,
    cores: { idle, scraping },
  };
  const text = JSON.stringify(result, undefined, 2);
  writeFileSync(values.out, `${text}\n`);
  console.log(text);
} finally {
  await pool.close();
  await server.end("SIGTERM");
  receiver.stop();
  folder.remove();
}
