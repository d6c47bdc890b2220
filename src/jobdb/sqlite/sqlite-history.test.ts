import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, test } from "node:test";
import {
  attemptOf,
  baseAtMs,
  commitOf,
  firstDeliveryOf,
  messageTo,
} from "../../../test/conformance/job-db-rows.ts";
import { type Address, applicationKeyOf, endpointKeyOf } from "../../core/ids.ts";
import { limits } from "../../core/limits.ts";
import type { AttemptsQuery, MessagesQuery } from "../../director/facade.ts";
import { jobDbPath } from "./job-db-folder.ts";
import { runRows } from "./run.ts";
import { SqliteHistory } from "./sqlite-history.ts";
import { SqliteJobDbStore } from "./sqlite-job-db-store.ts";

const one = endpointKeyOf(1);
const application = applicationKeyOf(1);
const everyMessage: MessagesQuery = {
  limit: 50,
  edge: undefined,
  direction: "older",
  sinceMs: undefined,
  untilMs: undefined,
  eventTypes: undefined,
  channel: undefined,
  tag: undefined,
};
const everyAttempt: AttemptsQuery = {
  ...everyMessage,
  status: undefined,
  statusCodeClass: undefined,
  endpoint: undefined,
};

let folder: string;
let store: SqliteJobDbStore;
let history: SqliteHistory;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "posthorn-history-"));
  store = new SqliteJobDbStore(folder, { index: 0, count: 1, epoch: 1 });
  history = new SqliteHistory(folder);
});
afterEach(async () => {
  history.close();
  await store.close();
  rmSync(folder, { recursive: true });
});

const addressOf = (row: number): Address => ({
  atMs: baseAtMs + row,
  jobDb: 1,
  row,
  nonce: 1000 + row,
});

test("a message is found by its address, as it was stored", async () => {
  const jobDb = await store.create();
  const message = messageTo([1], 1, {
    eventId: "evt-1",
    channels: ["a", "b"],
    tags: [],
    payload: new TextEncoder().encode('{"amount":90071992547409931}'),
  });
  await jobDb.commit(commitOf({ messages: [message] }));
  const found = await history.message(application, addressOf(1));
  assert.deepEqual(found && { ...found, payload: Buffer.from(found.payload ?? []).toString() }, {
    address: addressOf(1),
    application,
    eventType: "invoice.paid",
    eventId: "evt-1",
    channels: ["a", "b"],
    tags: [],
    retentionDays: 90,
    payload: '{"amount":90071992547409931}',
  });
});

test("a message is not found by another nonce, time, row or JobDb, nor for another application", async () => {
  const jobDb = await store.create();
  await jobDb.commit(commitOf({ messages: [messageTo([1], 1)] }));
  const address = addressOf(1);
  for (const wrong of [
    { ...address, nonce: address.nonce + 1 },
    { ...address, atMs: address.atMs + 1 },
    { ...address, row: 2 },
    { ...address, jobDb: 2 },
  ]) {
    assert.equal(await history.message(application, wrong), undefined);
    assert.deepEqual(await history.attemptsOfMessage(wrong, everyAttempt), []);
  }
  assert.equal(await history.message(applicationKeyOf(2), address), undefined);
});

test("an attempt tells of itself and of its message", async () => {
  const jobDb = await store.create();
  const message = messageTo([1], 1, { channels: ["a"] });
  const attempt = attemptOf(firstDeliveryOf(1), one, 1, {
    trigger: "manual",
    number: 3,
    statusCode: 0,
    durationMs: 0.5,
    response: new Uint8Array(),
    retryAtMs: baseAtMs + 9,
  });
  await jobDb.commit(commitOf({ messages: [message], attempts: [attempt] }));
  const { row: _row, nonce: _nonce, atMs: _atMs, ...rest } = attempt;
  const expected = {
    ...rest,
    address: { atMs: baseAtMs + 1, jobDb: 1, row: 1, nonce: 2001 },
    message: addressOf(1),
    eventType: "invoice.paid",
    channels: ["a"],
  };
  const found = [
    ...(await history.attemptsOfEndpoint(one, everyAttempt)),
    ...(await history.attemptsOfMessage(addressOf(1), everyAttempt)),
  ];
  for (const each of found) {
    assert.deepEqual({ ...each, response: new Uint8Array(each.response) }, expected);
  }
  assert.equal(found.length, 2);
});

test("attempts never go back in time, even if the clock did between two runs", async () => {
  const jobDb = await store.create();
  const attempts = [
    attemptOf(firstDeliveryOf(1), one, 1, { atMs: baseAtMs + 100 }),
    attemptOf(firstDeliveryOf(1), one, 2, { atMs: baseAtMs + 50 }),
  ];
  await jobDb.commit(commitOf({ messages: [messageTo([1], 1)], attempts }));
  await jobDb.commit(
    commitOf({
      attempts: [attemptOf(firstDeliveryOf(1), one, 3, { atMs: baseAtMs + 60 })],
    }),
  );
  const found = await history.attemptsOfEndpoint(one, everyAttempt);
  assert.deepEqual(
    found.map(({ address }) => [address.row, address.atMs - baseAtMs]),
    [
      [3, 100],
      [2, 100],
      [1, 100],
    ],
  );
});

test("a JobDb that is made later is seen, and one that is half-made is passed over", async () => {
  assert.deepEqual(await history.messages(application, everyMessage), []);
  writeFileSync(jobDbPath(folder, 9), "");
  const jobDb = await store.create();
  assert.deepEqual(await history.messages(application, everyMessage), []);
  await jobDb.commit(commitOf({ messages: [messageTo([1], 1)] }));
  const found = await history.messages(application, everyMessage);
  assert.deepEqual(
    found.map(({ address }) => address.jobDb),
    [9],
  );
});

test("a history whose folder is not there yet is empty", async () => {
  const empty = new SqliteHistory(join(folder, "absent"));
  assert.deepEqual(await empty.messages(application, everyMessage), []);
  assert.equal(await empty.message(application, addressOf(1)), undefined);
  empty.close();
});

test("more JobDbs than connections are read all the same", async () => {
  const count = limits.historyConnectionsMax + 2;
  for (let index = 0; index < count; index += 1) {
    const jobDb = await store.create();
    const message = messageTo([1], 1, { atMs: baseAtMs + index });
    await jobDb.commit(commitOf({ messages: [message] }));
  }
  const found = await history.messages(application, { ...everyMessage, limit: 250 });
  assert.deepEqual(
    found.map(({ address }) => address.jobDb),
    Array.from({ length: count }, (_, index) => count - index),
  );
});

test("a listing goes through the runs of 4,096 rows in order, in both directions", async () => {
  const jobDb = await store.create();
  const rows = [1, runRows - 1, runRows, runRows + 1, 3 * runRows];
  const messages = Array.from({ length: 3 * runRows }, (_, index) =>
    messageTo([], index + 1, { application: applicationKeyOf(rows.includes(index + 1) ? 1 : 2) }),
  );
  await jobDb.commit(commitOf({ messages }));
  const rowsIn = async (query: Partial<MessagesQuery>): Promise<readonly number[]> =>
    (await history.messages(application, { ...everyMessage, ...query })).map(
      ({ address }) => address.row,
    );
  assert.deepEqual(await rowsIn({}), rows.toReversed());
  assert.deepEqual(await rowsIn({ limit: 2 }), [3 * runRows, runRows + 1]);
  assert.deepEqual(await rowsIn({ edge: addressOf(runRows) }), [runRows - 1, 1]);
  assert.deepEqual(await rowsIn({ edge: addressOf(runRows), direction: "newer" }), [
    runRows + 1,
    3 * runRows,
  ]);
  assert.deepEqual(await rowsIn({ sinceMs: baseAtMs + runRows, untilMs: baseAtMs + runRows + 1 }), [
    runRows,
  ]);
});

test("rows are found however many runs without any lie between them", async () => {
  const jobDb = await store.create();
  await jobDb.commit(commitOf({ messages: [messageTo([], 1)] }));
  const farRow = (2 * limits.historyRunsMax + 3) * runRows;
  const database = new DatabaseSync(jobDbPath(folder, 1));
  database.exec(`INSERT INTO message SELECT ${farRow}, nonce, at_ms, application, event_type, event_id, channels, tags,
    retention_days, payload, erased_at_ms, checksum, trace FROM message`);
  database.close();
  for (const [direction, rows] of [
    ["older", [farRow, 1]],
    ["newer", [1, farRow]],
  ] as const) {
    const found = await history.messages(application, { ...everyMessage, direction });
    assert.deepEqual(
      found.map(({ address }) => address.row),
      rows,
    );
  }
});

test("after it was closed, history refuses", async () => {
  history.close();
  await assert.rejects(history.message(application, addressOf(1)), { code: "shutting_down" });
});

test("a message's recipients are told in their order, from either end, each with where its delivery stands", async () => {
  const jobDb = await store.create();
  const recipients = [1, 2, 3, 4].map((endpoint) => ({
    endpoint: endpointKeyOf(endpoint),
    skipped: endpoint === 4,
  }));
  await jobDb.commit(
    commitOf({
      messages: [messageTo([], 1, { recipients }), messageTo([1], 2)],
      attempts: [
        attemptOf(firstDeliveryOf(1), one, 1, { settlement: "delivered" }),
        attemptOf(firstDeliveryOf(1) + 1, endpointKeyOf(2), 2, { retryAtMs: baseAtMs + 500 }),
      ],
    }),
  );
  const expected = [
    { endpoint: one, state: "delivered", nextAttemptAtMs: undefined },
    { endpoint: endpointKeyOf(2), state: "waiting", nextAttemptAtMs: baseAtMs + 500 },
    { endpoint: endpointKeyOf(3), state: "waiting", nextAttemptAtMs: undefined },
    { endpoint: endpointKeyOf(4), state: "failed", nextAttemptAtMs: undefined },
  ];
  const page = { limit: 10, edge: undefined, direction: "forward" } as const;
  const ask = (more: object) => history.deliveriesOfMessage(addressOf(1), { ...page, ...more });
  assert.deepEqual(await ask({}), expected);
  assert.deepEqual(await ask({ edge: one, limit: 2 }), expected.slice(1, 3));
  assert.deepEqual(
    await ask({ direction: "backward", edge: endpointKeyOf(3) }),
    expected.slice(0, 2).toReversed(),
  );
  assert.deepEqual(await ask({ edge: endpointKeyOf(5) }), []);
  assert.deepEqual(await history.deliveriesOfMessage({ ...addressOf(1), nonce: 1 }, page), []);
});

test("an attempt is found by its address and its message's, and not by any other", async () => {
  const jobDb = await store.create();
  await jobDb.commit(
    commitOf({
      messages: [messageTo([1], 1), messageTo([1], 2)],
      attempts: [attemptOf(firstDeliveryOf(1), one, 1)],
    }),
  );
  const address = { ...addressOf(1), nonce: 2001 };
  assert.equal((await history.attempt(addressOf(1), address))?.statusCode, 500);
  assert.equal(await history.attempt(addressOf(2), address), undefined);
  for (const wrong of [{ nonce: 1 }, { atMs: baseAtMs }, { row: 2 }, { jobDb: 2 }]) {
    assert.equal(await history.attempt(addressOf(1), { ...address, ...wrong }), undefined);
  }
});

test("the first message with an event id is found, in whichever run and JobDb it is", async () => {
  const jobDb = await store.create();
  const messages = Array.from({ length: 2 * runRows }, (_, index) =>
    messageTo([], index + 1, {
      eventId: index % 2 === 0 ? undefined : `event-${index + 1}`,
      application: applicationKeyOf(index < 10 ? 2 : 1),
    }),
  );
  await jobDb.commit(commitOf({ messages }));
  await store.close();
  store = new SqliteJobDbStore(folder, { index: 0, count: 1, epoch: 2 });
  const later = await store.create();
  const again = ["event-12", "event-x"].map((eventId, index) =>
    messageTo([], index + 1, { eventId }),
  );
  await later.commit(commitOf({ messages: again }));
  const find = async (eventId: string) => {
    const found = await history.messageOfEvent(application, eventId);
    return found && [found.address.jobDb, found.address.row, found.eventId];
  };
  const last = 2 * runRows;
  assert.deepEqual(await find(`event-${last}`), [1, last, `event-${last}`]);
  assert.deepEqual(await find("event-12"), [1, 12, "event-12"]);
  assert.deepEqual(await find("event-x"), [2, 2, "event-x"]);
  assert.equal(await find("event-2"), undefined, "another application's");
  assert.equal(await find("event-11"), undefined);
});

test("a search through many rows that finds nothing lets other work have its turn in between", async () => {
  const jobDb = await store.create();
  const runs = 8;
  const messages = Array.from({ length: runs * runRows }, (_, index) => messageTo([], index + 1));
  await jobDb.commit(commitOf({ messages }));
  // The search takes longer than a turn many times over; without turns no other work would come in between at all.
  let turns = 0;
  let isSearching = true;
  const count = (): void => {
    turns += 1;
    if (isSearching) setImmediate(count);
  };
  setImmediate(count);
  const query = { ...everyMessage, eventTypes: ["never"] };
  assert.deepEqual(await history.messages(application, query), []);
  isSearching = false;
  assert.ok(turns >= 2, `${turns} turns`);
});

test("a page of messages ends with the one by which its payloads have too many bytes", async () => {
  const jobDb = await store.create();
  const payload = new Uint8Array(1_000).fill(0x20);
  const messages = [1, 2, 3, 4].map((row) => messageTo([1], row, { payload }));
  await jobDb.commit(commitOf({ messages }));
  const rowsWithin = async (payloadBytesMax: number | undefined): Promise<number[]> => {
    const query = { ...everyMessage, payloadBytesMax };
    const found = await history.messages(application, query);
    const ofEndpoint = await history.deliveriesOfEndpoint(one, { ...query, state: undefined });
    const rowsOf = (rows: typeof found): number[] => rows.map(({ address }) => address.row);
    assert.deepEqual(rowsOf(ofEndpoint), rowsOf(found));
    return rowsOf(found);
  };
  assert.deepEqual(await rowsWithin(undefined), [4, 3, 2, 1]);
  assert.deepEqual(await rowsWithin(2_000), [4, 3, 2]);
  assert.deepEqual(await rowsWithin(1), [4, 3]);
});

test("without payloads a page has all of its messages, and tells which are erased", async () => {
  const jobDb = await store.create();
  const payload = new Uint8Array(100_000).fill(0x20);
  const messages = [1, 2, 3].map((row) => messageTo([1], row, { payload }));
  await jobDb.commit(commitOf({ messages }));
  await jobDb.erasePayload(2);
  const query = { ...everyMessage, payloadBytesMax: 0 };
  const ofEndpoint = await history.deliveriesOfEndpoint(one, { ...query, state: undefined });
  for (const found of [await history.messages(application, query), ofEndpoint]) {
    const told = found.map(({ address, payload: bytes }) => [address.row, bytes?.length]);
    assert.deepEqual(told, [
      [3, 0],
      [2, undefined],
      [1, 0],
    ]);
  }
});

test("what waits is not looked for in JobDbs that are drained, and found again in one that was resent to", async () => {
  const jobDb = await store.create();
  const settlement = "exhausted" as const;
  await jobDb.commit(
    commitOf({
      messages: [messageTo([1], 1), messageTo([1], 2)],
      attempts: [1, 2].map((row) => attemptOf(firstDeliveryOf(row), one, row, { settlement })),
    }),
  );
  await jobDb.markDrained();
  const rows = async (): Promise<readonly number[]> =>
    (await history.waitingMessages(one, everyMessage)).map(({ address }) => address.row);
  assert.deepEqual(await rows(), []);
  const trigger = "manual" as const;
  const resend = { messageRow: 2, endpoint: one, trigger, atMs: baseAtMs, asker: undefined };
  await jobDb.commit(commitOf({ resends: [resend] }));
  assert.deepEqual(await rows(), [2]);
  assert.equal(await history.countWaiting(one, everyMessage), 1);
});
