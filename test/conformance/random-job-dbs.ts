/** Random JobDbs of two Directors with restarts between, and what was committed to them. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { deliveryNumberOf } from "../../src/core/delivery.ts";
import { applicationKeyOf, endpointKeyOf } from "../../src/core/ids.ts";
import type { AttemptRow, MessageRow, Recipient, Resend } from "../../src/core/message.ts";
import type { SqliteJobDb } from "../../src/jobdb/sqlite/sqlite-job-db.ts";
import { SqliteJobDbStore } from "../../src/jobdb/sqlite/sqlite-job-db-store.ts";
import { attemptOf, baseAtMs, commitOf, messageTo } from "./job-db-rows.ts";

const messageArbitrary = fc.record({
  application: fc.integer({ min: 1, max: 2 }),
  eventType: fc.constantFrom("a", "b"),
  channels: fc.option(fc.uniqueArray(fc.constantFrom("x", "y")), { nil: undefined }),
  tags: fc.option(fc.uniqueArray(fc.constantFrom("p", "q")), { nil: undefined }),
  endpoints: fc.uniqueArray(fc.integer({ min: 1, max: 3 }), { maxLength: 3 }),
  skipped: fc.boolean(),
});
const attemptArbitrary = fc.record({
  delivery: fc.nat(),
  round: fc.nat(),
  statusCode: fc.constantFrom(0, 200, 204, 404, 500),
  settlement: fc.constantFrom(undefined, "delivered", "exhausted", "gone"),
  plans: fc.boolean(),
});
const resendArbitrary = fc.record({
  message: fc.nat(),
  endpoint: fc.integer({ min: 1, max: 3 }),
  trigger: fc.constantFrom("scheduled" as const, "manual" as const),
});
/** What happens next in a folder of JobDbs. */
export const stepArbitrary = fc.record({
  director: fc.constantFrom(0, 1),
  restart: fc.boolean(),
  laterMs: fc.integer({ min: 0, max: 2 }),
  messages: fc.array(messageArbitrary, { maxLength: 4 }),
  attempts: fc.array(attemptArbitrary, { maxLength: 5 }),
  resends: fc.array(resendArbitrary, { maxLength: 2 }),
});
type Step = typeof stepArbitrary extends fc.Arbitrary<infer Value> ? Value : never;

/** A row and its JobDb. */
export interface Located<Row> {
  readonly jobDb: number;
  readonly row: Row;
}

/** Everything that was committed, in order. */
export interface Model {
  readonly messages: Located<MessageRow>[];
  readonly attempts: (Located<AttemptRow> & { readonly message: MessageRow })[];
  readonly resends: (Located<Resend> & { readonly number: number })[];
}

/** Runs the steps in the folder, and returns everything that was committed. */
export async function fill(folder: string, steps: readonly Step[]): Promise<Model> {
  const model: Model = { messages: [], attempts: [], resends: [] };
  const directors = await Promise.all([0, 1].map((index) => start(folder, index, 1)));
  let atMs = baseAtMs;
  for (const [index, step] of steps.entries()) {
    atMs += step.laterMs;
    let director = directors[step.director];
    assert.ok(director !== undefined);
    if (step.restart) {
      await director.store.close();
      director = await start(folder, step.director, index + 2);
      directors[step.director] = director;
    }
    await commitMessages(director.open, model, { step, atMs });
    for (const jobDb of [director.open, ...director.older]) {
      await commitResends(jobDb, model, { step, atMs });
      await commitAttempts(jobDb, model, { step, atMs });
    }
  }
  for (const { store } of directors) await store.close();
  return model;
}

async function start(folder: string, index: number, epoch: number) {
  const store = new SqliteJobDbStore(folder, { index, count: 2, epoch });
  const older = await store.unsettled();
  return { store, older, open: await store.create() };
}

interface Moment {
  readonly step: Step;
  readonly atMs: number;
}

async function commitMessages(
  jobDb: SqliteJobDb,
  model: Model,
  { step, atMs }: Moment,
): Promise<void> {
  const before = model.messages.filter((message) => message.jobDb === jobDb.number).length;
  const messages = step.messages.map(({ application, endpoints, skipped, ...rest }, index) =>
    messageTo([], before + index + 1, {
      ...rest,
      atMs,
      application: applicationKeyOf(application),
      recipients: endpoints.map((endpoint) => ({ endpoint: endpointKeyOf(endpoint), skipped })),
    }),
  );
  await jobDb.commit(commitOf({ messages }));
  model.messages.push(...messages.map((row) => ({ jobDb: jobDb.number, row })));
}

async function commitResends(
  jobDb: SqliteJobDb,
  model: Model,
  { step, atMs }: Moment,
): Promise<void> {
  const messages = model.messages.filter((message) => message.jobDb === jobDb.number);
  for (const { message, endpoint, trigger } of step.resends) {
    const found = messages[message % Math.max(1, messages.length)];
    if (found === undefined) continue;
    const to = { messageRow: found.row.row, endpoint: endpointKeyOf(endpoint) };
    const row = { ...to, trigger, atMs, asker: undefined };
    await jobDb.commit(commitOf({ resends: [row] }));
    const number = model.resends.filter((resend) => resend.jobDb === jobDb.number).length + 1;
    model.resends.push({ jobDb: jobDb.number, row, number });
  }
}

/** Everybody that a message is for by now: those it was for, and those it was resent to. */
export function recipientsOf(
  { jobDb, row }: Located<MessageRow>,
  model: Model,
): readonly Recipient[] {
  const resent = resendsOf({ jobDb, row }, model)
    .map(({ row: { endpoint } }) => ({ endpoint, skipped: true }))
    .filter(({ endpoint }) => row.recipients.every((recipient) => recipient.endpoint !== endpoint));
  const byEndpoint = new Map([...row.recipients, ...resent].map((each) => [each.endpoint, each]));
  return [...byEndpoint.values()];
}

/** The resends of a message, in order. */
export function resendsOf({ jobDb, row }: Located<MessageRow>, model: Model): Model["resends"] {
  return model.resends.filter((each) => each.jobDb === jobDb && each.row.messageRow === row.row);
}

async function commitAttempts(
  jobDb: SqliteJobDb,
  model: Model,
  { step, atMs }: Moment,
): Promise<void> {
  const deliveries = model.messages
    .filter((message) => message.jobDb === jobDb.number)
    .flatMap((located) => {
      const { row: message } = located;
      return recipientsOf(located, model).map(({ endpoint }, ordinal) => ({
        located,
        message,
        endpoint,
        ordinal,
      }));
    });
  const before = model.attempts.filter((attempt) => attempt.jobDb === jobDb.number).length;
  const attempts: AttemptRow[] = [];
  for (const { delivery, round: choice, statusCode, settlement, plans } of step.attempts) {
    const target = deliveries[delivery % Math.max(1, deliveries.length)];
    if (target === undefined) continue;
    const { located, message, endpoint, ordinal } = target;
    const rounds = resendsOf(located, model).filter((resend) => resend.row.endpoint === endpoint);
    const round = [0, ...rounds.map((resend) => resend.number)][choice % (rounds.length + 1)] ?? 0;
    const deliveryNumber = deliveryNumberOf(message.row, ordinal);
    const retryAtMs = settlement === undefined && plans ? atMs + 5 : undefined;
    const earlier = model.attempts.filter(
      (attempt) => attempt.jobDb === jobDb.number && attempt.row.delivery === deliveryNumber,
    );
    const number = earlier.length + 1;
    const rest = { atMs, statusCode, settlement, retryAtMs, round, number };
    const row = attemptOf(deliveryNumber, endpoint, before + attempts.length + 1, rest);
    attempts.push(row);
    model.attempts.push({ jobDb: jobDb.number, row, message });
  }
  await jobDb.commit(commitOf({ attempts }));
}
