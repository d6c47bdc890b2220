/** History against a model: random JobDbs of two Directors with restarts between, random filters, paged both ways. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { attemptOf, baseAtMs, commitOf, messageTo } from "../../../test/conformance/job-db-rows.ts";
import { deliveryNumberOf } from "../../core/delivery.ts";
import { type DeliveryState, deliveryStateOf } from "../../core/delivery-state.ts";
import { type Address, applicationKeyOf, type EndpointKey, endpointKeyOf } from "../../core/ids.ts";
import type { AttemptRow, MessageRow, Recipient, Resend } from "../../core/message.ts";
import type {
  AttemptsQuery,
  DeliveriesQuery,
  MessagesQuery,
  Page,
  StoredDelivery,
} from "../../director/facade.ts";
import { SqliteHistory } from "./sqlite-history.ts";
import type { SqliteJobDb } from "./sqlite-job-db.ts";
import { SqliteJobDbStore } from "./sqlite-job-db-store.ts";

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
const stepArbitrary = fc.record({
  director: fc.constantFrom(0, 1),
  restart: fc.boolean(),
  laterMs: fc.integer({ min: 0, max: 2 }),
  messages: fc.array(messageArbitrary, { maxLength: 4 }),
  attempts: fc.array(attemptArbitrary, { maxLength: 5 }),
  resends: fc.array(resendArbitrary, { maxLength: 2 }),
});
type Step = typeof stepArbitrary extends fc.Arbitrary<infer Value> ? Value : never;

const instantArbitrary = fc.option(fc.integer({ min: baseAtMs, max: baseAtMs + 12 }), {
  nil: undefined,
});
const messageFilterArbitrary = {
  eventTypes: fc.option(fc.uniqueArray(fc.constantFrom("a", "b", "c")), { nil: undefined }),
  channel: fc.option(fc.constantFrom("x", "y"), { nil: undefined }),
  tag: fc.option(fc.constantFrom("p", "q"), { nil: undefined }),
};
const pageArbitrary = {
  limit: fc.integer({ min: 1, max: 4 }),
  edge: fc.constant(undefined),
  direction: fc.constantFrom("older" as const, "newer" as const),
  sinceMs: instantArbitrary,
  untilMs: instantArbitrary,
};
const attemptsQueryArbitrary: fc.Arbitrary<AttemptsQuery & DeliveriesQuery> = fc.record({
  ...pageArbitrary,
  ...messageFilterArbitrary,
  status: fc.constantFrom(undefined, "delivered", "failed"),
  state: fc.constantFrom(undefined, "delivered", "waiting", "failed"),
  statusCodeClass: fc.constantFrom(undefined, 0, 200, 400, 500),
  endpoint: fc.constantFrom(undefined, endpointKeyOf(1), endpointKeyOf(2)),
});

interface Located<Row> {
  readonly jobDb: number;
  readonly row: Row;
}

interface Model {
  readonly messages: Located<MessageRow>[];
  readonly attempts: (Located<AttemptRow> & { readonly message: MessageRow })[];
  readonly resends: (Located<Resend> & { readonly number: number })[];
}

/** Runs the steps in the folder, and returns everything that was committed. */
async function fill(folder: string, steps: readonly Step[]): Promise<Model> {
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
function recipientsOf({ jobDb, row }: Located<MessageRow>, model: Model): readonly Recipient[] {
  const resent = resendsOf({ jobDb, row }, model)
    .map(({ row: { endpoint } }) => ({ endpoint, skipped: true }))
    .filter(({ endpoint }) => row.recipients.every((recipient) => recipient.endpoint !== endpoint));
  const byEndpoint = new Map([...row.recipients, ...resent].map((each) => [each.endpoint, each]));
  return [...byEndpoint.values()];
}

function resendsOf({ jobDb, row }: Located<MessageRow>, model: Model): Model["resends"] {
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

function passesMessageFilter(
  message: MessageRow,
  { eventTypes, channel, tag }: Pick<MessagesQuery, "eventTypes" | "channel" | "tag">,
): boolean {
  if (eventTypes !== undefined && !eventTypes.includes(message.eventType)) return false;
  if (channel !== undefined && message.channels?.includes(channel) !== true) return false;
  return tag === undefined || message.tags?.includes(tag) === true;
}

function statusOf({ settlement }: AttemptRow): AttemptsQuery["status"] {
  return settlement === "delivered" ? "delivered" : "failed";
}

function passesAttemptFilter(
  { row, message }: Model["attempts"][number],
  query: AttemptsQuery,
): boolean {
  const { status, statusCodeClass, endpoint } = query;
  if (status !== undefined && statusOf(row) !== status) return false;
  if (statusCodeClass !== undefined && Math.floor(row.statusCode / 100) * 100 !== statusCodeClass)
    return false;
  if (endpoint !== undefined && row.endpoint !== endpoint) return false;
  return passesMessageFilter(message, query);
}

/** In the order of the listing. */
function listed<Row extends MessageRow | AttemptRow>(
  rows: readonly Located<Row>[],
  { direction, sinceMs, untilMs }: Page,
): readonly Address[] {
  const sign = direction === "older" ? -1 : 1;
  return rows
    .map(({ jobDb, row: { atMs, row, nonce } }) => ({ atMs, jobDb, row, nonce }))
    .filter(({ atMs }) => atMs >= (sinceMs ?? 0) && atMs < (untilMs ?? Infinity))
    .toSorted((a, b) => sign * (a.atMs - b.atMs || a.jobDb - b.jobDb || a.row - b.row));
}

/** All pages of a listing, one after the other. */
async function allPages<Query extends Page>(
  query: Query,
  read: (query: Query) => Promise<readonly { readonly address: Address }[]>,
): Promise<readonly Address[]> {
  const found: Address[] = [];
  for (let edge: Address | undefined, more = true; more; edge = found.at(-1)) {
    const page = await read({ ...query, edge });
    assert.ok(page.length <= query.limit);
    found.push(...page.map(({ address }) => address));
    more = page.length === query.limit;
  }
  return found;
}

test("every listing, with every filter and in both directions, pages through exactly what was committed", async () => {
  const steps = fc.array(stepArbitrary, { minLength: 1, maxLength: 6 });
  const queries = fc.array(attemptsQueryArbitrary, { minLength: 1, maxLength: 10 });
  await fc.assert(
    fc.asyncProperty(steps, queries, async (someSteps, someQueries) => {
      const folder = mkdtempSync(join(tmpdir(), "posthorn-history-"));
      const history = new SqliteHistory(folder);
      try {
        const model = await fill(folder, someSteps);
        for (const query of someQueries) await assertListings(history, model, query);
      } finally {
        history.close();
        rmSync(folder, { recursive: true });
      }
    }),
    { numRuns: 30 },
  );
});

async function assertListings(
  history: SqliteHistory,
  model: Model,
  query: AttemptsQuery & DeliveriesQuery,
): Promise<void> {
  const application = applicationKeyOf(1);
  assert.deepEqual(
    await allPages(query, (page) => history.messages(application, page)),
    listed(
      model.messages.filter(
        ({ row }) => row.application === application && passesMessageFilter(row, query),
      ),
      query,
    ),
  );
  const attempts = model.attempts.filter((attempt) => passesAttemptFilter(attempt, query));
  const endpoint = endpointKeyOf(1);
  assert.deepEqual(
    await allPages(query, (page) => history.attemptsOfEndpoint(endpoint, page)),
    listed(
      attempts.filter(({ row }) => row.endpoint === endpoint),
      query,
    ),
  );
  await assertDeliveries(history, model, query);
  const [first] = model.messages;
  if (first === undefined) return;
  const { atMs, row, nonce } = first.row;
  const address = { atMs, jobDb: first.jobDb, row, nonce };
  assert.deepEqual(
    await allPages(query, (page) => history.attemptsOfMessage(address, page)),
    listed(
      attempts.filter(({ jobDb, message }) => jobDb === first.jobDb && message === first.row),
      query,
    ),
  );
}

async function assertDeliveries(
  history: SqliteHistory,
  model: Model,
  query: DeliveriesQuery,
): Promise<void> {
  const endpoint = endpointKeyOf(1);
  const states = model.messages.map((message) => ({
    message,
    delivery: deliveryTo(endpoint, message, model),
  }));
  const wanted = states.filter(
    ({ message, delivery }) =>
      delivery !== undefined &&
      isWithin(message.row, query) &&
      (query.state === undefined || delivery.state === query.state) &&
      passesMessageFilter(message.row, query),
  );
  const found: StoredDelivery[] = [];
  assert.deepEqual(
    await allPages(query, async (page) => {
      const messages = await history.deliveriesOfEndpoint(endpoint, page);
      found.push(...messages.map(({ delivery }) => delivery));
      return messages;
    }),
    listed(
      wanted.map(({ message }) => message),
      query,
    ),
  );
  const inOrder = found.toSorted(compareDeliveries);
  const expected = wanted.flatMap(({ delivery }) => delivery ?? []).toSorted(compareDeliveries);
  assert.deepEqual(inOrder, expected);

  const counts: Record<DeliveryState, number> = { delivered: 0, waiting: 0, failed: 0 };
  for (const { message, delivery } of states) {
    if (delivery !== undefined && isWithin(message.row, query)) counts[delivery.state] += 1;
  }
  assert.deepEqual(await history.countDeliveries(endpoint, query), counts);
}

function isWithin({ atMs }: MessageRow, { sinceMs, untilMs }: DeliveriesQuery): boolean {
  return atMs >= (sinceMs ?? 0) && atMs < (untilMs ?? Infinity);
}

function compareDeliveries(left: StoredDelivery, right: StoredDelivery): number {
  return JSON.stringify(left) < JSON.stringify(right) ? -1 : 1;
}

function deliveryTo(
  endpoint: EndpointKey,
  message: Located<MessageRow>,
  model: Model,
): StoredDelivery | undefined {
  const recipient = recipientsOf(message, model).find((each) => each.endpoint === endpoint);
  if (recipient === undefined) return undefined;
  const attempts = model.attempts
    .filter((attempt) => attempt.jobDb === message.jobDb && attempt.message === message.row)
    .map((attempt) => attempt.row)
    .filter((attempt) => attempt.endpoint === endpoint);
  const resend = resendsOf(message, model).findLast(
    ({ row }) => row.endpoint === endpoint && row.trigger === "scheduled",
  );
  const ofRound = attempts.filter(({ round }) => round === (resend?.number ?? 0));
  const state = deliveryStateOf({
    skipped: recipient.skipped && resend === undefined,
    delivered: attempts.some(({ settlement }) => settlement === "delivered"),
    settled: ofRound.some(({ settlement }) => settlement !== undefined),
  });
  const planned = ofRound.findLast(({ retryAtMs }) => retryAtMs !== undefined);
  const nextAttemptAtMs =
    state === "waiting" ? (planned?.retryAtMs ?? resend?.row.atMs) : undefined;
  return { endpoint, state, nextAttemptAtMs };
}
