import assert from "node:assert/strict";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import {
  attemptOf,
  commitOf,
  firstDeliveryOf,
  messageTo,
} from "../../../test/conformance/job-db-rows.ts";
import { applicationKeyOf, endpointKeyOf } from "../../core/ids.ts";
import type { JobDb } from "../../director/ports.ts";
import { jobDbPath } from "./job-db-folder.ts";
import { readRunSummary, type SummaryPlace } from "./run-summary-file.ts";
import type { TakenValues } from "./run-values.ts";
import { lastRowOfRun, runRows } from "./run.ts";
import { SqliteJobDbStore } from "./sqlite-job-db-store.ts";
import { RunSummariser } from "./summarise-runs.ts";

let folder: string;
let store: SqliteJobDbStore;
let jobDb: JobDb;
let summariser: RunSummariser;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "posthorn-summarise-"));
  store = new SqliteJobDbStore(folder, { index: 0, count: 1, epoch: 1 });
  jobDb = await store.create();
  summariser = new RunSummariser(folder, 0);
});
afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true });
});

/** The first message of each run is to endpoint 2 of application 2, and has a type and a tag of its own; each has an attempt. */
async function commit(from: number, to: number): Promise<void> {
  const rows = Array.from({ length: to - from + 1 }, (_, index) => from + index);
  const isFirst = (row: number): boolean => row % runRows === 0;
  await jobDb.commit(
    commitOf({
      messages: rows.map((row) =>
        isFirst(row)
          ? messageTo([2], row, {
              application: applicationKeyOf(2),
              eventType: "first",
              tags: ["one", `run ${row / runRows}`],
            })
          : messageTo([1], row, { channels: ["all"] }),
      ),
      attempts: rows.map((row) => {
        const endpoint = endpointKeyOf(isFirst(row) ? 2 : 1);
        const delivered = { statusCode: 200, settlement: "delivered" } as const;
        return attemptOf(firstDeliveryOf(row), endpoint, row, isFirst(row) ? {} : delivered);
      }),
    }),
  );
}

/** How many steps it took until there was nothing left to do. */
function summariseAll(): number {
  let steps = 0;
  for (;;) {
    const round = summariser.round();
    let step = round.next();
    for (; step.done !== true; step = round.next()) steps += 1;
    if (!step.value) return steps;
  }
}

function summaryOf({ run, entry }: SummaryPlace) {
  const nonce = (entry === "attempt" ? 2000 : 1000) + lastRowOfRun(run);
  return readRunSummary(jobDbPath(folder, 1), { run, entry }, nonce);
}

function mayTake(place: SummaryPlace, key: number, taken: TakenValues): boolean | undefined {
  return summaryOf(place)?.mayTake(key, taken);
}

test("a summary has what the rows of a run have, each of its application and endpoint", async () => {
  await commit(1, 3 * runRows);
  assert.equal(summariseAll(), 6);
  for (const entry of ["message", "delivery", "attempt"] as const) {
    const place = { run: 1, entry };
    assert.equal(mayTake(place, 1, { eventType: ["invoice.paid"], channel: ["all"] }), true);
    assert.equal(mayTake(place, 2, { eventType: ["first"], tag: ["run 1"] }), true);
    assert.equal(mayTake(place, 2, { eventType: ["first"], tag: ["one"] }), true);
    assert.equal(mayTake(place, 2, { tag: ["run 2"] }), false);
    assert.equal(mayTake(place, 1, { eventType: ["first"] }), false);
    assert.equal(mayTake(place, 2, { channel: ["all"] }), false);
  }
  const place = { run: 1, entry: "attempt" } as const;
  assert.equal(mayTake(place, 1, { status: ["delivered"], statusCodeClass: ["200"] }), true);
  assert.equal(mayTake(place, 2, { status: ["failed"], statusCodeClass: ["500"] }), true);
  assert.equal(mayTake(place, 2, { status: ["delivered"] }), false);
  assert.equal(mayTake(place, 1, { statusCodeClass: ["500"] }), false);
});

test("only full runs have one, and what is full since gets its own", async () => {
  await commit(1, runRows + 10);
  assert.equal(summariseAll(), 2);
  assert.equal(summaryOf({ run: 1, entry: "message" }), undefined);
  assert.equal(summariseAll(), 0);
  await commit(runRows + 11, 2 * runRows - 1);
  assert.equal(summariseAll(), 2);
  assert.notEqual(summaryOf({ run: 1, entry: "message" }), undefined);
  assert.notEqual(summaryOf({ run: 1, entry: "attempt" }), undefined);
});

test("the last run of a drained JobDb has one until something is added", async () => {
  await commit(1, 600);
  assert.equal(summariseAll(), 0);
  await jobDb.seal();
  await jobDb.markDrained();
  assert.equal(summariseAll(), 2);
  const summary = () => readRunSummary(jobDbPath(folder, 1), { run: 0, entry: "attempt" }, 2601);
  assert.equal(summary(), undefined);
  assert.equal(summariseAll(), 0);
  const attempt = attemptOf(firstDeliveryOf(1), endpointKeyOf(1), 601, { statusCode: 404 });
  await jobDb.commit(commitOf({ attempts: [attempt] }));
  await jobDb.markDrained();
  assert.equal(summariseAll(), 1);
  assert.equal(summary()?.mayTake(1, { statusCodeClass: ["400"] }), true);
  assert.equal(summary()?.mayTake(1, { statusCodeClass: ["300"] }), false);
});

test("after a restart only what is missing or altered is made", async () => {
  await commit(1, 2 * runRows);
  summariseAll();
  summariser = new RunSummariser(folder, 0);
  assert.equal(summariseAll(), 0);
  writeFileSync(`${jobDbPath(folder, 1)}-runs`, "torn");
  summariser = new RunSummariser(folder, 0);
  assert.equal(summariseAll(), 4);
  assert.notEqual(summaryOf({ run: 0, entry: "message" }), undefined);
});

test("an erasure takes all of them away, and they are made again without what was erased", async () => {
  await commit(1, 2 * runRows);
  summariseAll();
  const place = { run: 1, entry: "message" } as const;
  assert.equal(mayTake(place, 2, { tag: ["run 1"] }), true);
  const scope = { application: applicationKeyOf(2), endpoint: undefined, message: undefined };
  const page = await jobDb.purge({ scope, after: 0, rowsMax: 1_000_000 });
  assert.equal(page.next, undefined);
  assert.equal(existsSync(`${jobDbPath(folder, 1)}-runs`), false);
  assert.equal(summariseAll(), 4);
  assert.equal(mayTake(place, 2, { tag: ["run 1"] }), false);
  assert.equal(mayTake(place, 2, { eventType: ["first"] }), true);
});

test("they go with their JobDb, and one that can't be read is left alone", async () => {
  await commit(1, runRows);
  summariseAll();
  await jobDb.seal();
  await jobDb.markDrained();
  await store.release(1);
  await store.create();
  assert.equal(await store.drop(1), true);
  writeFileSync(jobDbPath(folder, 9), "no database at all, ".repeat(1000));
  assert.equal(existsSync(`${jobDbPath(folder, 1)}-runs`), false);
  assert.equal(summariseAll(), 0);
});

test("nothing is made when the disk has little room, and all of it when there is more", async () => {
  await commit(1, runRows);
  summariser = new RunSummariser(folder, Infinity);
  assert.equal(summariseAll(), 0);
  assert.equal(existsSync(`${jobDbPath(folder, 1)}-runs`), false);
  summariser = new RunSummariser(folder, 0);
  assert.equal(summariseAll(), 2);
});
