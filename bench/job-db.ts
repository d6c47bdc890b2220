/**
 * What the JobDb costs: rows a second and µs a message for commits of several sizes, in the calling thread and through
 * the thread hand-over. Run: `npx node bench/job-db.ts [seconds per line]`.
 */
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { deliveryNumberOf } from "../src/core/delivery.ts";
import { applicationKeyOf, endpointKeyOf } from "../src/core/ids.ts";
import type { AttemptRow, MessageRow } from "../src/core/message.ts";
import type { JobDb, JobDbStore } from "../src/director/ports.ts";
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

/** Commits messages, with the attempts of those of the commit before, for the given time. */
async function measure(
  label: string,
  jobDb: JobDb,
  options: { readonly size: number; readonly attempts: boolean; readonly walPath: string },
): Promise<void> {
  let row = jobDb.lastMessageRow;
  let attempts = jobDb.lastAttemptRow;
  let previous: readonly MessageRow[] = [];
  let walBytes = 0;
  const commitMs: number[] = [];
  const cpuBefore = process.cpuUsage();
  const threadBefore = performance.eventLoopUtilization();
  const startMs = performance.now();
  const firstRow = row;
  while (performance.now() - startMs < secondsPerLine * 1000) {
    const messages = Array.from({ length: options.size }, () => messageRow((row += 1)));
    const outcomes = previous.map((message) => attemptRow((attempts += 1), message));
    previous = options.attempts ? messages : [];
    const beforeMs = performance.now();
    await jobDb.commit({ messages, attempts: outcomes });
    commitMs.push(performance.now() - beforeMs);
    walBytes = Math.max(walBytes, statSync(options.walPath).size);
  }
  const elapsedMs = performance.now() - startMs;
  const { user, system } = process.cpuUsage(cpuBefore);
  const { active } = performance.eventLoopUtilization(threadBefore);
  const rows = row - firstRow;
  commitMs.sort((left, right) => left - right);
  const quantile = (share: number): string =>
    (commitMs[Math.min(commitMs.length - 1, Math.floor(commitMs.length * share))] ?? 0).toFixed(2);
  console.log(
    [
      label.padEnd(9),
      `commits of ${String(options.size).padStart(4)}${options.attempts ? " + attempts" : "           "}`,
      `${String(Math.round((rows / elapsedMs) * 1000)).padStart(7)} messages/s`,
      `${((user + system) / rows).toFixed(1).padStart(6)} µs CPU each`,
      `${((active * 1000) / rows).toFixed(1).padStart(6)} µs of the calling thread`,
      `commit p50 ${quantile(0.5)} p99 ${quantile(0.99)} max ${quantile(1)} ms`,
      `WAL ${(walBytes / 1024 / 1024).toFixed(0)} MiB`,
    ].join("  "),
  );
}

for (const kind of ["in-thread", "threaded"] as const) {
  for (const attempts of [false, true]) {
    for (const size of [1, 10, 100, 1000]) {
      const folder = mkdtempSync(join(tmpdir(), "posthorn-bench-"));
      const owner = { index: 0, count: 1, epoch: 1 };
      const store: JobDbStore =
        kind === "in-thread"
          ? new SqliteJobDbStore(folder, owner)
          : new ThreadedJobDbStore({ folder, owner });
      try {
        const jobDb = await store.create();
        await measure(kind, jobDb, {
          size,
          attempts,
          walPath: join(folder, "00000001.db-wal"),
        });
      } finally {
        await store.close();
        rmSync(folder, { recursive: true });
      }
    }
  }
}
