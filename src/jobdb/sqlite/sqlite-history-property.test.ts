/** History against a model: random JobDbs of two Directors with restarts between, random filters, paged both ways. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { baseAtMs } from "../../../test/conformance/job-db-rows.ts";
import {
  fill,
  type Located,
  type Model,
  recipientsOf,
  resendsOf,
  stepArbitrary,
} from "../../../test/conformance/random-job-dbs.ts";
import { type DeliveryState, deliveryStateOf } from "../../core/delivery-state.ts";
import { type Address, applicationKeyOf, type EndpointKey, endpointKeyOf } from "../../core/ids.ts";
import type { AttemptRow, MessageRow } from "../../core/message.ts";
import type {
  AttemptsQuery,
  DeliveriesQuery,
  MessagesQuery,
  Page,
  StoredDelivery,
} from "../../director/facade.ts";
import { SqliteHistory } from "./sqlite-history.ts";

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
  await assertMissing(history, model, query);
  await assertWaiting(history, model, query);
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
    if (delivery === undefined || !isWithin(message.row, query)) continue;
    if (passesMessageFilter(message.row, query)) counts[delivery.state] += 1;
  }
  assert.deepEqual(await history.countDeliveries(endpoint, query), counts);
}

/** What an endpoint was never sent by the schedule: no delivery, or one that was skipped and not delivered by hand. */
async function assertMissing(
  history: SqliteHistory,
  model: Model,
  query: DeliveriesQuery,
): Promise<void> {
  const [application, endpoint] = [applicationKeyOf(1), endpointKeyOf(1)];
  const isMissing = (message: Located<MessageRow>): boolean => {
    const recipient = recipientsOf(message, model).find((each) => each.endpoint === endpoint);
    if (recipient === undefined) return true;
    const isResent = resendsOf(message, model).some(
      ({ row }) => row.endpoint === endpoint && row.trigger === "scheduled",
    );
    const ends = model.attempts.filter(
      ({ jobDb, message: of, row }) =>
        jobDb === message.jobDb &&
        of === message.row &&
        row.endpoint === endpoint &&
        (row.settlement === "delivered" || (row.settlement !== undefined && row.round === 0)),
    );
    return recipient.skipped && !isResent && ends.length === 0;
  };
  assert.deepEqual(
    await allPages(query, (page) => history.missingMessages(application, endpoint, page)),
    listed(
      model.messages.filter(
        (message) =>
          message.row.application === application &&
          passesMessageFilter(message.row, query) &&
          isMissing(message),
      ),
      query,
    ),
  );
}

/** What a Director would still send: first attempts, and retries and resends that nothing has overtaken. */
async function assertWaiting(
  history: SqliteHistory,
  model: Model,
  query: DeliveriesQuery,
): Promise<void> {
  const endpoint = endpointKeyOf(1);
  const waits = (message: Located<MessageRow>): boolean => {
    const recipient = recipientsOf(message, model).find((each) => each.endpoint === endpoint);
    if (recipient === undefined) return false;
    const attempts = attemptsTo(endpoint, message, model);
    const isEnd = (other: AttemptRow, attempt: AttemptRow): boolean =>
      other.round === attempt.round
        ? other.number > attempt.number || other.settlement !== undefined
        : other.row > attempt.row && other.settlement === "delivered";
    return (
      (!recipient.skipped &&
        attempts.every(({ round, settlement }) => round > 0 && settlement !== "delivered")) ||
      attempts.some(
        (attempt) =>
          attempt.retryAtMs !== undefined && !attempts.some((other) => isEnd(other, attempt)),
      ) ||
      resendsOf(message, model).some(
        ({ row, number }) =>
          row.endpoint === endpoint && attempts.every(({ round }) => round !== number),
      )
    );
  };
  const expected = model.messages.filter(
    (message) =>
      isWithin(message.row, query) && passesMessageFilter(message.row, query) && waits(message),
  );
  assert.deepEqual(
    await allPages(query, (page) => history.waitingMessages(endpoint, page)),
    listed(expected, query),
  );
  assert.equal(await history.countWaiting(endpoint, query), expected.length);
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
  const attempts = attemptsTo(endpoint, message, model);
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

function attemptsTo(
  endpoint: EndpointKey,
  message: Located<MessageRow>,
  model: Model,
): readonly AttemptRow[] {
  return model.attempts
    .filter((attempt) => attempt.jobDb === message.jobDb && attempt.message === message.row)
    .map((attempt) => attempt.row)
    .filter((attempt) => attempt.endpoint === endpoint);
}
