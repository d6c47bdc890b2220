/**
 * What the archive costs: archiving a JobDb (all of it, and what could not be delivered), verifying and restoring it, in a folder: CPU
 * a message, seconds, bytes, and by how much memory grows. Every message has a delivery and an attempt; one in a hundred failed for good.
 * Run: `npx node --expose-gc bench/archive.ts [thousands of messages]`.
 */
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { verifyArchive } from "../src/archive/archive-listing.ts";
import { FolderArchiveStore } from "../src/archive/folder-archive-store.ts";
import type { Manifest } from "../src/archive/manifest.ts";
import { restoreJobDb } from "../src/archive/restore-job-db.ts";
import { storeJobDb } from "../src/archive/store-job-db.ts";
import { deliveryNumberOf } from "../src/core/delivery.ts";
import { endpointKeyOf } from "../src/core/ids.ts";
import { limits } from "../src/core/limits.ts";
import type { Commit } from "../src/director/ports.ts";
import { jobDbPath } from "../src/jobdb/sqlite/job-db-folder.ts";
import { makeDrainedJobDb, testNames } from "../test/archive/drained-job-db.ts";
import { attemptOf, commitOf, messageTo } from "../test/conformance/job-db-rows.ts";

const thousands = Number(process.argv[2] ?? 100);
const messages = thousands * 1_000;
const endpoints = 3;

/** An order with as much randomness as tokens and amounts bring: some 550 bytes. */
function payload(): Uint8Array {
  const items = Array.from({ length: 8 }, (_, at) => {
    const price = Math.floor(Math.random() * 10_000);
    return { sku: `sku-${at}`, price, token: randomBytes(12).toString("hex") };
  });
  return Buffer.from(JSON.stringify({ order: randomBytes(8).toString("hex"), items }));
}

function commitOfThousand(index: number): Commit {
  const rows = Array.from({ length: 1_000 }, (_, at) => {
    const row = index * 1_000 + at + 1;
    const nonce = Math.floor(Math.random() * 2 ** 48);
    const endpoint = endpointKeyOf(1 + (row % endpoints));
    const settlement = row % 100 === 0 ? "exhausted" : "delivered";
    const message = messageTo([endpoint], row, { payload: payload(), nonce });
    return [
      message,
      attemptOf(deliveryNumberOf(row, 0), endpoint, row, { settlement, nonce }),
    ] as const;
  });
  return commitOf({ messages: rows.map(([each]) => each), attempts: rows.map(([, each]) => each) });
}

let memoryPeak = 0;

/** Does the work and prints what it took. */
async function measure<Result>(name: string, work: () => Promise<Result>): Promise<Result> {
  globalThis.gc?.();
  const memory = process.memoryUsage.rss();
  memoryPeak = memory;
  const began = performance.now();
  const cpu = process.cpuUsage();
  const result = await work();
  const { user, system } = process.cpuUsage(cpu);
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  const perMessage = ((user + system) / messages).toFixed(0);
  const grown = ((memoryPeak - memory) / 1e6).toFixed(0);
  console.log(`${name}: ${perMessage} µs CPU a message, ${seconds} s, memory + ${grown} MB`);
  return result;
}

async function noteMemory(): Promise<void> {
  memoryPeak = Math.max(memoryPeak, process.memoryUsage.rss());
}

async function verify(store: FolderArchiveStore, manifest: Manifest): Promise<void> {
  for await (const damage of verifyArchive(store, manifest)) throw new Error(damage.why);
}

const folder = mkdtempSync(join(tmpdir(), "posthorn-bench-archive-"));
try {
  const jobDb = await makeDrainedJobDb(
    folder,
    Array.from({ length: thousands }, (_, index) => commitOfThousand(index)),
  );
  const store = new FolderArchiveStore(join(folder, "archive"));
  const options = { store, folder, names: testNames, blockBytes: limits.archiveBlockBytes };
  const archive = (kind: "history" | "undelivered") => () =>
    storeJobDb(jobDb, kind, { ...options, betweenBlocks: noteMemory });
  await measure("archiving what could not be delivered", archive("undelivered"));
  const manifest = await measure("archiving all of it", archive("history"));
  await measure("verifying", () => verify(store, manifest));
  await measure("restoring", () =>
    restoreJobDb(manifest, {
      store,
      folder: join(folder, "restored"),
      betweenBlocks: noteMemory,
    }),
  );
  const archived = manifest.blocks.reduce((sum, { bytes }) => sum + bytes, 0);
  const { size } = statSync(jobDbPath(folder, jobDb));
  console.log(
    `${messages} messages: ${(size / 1e6).toFixed(0)} MB, archived ${(archived / 1e6).toFixed(0)} MB`,
  );
} finally {
  rmSync(folder, { recursive: true });
}
