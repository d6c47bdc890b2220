/**
 * What the life of JobDbs costs: how long a message takes to be accepted while one JobDb is changed for the next, beside the
 * same run without a change; what a drop gives back; and how soon a server accepts that finds a million deliveries
 * pending in many JobDbs.
 */
import { mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { loadavg } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { parseArgs } from "node:util";
import { Svix } from "svix";
import { Pool } from "undici";
import { parseMessageId } from "../src/core/ids.ts";
import { eventually } from "../test/e2e/eventually.ts";
import { PathReceiver } from "../test/e2e/path-receiver.ts";
import { makeScratchFolder } from "../test/e2e/scratch-folder.ts";
import {
  issueToken,
  type ServerProcess,
  type ServerSettings,
  startServer,
} from "../test/e2e/server-process.ts";
import { describeMachine, describeRevision } from "./machine.ts";
import { payloadsOf } from "./payload.ts";
import { spreadOf } from "./spread.ts";

const today = new Date().toISOString().slice(0, 10);
const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "60" },
    "per-second": { type: "string", default: "500" },
    "jobdb-rows": { type: "string", default: "3000" },
    pending: { type: "string", default: "1000000" },
    out: {
      type: "string",
      default: join(import.meta.dirname, "results", `${today}-rotation.json`),
    },
  },
});
const perSecond = Number(values["per-second"]);
const windowMs = 100;
const payloadBytes = 512;
const batchMessages = 1_000;
/** Until a batch that was answered 503 is sent again. */
const retryMs = 100;
/** Of the JobDbs that the pending deliveries are in: a message and a delivery each. */
const pendingJobDbRows = "200000";

const method =
  `Single POSTs of ${payloadBytes} bytes at an open pace, for one endpoint that answers at once, from the process that also receives; windows of ${windowMs} ms. ` +
  "A window counts as one with a change if a file was made in it, or the first message was accepted in another JobDb, or the one before was such; " +
  "all others are steady. The first two seconds are left out. Then a restart with a retention of 0 days, timed from its start to the unlink of the last " +
  "settled file. Then messages in batches for a disabled endpoint, a kill -9, and the time until the next start listens.";

interface Request {
  /** Unix milliseconds. */
  readonly atMs: number;
  readonly tookMs: number;
  readonly jobDb: number;
}

const folder = makeScratchFolder("rotation");
const receiver = new PathReceiver();
await receiver.start();
const jobDbFolder = join(folder.path, "jobdb");

function settingsWith(others: Readonly<Record<string, string>>): ServerSettings {
  return {
    dataFolder: folder.path,
    listen: "127.0.0.1:0",
    jwtSecret: "a secret of at least thirty-two characters",
    retrySchedule: [5],
    attemptTimeoutSeconds: 5,
    others,
  };
}

const files = () => readdirSync(jobDbFolder).filter((name) => name.endsWith(".db"));
const bytesOnDisk = () =>
  readdirSync(jobDbFolder).reduce(
    (sum, name) =>
      sum + 512 * (statSync(join(jobDbFolder, name), { throwIfNoEntry: false })?.blocks ?? 0),
    0,
  );

/** Sends at an open pace, and gives what became of each request. */
async function load(server: ServerProcess, token: string): Promise<readonly Request[]> {
  const pool = new Pool(server.address, { pipelining: 1, connections: 64 });
  const payload = payloadsOf(payloadBytes);
  const requests: Request[] = [];
  const send = async (): Promise<void> => {
    const [atMs, startedAtMs] = [Date.now(), performance.now()];
    const { statusCode, body } = await pool.request({
      method: "POST",
      path: "/api/v1/app/shop/msg",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      body: `{"eventType":"order.paid","payload":${payload()}}`,
    });
    const { id } = (await body.json()) as { id: string }; // the answer of this operation
    const jobDb = parseMessageId(id)?.jobDb;
    if (statusCode !== 202 || jobDb === undefined) throw new Error(`answered ${statusCode}`);
    requests.push({ atMs, tookMs: performance.now() - startedAtMs, jobDb });
  };
  const sending: Promise<void>[] = [];
  const startedAtMs = performance.now();
  const count = Number(values.seconds) * perSecond;
  while (sending.length < count) {
    const due = Math.min(count, ((performance.now() - startedAtMs) / 1000) * perSecond);
    while (sending.length < due) sending.push(send());
    await wait(1);
  }
  await Promise.all(sending);
  await pool.close();
  return requests;
}

/** Latencies of windows in which a JobDb was changed for the next, and of the others. */
function compare(requests: readonly Request[]) {
  const windowOf = (atMs: number): number => Math.floor(atMs / windowMs);
  const first = Math.min(...requests.map(({ atMs }) => atMs)) + 2_000;
  const measured = requests.filter(({ atMs }) => atMs >= first);
  const byJobDb = Map.groupBy(requests, ({ jobDb }) => jobDb);
  const changes = Array.from(byJobDb.values(), (own) => Math.min(...own.map(({ atMs }) => atMs)));
  const makings = files().map((name) => statSync(join(jobDbFolder, name)).birthtimeMs);
  const changing = new Set(
    [...changes, ...makings].map(windowOf).flatMap((window) => [window, window + 1]),
  );
  const took = (isChanging: boolean) =>
    measured
      .filter(({ atMs }) => changing.has(windowOf(atMs)) === isChanging)
      .map(({ tookMs }) => tookMs);
  const [withChange, steady] = [took(true), took(false)];
  const [changed, calm] = [spreadOf(withChange), spreadOf(steady)];
  return {
    jobDbs: byJobDb.size,
    requests: { withChange: withChange.length, steady: steady.length },
    withChangeMs: changed,
    steadyMs: calm,
    ratio: { p50: changed.p50 / calm.p50, p99: changed.p99 / calm.p99 },
  };
}

async function measureDrop(token: string) {
  const before = { files: files().length, bytes: bytesOnDisk() };
  const server = await startServer(
    settingsWith({ POSTHORN_RETENTION_DAYS: "0", POSTHORN_JOBDB_ROWS: pendingJobDbRows }),
  );
  const startedAtMs = performance.now();
  await eventually(
    () => wait(1, files()),
    (left) => left.length <= 1,
  );
  const tookMs = performance.now() - startedAtMs;
  const after = { files: files().length, bytes: bytesOnDisk() };
  await fillWithPending(server, token);
  await server.end("SIGKILL");
  return { before, after, tookMs };
}

async function fillWithPending(server: ServerProcess, token: string): Promise<void> {
  const svix = new Svix(token, { serverUrl: server.address });
  await svix.application.create({ name: "Dead", uid: "dead" });
  await svix.endpoint.create("dead", { url: receiver.url("/dead"), disabled: true });
  const pool = new Pool(server.address, { pipelining: 1, connections: 4 });
  const payload = payloadsOf(payloadBytes);
  let left = Number(values.pending) / batchMessages;
  const fill = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      const messages = Array.from(
        { length: batchMessages },
        () => `{"eventType":"order.paid","payload":${payload()}}`,
      );
      const { statusCode, body } = await pool.request({
        method: "POST",
        path: "/api/v1/app/dead/msg/batch",
        headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
        body: `[${messages.join(",")}]`,
      });
      const text = await body.text();
      if (statusCode === 503) {
        left += 1;
        await wait(retryMs);
      } else if (statusCode !== 202) throw new Error(`a batch was answered ${statusCode}: ${text}`);
    }
  };
  await Promise.all([fill(), fill(), fill(), fill()]);
  await pool.close();
}

async function measureRestart() {
  const before = { files: files().length, bytes: bytesOnDisk() };
  const startedAtMs = performance.now();
  const server = await startServer(settingsWith({}));
  const acceptingMs = performance.now() - startedAtMs;
  await server.end("SIGTERM");
  return { ...before, pending: Number(values.pending), acceptingMs };
}

const loadAverage = loadavg();
const sealing = { POSTHORN_JOBDB_ROWS: values["jobdb-rows"] };
const settings = settingsWith(sealing);
const token = await issueToken(settings);
const server = await startServer(settings);
const svix = new Svix(token, { serverUrl: server.address });
await svix.application.create({ name: "Shop", uid: "shop" });
await svix.endpoint.create("shop", { url: receiver.url("/hook") });
const requests = await load(server, token);
const accept = compare(requests);
await receiver.requests("/hook", requests.length);
await server.end("SIGTERM");
const drop = await measureDrop(token);
const restart = await measureRestart();
const result = {
  machine: describeMachine(folder.path),
  loadAverage,
  revision: describeRevision(),
  method,
  options: { perSecond, seconds: Number(values.seconds), jobDbRows: Number(values["jobdb-rows"]) },
  accept,
  drop,
  restart,
};
mkdirSync(dirname(values.out), { recursive: true });
writeFileSync(values.out, `${JSON.stringify(result, null, 2)}\n`);
console.log(JSON.stringify({ loadAverage, accept, drop, restart }, null, 2));
receiver.stop();
folder.remove();
