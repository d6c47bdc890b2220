/** Searches that find little among full runs: what is skipped has nothing of theirs, and what was added since is found. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import fc from "fast-check";
import {
  attemptOf,
  commitOf,
  firstDeliveryOf,
  messageTo,
} from "../../../test/conformance/job-db-rows.ts";
import { applicationKeyOf, endpointKeyOf } from "../../core/ids.ts";
import type { AttemptRow, MessageRow } from "../../core/message.ts";
import type { AttemptsQuery } from "../../director/facade.ts";
import type { JobDb } from "../../director/ports.ts";
import { runRows } from "./run.ts";
import { RunSummariser } from "./summarise-runs.ts";
import { SqliteHistory } from "./sqlite-history.ts";
import { SqliteJobDbStore } from "./sqlite-job-db-store.ts";

const endpoint = endpointKeyOf(1);
const application = applicationKeyOf(1);
const runs = 4;
const folder = mkdtempSync(join(tmpdir(), "posthorn-sparse-"));
const store = new SqliteJobDbStore(folder, { index: 0, count: 1, epoch: 1 });
const messages: MessageRow[] = [];
const attempts: AttemptRow[] = [];
let jobDb: JobDb;
let history: SqliteHistory;

/** Each value has its own distance between two rows, from every second one to none at all. */
function add(count: number): void {
  for (let row = messages.length + 1; count > 0; row += 1, count -= 1) {
    const every = (rows: number): boolean => row % rows === rows - 1;
    const message = messageTo([1], row, {
      eventType: every(9_000) ? "rare" : every(2) ? "even" : "odd",
      channels: every(7_001) ? ["all", "one"] : undefined,
      tags: [every(5_003) ? "red" : "grey"],
    });
    messages.push(message);
    attempts.push(
      attemptOf(firstDeliveryOf(row), endpoint, row, {
        statusCode: every(6_007) ? 404 : 200,
        settlement: every(6_007) ? "gone" : "delivered",
      }),
    );
  }
}

before(async () => {
  add(runs * runRows + 600);
  jobDb = await store.create();
  await jobDb.commit(commitOf({ messages, attempts }));
  history = new SqliteHistory(folder);
});

after(async () => {
  history.close();
  await store.close();
  rmSync(folder, { recursive: true });
});

const filters = fc.record({
  eventTypes: fc.option(fc.subarray(["rare", "even", "never"], { minLength: 1 }), {
    nil: undefined,
  }),
  channel: fc.constantFrom(undefined, undefined, "all", "one", "never"),
  tag: fc.constantFrom(undefined, undefined, "red", "grey", "never"),
  status: fc.constantFrom(undefined, "delivered", "failed"),
  statusCodeClass: fc.constantFrom(undefined, 200, 300, 400, 500),
});
type Filter = typeof filters extends fc.Arbitrary<infer Value> ? Value : never;

function takes(filter: Filter, place: number, ofAttempts: boolean): boolean {
  const [message, attempt] = [messages[place], attempts[place]];
  assert.ok(message !== undefined && attempt !== undefined);
  const { eventTypes, channel, tag, status, statusCodeClass } = filter;
  const isMessageTaken =
    eventTypes?.includes(message.eventType) !== false &&
    (channel === undefined || message.channels?.includes(channel) === true) &&
    (tag === undefined || message.tags?.includes(tag) === true);
  if (!ofAttempts) return isMessageTaken;
  const isDelivered = attempt.settlement === "delivered";
  return (
    isMessageTaken &&
    (status === undefined || (status === "delivered") === isDelivered) &&
    (statusCodeClass === undefined ||
      Math.floor(attempt.statusCode / 100) * 100 === statusCodeClass)
  );
}

function rowsTaken(filter: Filter, { direction, limit }: AttemptsQuery, ofAttempts = false) {
  const rows = messages
    .map(({ row }) => row)
    .filter((_row, place) => takes(filter, place, ofAttempts));
  return (direction === "newer" ? rows : rows.toReversed()).slice(0, limit);
}

function summariseAll(): void {
  const round = new RunSummariser(folder, 0).round();
  while (round.next().done !== true);
}

async function compare(filter: Filter, direction: "older" | "newer"): Promise<void> {
  const bounds = { edge: undefined, sinceMs: undefined, untilMs: undefined, endpoint: undefined };
  const query = { ...filter, ...bounds, limit: 3, direction } as const;
  const rowsOf = (found: readonly { readonly address: { readonly row: number } }[]) =>
    found.map(({ address }) => address.row);
  const ofMessages = rowsTaken(filter, query);
  assert.deepEqual(rowsOf(await history.messages(application, query)), ofMessages);
  const deliveries = await history.deliveriesOfEndpoint(endpoint, { ...query, state: undefined });
  assert.deepEqual(rowsOf(deliveries), ofMessages);
  const found = await history.attemptsOfEndpoint(endpoint, query);
  assert.deepEqual(rowsOf(found), rowsTaken(filter, query, true));
}

test("whatever is searched for, in whatever order, the rows are those that have it", async () => {
  await fc.assert(
    fc.asyncProperty(filters, fc.constantFrom("older" as const, "newer" as const), compare),
    { numRuns: 60 },
  );
});

test("so they are with summaries of the full runs", async () => {
  summariseAll();
  history.close();
  history = new SqliteHistory(folder);
  await fc.assert(
    fc.asyncProperty(filters, fc.constantFrom("older" as const, "newer" as const), compare),
    { numRuns: 60 },
  );
});

test("what comes into a run that was not full is found, though others were skipped before", async () => {
  const filter: Filter = {
    eventTypes: ["late"],
    channel: undefined,
    tag: undefined,
    status: undefined,
    statusCodeClass: undefined,
  };
  await compare(filter, "older");
  const row = messages.length + 1;
  messages.push(messageTo([1], row, { eventType: "late" }));
  attempts.push(attemptOf(firstDeliveryOf(row), endpoint, row));
  await jobDb.commit(commitOf({ messages: messages.slice(-1), attempts: attempts.slice(-1) }));
  await compare(filter, "older");
  assert.deepEqual(rowsTaken(filter, { direction: "older", limit: 3 } as AttemptsQuery), [row]);
});

test("what is added to a run with a summary is found", async () => {
  await jobDb.seal();
  await jobDb.markDrained();
  summariseAll();
  const filter: Filter = {
    eventTypes: undefined,
    channel: undefined,
    tag: undefined,
    status: undefined,
    statusCodeClass: 300,
  };
  await compareAttempts(filter, []);
  const [row, last] = [attempts.length + 1, messages.length];
  const attempt = attemptOf(firstDeliveryOf(last), endpoint, row, { statusCode: 301 });
  await jobDb.commit(commitOf({ attempts: [attempt] }));
  await compareAttempts(filter, [row]);
  await jobDb.markDrained();
  summariseAll();
  await compareAttempts(filter, [row]);
});

async function compareAttempts(filter: Filter, rows: readonly number[]): Promise<void> {
  const bounds = { edge: undefined, sinceMs: undefined, untilMs: undefined, endpoint: undefined };
  const found = await history.attemptsOfEndpoint(endpoint, {
    ...filter,
    ...bounds,
    limit: 3,
    direction: "older",
  });
  assert.deepEqual(
    found.map(({ address }) => address.row),
    rows,
  );
}
