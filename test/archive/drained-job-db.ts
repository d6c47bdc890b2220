/** Drained JobDbs in a folder, for tests of what archives them. */
import { DatabaseSync } from "node:sqlite";
import fc from "fast-check";
import { deliveryNumberOf } from "../../src/core/delivery.ts";
import { applicationKeyOf, endpointKeyOf } from "../../src/core/ids.ts";
import type { Commit } from "../../src/director/ports.ts";
import { jobDbPath } from "../../src/jobdb/sqlite/job-db-folder.ts";
import { SqliteJobDbStore } from "../../src/jobdb/sqlite/sqlite-job-db-store.ts";
import type { PublicNames } from "../../src/archive/public-names.ts";
import { answerOf, attemptOf, baseAtMs, commitOf, messageTo } from "../conformance/job-db-rows.ts";

const bytesArbitrary = fc.oneof(
  fc.string({ unit: "binary", maxLength: 40 }).map((text) => new TextEncoder().encode(text)),
  fc.uint8Array({ maxLength: 40 }),
);
const textArbitrary = fc.string({ unit: "grapheme", minLength: 1, maxLength: 20 });

const messageArbitrary = fc.record({
  application: fc.integer({ min: 1, max: 3 }),
  eventType: textArbitrary,
  eventId: fc.option(textArbitrary, { nil: undefined }),
  channels: fc.option(fc.array(textArbitrary, { maxLength: 2 }), { nil: undefined }),
  tags: fc.option(fc.array(textArbitrary, { maxLength: 2 }), { nil: undefined }),
  retentionDays: fc.integer({ min: 5, max: 90 }),
  payload: bytesArbitrary,
  nonce: fc.integer({ min: 0, max: 2 ** 48 - 1 }),
  endpoints: fc.uniqueArray(fc.integer({ min: 1, max: 4 }), { maxLength: 3 }),
  skipped: fc.boolean(),
  erased: fc.boolean(),
});
const attemptArbitrary = fc.record({
  ordinal: fc.nat(),
  durationMs: fc.double({ min: 0, max: 30_000, noNaN: true }),
  response: bytesArbitrary,
  url: textArbitrary,
  statusCode: fc.constantFrom(0, 200, 500),
  settlement: fc.constantFrom(undefined, "delivered", "exhausted", "gone"),
  nonce: fc.integer({ min: 0, max: 2 ** 48 - 1 }),
  retries: fc.boolean(),
});
const resendArbitrary = fc.record({
  message: fc.nat(),
  endpoint: fc.integer({ min: 1, max: 6 }),
  trigger: fc.constantFrom("scheduled", "manual"),
  asker: fc.option(fc.uint8Array({ minLength: 1, maxLength: 16 }), { nil: undefined }),
});

export const jobDbContentArbitrary = fc.record({
  messages: fc.array(messageArbitrary, { maxLength: 12 }),
  attempts: fc.array(attemptArbitrary, { maxLength: 20 }),
  resends: fc.array(resendArbitrary, { maxLength: 4 }),
});
export type JobDbContent =
  typeof jobDbContentArbitrary extends fc.Arbitrary<infer Value> ? Value : never;

/** Makes a drained JobDb of what was drawn, in a folder, and returns its number. */
export async function makeRandomJobDb(folder: string, content: JobDbContent): Promise<number> {
  const rows = content.messages.map(({ endpoints, skipped, ...rest }, index) => {
    const application = applicationKeyOf(rest.application);
    const message = messageTo(endpoints, index + 1, { ...rest, application });
    return { ...message, recipients: message.recipients.map((each) => ({ ...each, skipped })) };
  });
  const deliveries = rows.flatMap(({ row, recipients }) =>
    recipients.map(({ endpoint }, ordinal) => [deliveryNumberOf(row, ordinal), endpoint] as const),
  );
  const attempts = content.attempts.flatMap(({ ordinal, retries, ...rest }, index) => {
    const delivery = deliveries[ordinal % deliveries.length];
    if (delivery === undefined) return [];
    const retryAtMs = retries ? baseAtMs + index : undefined;
    return [attemptOf(delivery[0], delivery[1], index + 1, { ...rest, retryAtMs })];
  });
  const resends = content.resends
    .filter(() => rows.length > 0)
    .map(({ message, endpoint, ...rest }) => ({
      ...rest,
      endpoint: endpointKeyOf(endpoint),
      messageRow: (message % rows.length) + 1,
      atMs: baseAtMs,
    }));
  const erased = content.messages.flatMap((message, index) => (message.erased ? [index + 1] : []));
  const commits = [
    commitOf({ messages: rows, answers: [answerOf(1)] }),
    commitOf({ attempts, resends }),
  ];
  return makeDrainedJobDb(folder, commits, erased);
}

/** Makes a drained JobDb of some commits, in a folder, and returns its number. */
export async function makeDrainedJobDb(
  folder: string,
  commits: readonly Commit[],
  erasedRows: readonly number[] = [],
): Promise<number> {
  const store = new SqliteJobDbStore(folder, { index: 0, count: 1, epoch: Date.now() });
  const jobDb = await store.create();
  for (const commit of commits) await jobDb.commit(commit);
  for (const row of erasedRows) await jobDb.erasePayload(row);
  await jobDb.markDrained();
  await store.close();
  return jobDb.number;
}

/** Two messages for endpoint 1, the first delivered and the second exhausted, and as many more delivered ones as asked for. */
export function commitsWithOneUndelivered(more = 0): readonly Commit[] {
  const messages = Array.from({ length: 2 + more }, (_, index) => messageTo([1], index + 1));
  const attempts = messages.map(({ row }) =>
    attemptOf(deliveryNumberOf(row, 0), endpointKeyOf(1), row, {
      settlement: row === 2 ? "exhausted" : "delivered",
      statusCode: row === 2 ? 500 : 200,
    }),
  );
  return [commitOf({ messages }), commitOf({ attempts })];
}

/** Every row of every table of a JobDb, but for the given tables. */
export function dumpOf(folder: string, jobDb: number, without: readonly string[] = []): unknown {
  const database = new DatabaseSync(jobDbPath(folder, jobDb), { readOnly: true });
  const tables = tablesOf(database).filter((table) => !without.includes(table));
  const dump = Object.fromEntries(
    tables.map((table) => {
      const rows = database.prepare(`SELECT * FROM "${table}" ORDER BY 1`).all();
      return [table, rows.map((row) => ({ ...row }))];
    }),
  );
  const version = { ...database.prepare("PRAGMA user_version").get() };
  database.close();
  return { ...dump, version };
}

export function tablesOf(database: DatabaseSync): readonly string[] {
  return database
    .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")
    .all()
    .map(({ name }) => String(name));
}

/** Applications and endpoints by names made of their keys; nothing is known of those above 3. */
export const testNames: PublicNames = {
  application: (key) => (key > 3 ? undefined : { id: `app_${key}`, uid: `customer-${key}` }),
  endpoint: (key) => (key > 3 ? undefined : { id: `ep_${key}`, uid: undefined }),
};
