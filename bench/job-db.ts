/**
 * What the JobDb costs: messages a second and µs a message for commits of several sizes, in the calling thread and
 * through the thread hand-over; beside it the same with indexes that are not divided into runs, and the hand-over alone
 * against cloning rows. Run: `npx node bench/job-db.ts [seconds per line]`.
 */
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setImmediate } from "node:timers/promises";
import { deliveryNumberOf } from "../src/core/delivery.ts";
import { applicationKeyOf, endpointKeyOf } from "../src/core/ids.ts";
import type { AttemptRow, MessageRow } from "../src/core/message.ts";
import type { JobDb, JobDbStore } from "../src/director/ports.ts";
import { buffersOf } from "../src/core/packed-rows.ts";
import { packCommit, unpackCommit } from "../src/jobdb/sqlite/packed-commit.ts";
import { SqliteJobDbStore } from "../src/jobdb/sqlite/sqlite-job-db-store.ts";
import { ThreadedJobDbStore } from "../src/jobdb/sqlite/threaded-job-db-store.ts";

const secondsPerLine = Number(process.argv[2] ?? 2);
const endpoints = 200;
const endpointsPerApplication = 4;
const payload = new Uint8Array(600).fill(97);
const response = new Uint8Array(20).fill(98);

function messageRow(row: number): MessageRow {
  const endpoint = 1 + Math.floor(Math.random() * endpoints);
  return {
    row,
    nonce: Math.floor(Math.random() * 2 ** 48),
    atMs: 1_700_000_000_000 + row,
    application: applicationKeyOf(1 + Math.floor(endpoint / endpointsPerApplication)),
    eventType: "push.created",
    eventId: undefined,
    channels: undefined,
    tags: undefined,
    payload,
    retentionDays: 90,
    recipients: [{ endpoint: endpointKeyOf(endpoint), skipped: false }],
  };
}

function attemptRow(row: number, message: MessageRow): AttemptRow {
  return {
    row,
    nonce: Math.floor(Math.random() * 2 ** 48),
    atMs: message.atMs,
    delivery: deliveryNumberOf(message.row, 0),
    endpoint: message.recipients[0]?.endpoint ?? endpointKeyOf(1),
    round: 0,
    number: 1,
    trigger: "scheduled",
    url: "http://127.0.0.1:8080/hooks/abcdef",
    statusCode: 200,
    durationMs: 5,
    response,
    settlement: "delivered",
    retryAtMs: undefined,
  };
}

interface Line {
  readonly label: string;
  readonly size: number;
  /** Whether each commit also has the outcomes of the messages of the commit before. */
  readonly attempts: boolean;
}

async function measure(jobDb: JobDb, walPath: string, line: Line): Promise<void> {
  let row = 0;
  let attempts = 0;
  let previous: readonly MessageRow[] = [];
  let walBytes = 0;
  let callerMs = 0;
  const commitMs: number[] = [];
  const cpuBefore = process.cpuUsage();
  const startMs = performance.now();
  while (performance.now() - startMs < secondsPerLine * 1000) {
    const messages = Array.from({ length: line.size }, () => messageRow((row += 1)));
    const outcomes = previous.map((message) => attemptRow((attempts += 1), message));
    previous = line.attempts ? messages : [];
    const beforeMs = performance.now();
    const committed = jobDb.commit({ messages, attempts: outcomes, resends: [], answers: [] });
    callerMs += performance.now() - beforeMs;
    await committed;
    commitMs.push(performance.now() - beforeMs);
    if (commitMs.length % 64 === 0) walBytes = Math.max(walBytes, statSync(walPath).size);
    await setImmediate();
  }
  const elapsedMs = performance.now() - startMs;
  const { user, system } = process.cpuUsage(cpuBefore);
  commitMs.sort((left, right) => left - right);
  const quantile = (share: number): string =>
    (commitMs[Math.min(commitMs.length - 1, Math.floor(commitMs.length * share))] ?? 0).toFixed(2);
  console.log(
    [
      line.label.padEnd(20),
      `commits of ${String(line.size).padStart(4)}${line.attempts ? " + attempts" : "           "}`,
      `${String(Math.round((row / elapsedMs) * 1000)).padStart(7)} messages/s`,
      `${((user + system) / row).toFixed(1).padStart(6)} µs CPU each in all threads`,
      `${((callerMs * 1000) / row).toFixed(1).padStart(6)} µs of the caller`,
      `commit p50 ${quantile(0.5)} p99 ${quantile(0.99)} max ${quantile(1)} ms`,
      `WAL ${(walBytes / 1024 / 1024).toFixed(0)} MiB`,
    ].join("  "),
  );
}

/** The indexes as they would be without runs: the queries no longer work, the commits do. */
function undivideIndexes(path: string): void {
  const database = new DatabaseSync(path);
  database.exec(`
    DROP INDEX message_run; CREATE INDEX message_run ON message (application);
    DROP INDEX delivery_run; CREATE INDEX delivery_run ON delivery (endpoint, skipped);
    DROP INDEX attempt_run; CREATE INDEX attempt_run ON attempt (endpoint)`);
  database.close();
}

type Kind = "in-thread" | "in-thread, undivided" | "threaded";

async function measureIn(kind: Kind, size: number, attempts: boolean): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "posthorn-bench-"));
  const owner = { index: 0, count: 1, epoch: 1 };
  const store: JobDbStore =
    kind === "threaded"
      ? new ThreadedJobDbStore({ folder, owner })
      : new SqliteJobDbStore(folder, owner);
  try {
    const jobDb = await store.create();
    const path = join(folder, "00000001.db");
    if (kind === "in-thread, undivided") undivideIndexes(path);
    await measure(jobDb, `${path}-wal`, { label: kind, size, attempts });
  } finally {
    await store.close();
    rmSync(folder, { recursive: true });
  }
}

/** Hand-over without the other thread: what packing, copying and unpacking take together. */
function measureHandOver(): void {
  // Each with bytes of its own: of an object that occurs twice, a clone is made only once.
  const messages = Array.from({ length: 100 }, (_, index) => ({
    ...messageRow(index + 1),
    payload: payload.slice(),
  }));
  const attempts = messages.map((message, index) => ({
    ...attemptRow(index + 1, message),
    response: response.slice(),
  }));
  const commit = { messages, attempts, resends: [], answers: [] };
  const microsOf = (handOver: () => void): string => {
    for (let warmUp = 0; warmUp < 500; warmUp += 1) handOver();
    const startMs = performance.now();
    for (let round = 0; round < 1000; round += 1) handOver();
    return ((performance.now() - startMs) / messages.length).toFixed(2);
  };
  const packed = microsOf(() => {
    const packed = packCommit(commit);
    unpackCommit(structuredClone(packed, { transfer: buffersOf(packed.rows) }));
  });
  const cloned = microsOf(() => structuredClone(commit));
  console.log(
    `hand-over of 100 messages and attempts: packed ${packed} µs, cloned ${cloned} µs each`,
  );
}

measureHandOver();
for (const kind of ["in-thread", "threaded"] as const) {
  for (const attempts of [false, true]) {
    for (const size of [1, 10, 100, 1000]) await measureIn(kind, size, attempts);
  }
}
await measureIn("in-thread, undivided", 100, true);
