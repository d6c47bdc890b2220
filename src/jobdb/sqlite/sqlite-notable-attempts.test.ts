import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, test } from "node:test";
import * as fc from "fast-check";
import {
  attemptOf,
  baseAtMs,
  commitOf,
  firstDeliveryOf,
  messageTo,
} from "../../../test/conformance/job-db-rows.ts";
import { endpointKeyOf } from "../../core/ids.ts";
import type { AttemptRow } from "../../core/message.ts";
import { attemptEventTypeOf, mayBeTold } from "../../core/operational-event.ts";
import { jobDbPath } from "./job-db-folder.ts";
import { SqliteJobDbStore } from "./sqlite-job-db-store.ts";
import { SqliteNotableAttempts } from "./sqlite-notable-attempts.ts";

const one = endpointKeyOf(1);
const all = { after: undefined, sinceMs: 0, limit: 1_000 };

let folder: string;
let store: SqliteJobDbStore;
let attempts: SqliteNotableAttempts;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "posthorn-notable-"));
  store = new SqliteJobDbStore(folder, { index: 0, count: 1, epoch: 1 });
  attempts = new SqliteNotableAttempts(folder);
});
afterEach(async () => {
  attempts.close();
  await store.close();
  rmSync(folder, { recursive: true });
});

const exhausted = { settlement: "exhausted", number: 6 } as const;

test("a notable attempt is told with its message", async () => {
  const jobDb = await store.create();
  const message = messageTo([1], 1, { eventId: "evt-1" });
  const attempt = attemptOf(firstDeliveryOf(1), one, 1, { ...exhausted, statusCode: 503 });
  await jobDb.commit(commitOf({ messages: [message], attempts: [attempt] }));
  assert.deepEqual(attempts.jobDbs(), [1]);
  assert.deepEqual(attempts.notable(1, all), [
    {
      address: { atMs: baseAtMs + 1, jobDb: 1, row: 1, nonce: 2001 },
      message: { atMs: baseAtMs + 1, jobDb: 1, row: 1, nonce: 1001 },
      endpoint: one,
      number: 6,
      settlement: "exhausted",
      retryAtMs: undefined,
      statusCode: 503,
      eventId: "evt-1",
      failedBefore: false,
    },
  ]);
  assert.deepEqual(attempts.notable(2, all), []);
});

test("they go on after an attempt, from a time on, as many as are asked for", async () => {
  const jobDb = await store.create();
  const rows = [1, 2, 3, 4].map((row) => attemptOf(firstDeliveryOf(1), one, row, exhausted));
  await jobDb.commit(commitOf({ messages: [messageTo([1], 1)], attempts: rows }));
  const rowsOf = (query: Partial<typeof all> & { after?: object }) =>
    attempts.notable(1, { ...all, ...query }).map(({ address }) => address.row);
  const [, second] = attempts.notable(1, all);
  assert.ok(second !== undefined);
  assert.deepEqual(rowsOf({ limit: 2 }), [1, 2]);
  assert.deepEqual(
    attempts.notable(1, { ...all, after: second.address }).map(({ address }) => address.row),
    [3, 4],
  );
  const stranger = { ...second.address, nonce: 1 };
  assert.equal(attempts.notable(1, { ...all, after: stranger }).length, 4);
  assert.deepEqual(rowsOf({ sinceMs: baseAtMs + 3 }), [3, 4]);
  assert.deepEqual(rowsOf({ sinceMs: baseAtMs + 5 }), []);
});

test("the index finds what core calls notable, and knows what failed before", async () => {
  const jobDb = await store.create();
  const outcome = fc.record({
    message: fc.integer({ min: 1, max: 3 }),
    round: fc.integer({ min: 0, max: 1 }),
    number: fc.integer({ min: 1, max: 7 }),
    settlement: fc.constantFrom("delivered", "gone", "exhausted", "cancelled", undefined),
    retryAtMs: fc.constantFrom(baseAtMs, undefined),
  });
  const outcomes = fc.sample(outcome, { numRuns: 400, seed: 7 });
  const rows = outcomes.map(({ message, ...rest }, index) =>
    attemptOf(firstDeliveryOf(message), one, index + 1, rest),
  );
  const messages = [1, 2, 3].map((row) => messageTo([1], row));
  await jobDb.commit(commitOf({ messages, attempts: rows }));
  const expected = rows
    .filter((row) => mayBeTold(row))
    .map((row) => ({ row: row.row, failedBefore: failedBefore(rows, row) }));
  const found = attempts.notable(1, all);
  assert.deepEqual(
    found.map(({ address, failedBefore: before }) => ({ row: address.row, failedBefore: before })),
    expected,
  );
});

function failedBefore(rows: readonly AttemptRow[], { row, delivery }: AttemptRow): boolean {
  return rows.some((earlier) => {
    const type = attemptEventTypeOf(earlier, false);
    return earlier.delivery === delivery && earlier.row < row && type !== undefined;
  });
}

test("a file from before there was the index answers the same", async () => {
  const jobDb = await store.create();
  const rows = [{}, exhausted].map((rest, index) =>
    attemptOf(firstDeliveryOf(1), one, index + 1, rest),
  );
  await jobDb.commit(commitOf({ messages: [messageTo([1], 1)], attempts: rows }));
  const database = new DatabaseSync(jobDbPath(folder, 1));
  database.exec("DROP INDEX attempt_notable");
  database.close();
  assert.deepEqual(
    attempts.notable(1, all).map(({ address }) => address.row),
    [2],
  );
});

test("only notable attempts are looked at, however many there are", async () => {
  await store.create();
  const database = new DatabaseSync(jobDbPath(folder, 1));
  const plan = database
    .prepare(
      `EXPLAIN QUERY PLAN SELECT * FROM attempt WHERE row > 1 AND (settlement = 2
         OR number = 4 AND settlement IS NULL AND retry_at_ms IS NOT NULL
         OR settlement = 0 AND (number > 4 OR round > 0)) ORDER BY row LIMIT 3`,
    )
    .all();
  database.close();
  assert.deepEqual(
    plan.map(({ detail }) => detail),
    ["SEARCH attempt USING INDEX attempt_notable (row>?)"],
  );
});
