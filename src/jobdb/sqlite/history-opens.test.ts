/** Which JobDb files a page of history opens: the others are garbage by then, and opening one of them would fail. */
import assert from "node:assert/strict";
import { cpSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import {
  attemptOf,
  baseAtMs,
  commitOf,
  firstDeliveryOf,
  messageTo,
} from "../../../test/conformance/job-db-rows.ts";
import { applicationKeyOf, endpointKeyOf } from "../../core/ids.ts";
import type { MessagesQuery } from "../../director/facade.ts";
import { jobDbPath } from "./job-db-folder.ts";
import { SqliteHistory } from "./sqlite-history.ts";
import { SqliteJobDbStore } from "./sqlite-job-db-store.ts";
import { upgradeJobDbs } from "./upgrade-job-dbs.ts";

const jobDbCount = 20;
const spacingMs = 1_000;
const one = endpointKeyOf(1);
const application = applicationKeyOf(1);
const page: MessagesQuery = {
  limit: 3,
  edge: undefined,
  direction: "older",
  sinceMs: undefined,
  untilMs: undefined,
  eventTypes: undefined,
  channel: undefined,
  tag: undefined,
};
const attemptFilter = { status: undefined, statusCodeClass: undefined, endpoint: undefined };
const startOf = (jobDb: number): number => baseAtMs + jobDb * spacingMs;

let folder: string;
let lives: ReturnType<typeof upgradeJobDbs>;

/** Two messages in each JobDb, each delivered; the last JobDb takes more. */
before(async () => {
  folder = mkdtempSync(join(tmpdir(), "posthorn-opens-"));
  const store = new SqliteJobDbStore(folder, { index: 0, count: 1, epoch: 1 });
  for (let number = 1; number <= jobDbCount; number += 1) {
    const jobDb = await store.create();
    const atMs = startOf(number);
    const messages = [1, 2].map((row) => messageTo([1], row, { atMs: atMs + row }));
    const attempts = [1, 2].map((row) =>
      attemptOf(firstDeliveryOf(row), one, row, { atMs: atMs + row + 5, settlement: "delivered" }),
    );
    await jobDb.commit(commitOf({ messages, attempts }));
    if (number === jobDbCount) break;
    await jobDb.seal();
    await jobDb.markDrained();
    await store.release(number);
  }
  await store.close();
  // Long ago, or a file might have been written to since without its time showing it.
  for (let number = 1; number <= jobDbCount; number += 1)
    utimesSync(jobDbPath(folder, number), 1_000_000, 1_000_000);
  lives = upgradeJobDbs(folder);
});
after(() => rmSync(folder, { recursive: true }));

/** A history in which only these can be opened. */
async function withReadable(
  readable: readonly number[],
  use: (history: SqliteHistory) => Promise<void>,
): Promise<void> {
  const scratch = mkdtempSync(join(tmpdir(), "posthorn-opens-"));
  try {
    cpSync(folder, scratch, { recursive: true, preserveTimestamps: true });
    for (let number = 1; number <= jobDbCount; number += 1) {
      if (readable.includes(number)) continue;
      writeFileSync(jobDbPath(scratch, number), "garbage");
      utimesSync(jobDbPath(scratch, number), 1_000_000, 1_000_000);
    }
    const history = new SqliteHistory(scratch, lives);
    await use(history);
    history.close();
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

const jobDbsOf = (rows: readonly { readonly address: { readonly jobDb: number } }[]) =>
  rows.map(({ address }) => address.jobDb);

test("the newest page of messages opens those JobDbs that it comes from", () =>
  withReadable([20, 19], async (history) => {
    assert.deepEqual(jobDbsOf(await history.messages(application, page)), [20, 20, 19]);
  }));

test("so does a page further on, and one from the other end", () =>
  withReadable([20, 8, 7, 1, 2], async (history) => {
    const edge = { jobDb: 8, row: 2, atMs: startOf(8) + 2, nonce: 0 };
    const older = await history.messages(application, { ...page, edge });
    assert.deepEqual(jobDbsOf(older), [8, 7, 7]);
    const newest = await history.messages(application, { ...page, direction: "newer" });
    assert.deepEqual(jobDbsOf(newest), [1, 1, 2]);
  }));

test("a page within bounds of time opens those alone that have something there", () =>
  withReadable([20, 5], async (history) => {
    const within = { ...page, sinceMs: startOf(5), untilMs: startOf(6), limit: 50 };
    assert.deepEqual(jobDbsOf(await history.messages(application, within)), [5, 5]);
    const counts = await history.countDeliveries(one, within);
    assert.deepEqual(counts, { delivered: 2, waiting: 0, failed: 0 });
  }));

test("a page of attempts opens those JobDbs that it comes from", () =>
  withReadable([20, 19], async (history) => {
    const attempts = await history.attemptsOfEndpoint(one, { ...page, ...attemptFilter });
    assert.deepEqual(jobDbsOf(attempts), [20, 20, 19]);
  }));

test("a search for what waits opens no JobDb that is drained", () =>
  withReadable([20], async (history) => {
    const waiting = await history.deliveriesOfEndpoint(one, { ...page, state: "waiting" });
    assert.deepEqual(waiting, []);
    await assert.rejects(history.deliveriesOfEndpoint(one, { ...page, state: "failed" }));
  }));

test("what is to be dropped is decided on without opening a file, with the applications that are in it", () =>
  withReadable([20], async (history) => {
    const stored = await history.stored();
    const [first, last] = [stored[0], stored.at(-1)];
    assert.deepEqual([first?.state, first?.applications], ["drained", [application]]);
    assert.deepEqual([last?.state, last?.applications], ["open", []]);
  }));

test("the newest attempt is found in a JobDb that was settled long ago and resent to since", async () => {
  const scratch = mkdtempSync(join(tmpdir(), "posthorn-opens-"));
  cpSync(folder, scratch, { recursive: true, preserveTimestamps: true });
  const history = new SqliteHistory(scratch, lives);
  const store = new SqliteJobDbStore(scratch, { index: 0, count: 1, epoch: 2 });
  const jobDb = (await store.open(3)) ?? assert.fail();
  const atMs = startOf(jobDbCount + 1);
  const again = attemptOf(firstDeliveryOf(1), one, 3, { atMs, settlement: "delivered" });
  await jobDb.commit(commitOf({ attempts: [again] }));
  const query = { ...page, ...attemptFilter, limit: 1 };
  assert.deepEqual(jobDbsOf(await history.attemptsOfEndpoint(one, query)), [3]);
  history.close();
  await store.close();
  rmSync(scratch, { recursive: true });
});
