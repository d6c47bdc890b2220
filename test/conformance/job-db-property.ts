/** Random commits against a model so simple that it can't be wrong: reading it is a loop over everything. */
import assert from "node:assert/strict";
import fc from "fast-check";
import {
  type DeliveryNumber,
  deliveryNumberOf,
  messageRowOf,
  type Trigger,
} from "../../src/core/delivery.ts";
import { type EndpointKey, endpointKeyOf } from "../../src/core/ids.ts";
import type { AttemptRow, MessageRow, Resend } from "../../src/core/message.ts";
import {
  type Commit,
  type DueCursor,
  type DueDelivery,
  dueFromStart,
  type JobDb,
} from "../../src/director/ports.ts";
import type { JobDbSubject } from "./job-db-subject.ts";
import { attemptOf, baseAtMs, messageTo } from "./job-db-rows.ts";

const endpointCount = 4;

type Step =
  | { readonly kind: "reopen" }
  | {
      readonly kind: "commit";
      /** Recipients of each new message. */
      readonly messages: readonly (readonly {
        readonly endpoint: number;
        readonly skipped: boolean;
      }[])[];
      /** Of which delivery and round (modulo how many there are), and what came of it. */
      readonly attempts: readonly {
        readonly delivery: number;
        readonly round: number;
        readonly result: "delivered" | "exhausted" | "given up" | number;
      }[];
      /** Of which message (modulo how many there are). */
      readonly resends: readonly {
        readonly message: number;
        readonly endpoint: number;
        readonly trigger: Trigger;
        readonly afterMs: number;
      }[];
    };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 1, arbitrary: fc.constant({ kind: "reopen" as const }) },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant("commit" as const),
      messages: fc.array(
        fc.uniqueArray(
          fc.record({
            endpoint: fc.integer({ min: 1, max: endpointCount }),
            skipped: fc.boolean(),
          }),
          { maxLength: 4, selector: ({ endpoint }) => endpoint },
        ),
        { maxLength: 5 },
      ),
      attempts: fc.array(
        fc.record({
          delivery: fc.nat(),
          round: fc.nat(),
          result: fc.oneof(
            fc.constantFrom("delivered" as const, "exhausted" as const, "given up" as const),
            fc.integer({ min: 1, max: 5 }),
          ),
        }),
        { maxLength: 5 },
      ),
      resends: fc.array(
        fc.record({
          message: fc.nat(),
          endpoint: fc.integer({ min: 1, max: endpointCount }),
          trigger: fc.constantFrom("scheduled" as const, "manual" as const),
          afterMs: fc.integer({ min: 1, max: 5 }),
        }),
        { maxLength: 3 },
      ),
    }),
  },
);

/** Everything that was committed. */
interface Model {
  readonly messages: MessageRow[];
  readonly deliveries: {
    readonly number: DeliveryNumber;
    readonly endpoint: EndpointKey;
    readonly skipped: boolean;
  }[];
  readonly attempts: AttemptRow[];
  readonly resends: (Resend & { readonly delivery: DeliveryNumber; readonly row: number })[];
}

export async function randomCommitsReadBackAsTheModelHasThem(
  makeSubject: () => JobDbSubject,
  numRuns: number,
): Promise<void> {
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 12 }),
      fc.integer({ min: 1, max: 6 }),
      async (steps, rowsMax) => {
        const subject = makeSubject();
        try {
          await run(subject, steps, rowsMax);
        } finally {
          await subject.remove();
        }
      },
    ),
    { numRuns },
  );
}

async function run(subject: JobDbSubject, steps: readonly Step[], rowsMax: number): Promise<void> {
  const model: Model = { messages: [], deliveries: [], attempts: [], resends: [] };
  let epoch = 1;
  let store = subject.open({ index: 0, count: 1, epoch });
  let jobDb = await store.create();
  for (const next of steps) {
    if (next.kind === "commit") {
      await jobDb.commit(addToModel(model, next));
    } else if (model.messages.length > 0) {
      await store.close();
      epoch += 1;
      store = subject.open({ index: 0, count: 1, epoch });
      const [reopened] = await store.unsettled();
      assert.ok(reopened !== undefined);
      jobDb = reopened;
      assert.equal(jobDb.lastMessageRow, model.messages.length);
      assert.equal(jobDb.lastAttemptRow, model.attempts.length);
    }
    await assertReadsAs(jobDb, model, rowsMax);
  }
}

function addToModel(
  model: Model,
  { messages, attempts, resends }: Extract<Step, { kind: "commit" }>,
): Commit {
  const newMessages = messages.map((recipients, index) => {
    const row = model.messages.length + index + 1;
    return messageTo([], row, {
      recipients: recipients.map(({ endpoint, skipped }) => ({
        endpoint: endpointKeyOf(endpoint),
        skipped,
      })),
    });
  });
  model.messages.push(...newMessages);
  for (const { row, recipients } of newMessages) {
    for (const [ordinal, recipient] of recipients.entries()) {
      model.deliveries.push({ number: deliveryNumberOf(row, ordinal), ...recipient });
    }
  }
  const before = model.attempts.length;
  for (const { delivery, round, result } of attempts) {
    const target = model.deliveries[delivery % Math.max(1, model.deliveries.length)];
    if (target === undefined) continue;
    const resent = model.resends.filter((resend) => resend.delivery === target.number);
    const rounds = [{ row: 0, trigger: "scheduled" as const }, ...resent];
    const { row, trigger } = rounds[round % rounds.length] ?? assert.fail();
    const earlier = model.attempts.filter(
      (attempt) => attempt.delivery === target.number && attempt.round === row,
    );
    model.attempts.push(
      attemptOf(target.number, target.endpoint, model.attempts.length + 1, {
        round: row,
        trigger,
        number: earlier.length + 1,
        settlement: result === "delivered" || result === "exhausted" ? result : undefined,
        retryAtMs: typeof result === "number" ? baseAtMs + result : undefined,
      }),
    );
  }
  const resendsBefore = model.resends.length;
  for (const resend of resends) addResend(model, resend);
  return {
    messages: newMessages,
    attempts: model.attempts.slice(before),
    resends: model.resends.slice(resendsBefore),
    answers: [],
  };
}

function addResend(
  model: Model,
  {
    message,
    endpoint: key,
    trigger,
    afterMs,
  }: Extract<Step, { kind: "commit" }>["resends"][number],
): void {
  const messageRow = model.messages[message % Math.max(1, model.messages.length)]?.row;
  if (messageRow === undefined) return;
  const endpoint = endpointKeyOf(key);
  const ofMessage = model.deliveries.filter(({ number }) => messageRowOf(number) === messageRow);
  let number = ofMessage.find((delivery) => delivery.endpoint === endpoint)?.number;
  if (number === undefined) {
    number = deliveryNumberOf(messageRow, ofMessage.length);
    model.deliveries.push({ number, endpoint, skipped: true });
  }
  const row = model.resends.length + 1;
  const atMs = baseAtMs + afterMs;
  const asker = undefined;
  model.resends.push({ messageRow, endpoint, trigger, atMs, asker, delivery: number, row });
}

async function assertReadsAs(jobDb: JobDb, model: Model, rowsMax: number): Promise<void> {
  assert.deepEqual(
    await jobDb.endpoints(),
    [...new Set(model.deliveries.map(({ endpoint }) => endpoint))].toSorted((a, b) => a - b),
  );
  for (let key = 1; key <= endpointCount; key += 1) {
    const endpoint = endpointKeyOf(key);
    assert.deepEqual(
      await allUnattempted(jobDb, endpoint, rowsMax),
      model.deliveries
        .filter((delivery) => delivery.endpoint === endpoint && !delivery.skipped)
        .filter(
          ({ number }) =>
            !model.attempts.some(
              ({ delivery, round, settlement }) =>
                delivery === number && (round === 0 || settlement === "delivered"),
            ),
        )
        .map(({ number }) => number),
    );
    for (const untilMs of [baseAtMs + 2, baseAtMs + 9]) {
      assert.deepEqual(
        await allDue(jobDb, { endpoint, untilMs, rowsMax }),
        dueInModel(model, endpoint, untilMs),
      );
    }
    await assertWaitingIsWhatScansFind(jobDb, model, endpoint);
  }
}

/** Asked for every other message, and for the rest. */
async function assertWaitingIsWhatScansFind(
  jobDb: JobDb,
  { messages }: Model,
  endpoint: EndpointKey,
): Promise<void> {
  const most = Number.MAX_SAFE_INTEGER;
  const trigger = "scheduled" as const;
  const { deliveries } = await jobDb.unattempted(endpoint, 0, most - 1);
  const due = await jobDb.due(endpoint, dueFromStart, most, most);
  const scanned = [
    ...deliveries.map((delivery) => ({ delivery, round: 0, attempt: 1, trigger })),
    ...due.deliveries,
  ];
  for (const half of [0, 1]) {
    const rows = messages.map(({ row }) => row).filter((row) => row % 2 === half);
    const isAsked = ({ delivery }: DueDelivery): boolean => messageRowOf(delivery) % 2 === half;
    const waiting = await jobDb.waiting(endpoint, rows);
    assert.deepEqual(textsOf(waiting), textsOf(scanned.filter(isAsked)));
  }
}

function textsOf(waiting: readonly DueDelivery[]): readonly string[] {
  return waiting
    .map(({ delivery, round, attempt, trigger }) => `${delivery} ${round} ${attempt} ${trigger}`)
    .toSorted();
}

async function allUnattempted(
  jobDb: JobDb,
  endpoint: EndpointKey,
  rowsMax: number,
): Promise<readonly DeliveryNumber[]> {
  const found: DeliveryNumber[] = [];
  for (let after = 0, end = false; !end;) {
    const page = await jobDb.unattempted(endpoint, after, rowsMax);
    assert.ok(page.end || page.scannedTo > after, "every page that is not the end gets further");
    found.push(...page.deliveries);
    ({ scannedTo: after, end } = page);
  }
  return found;
}

async function allDue(
  jobDb: JobDb,
  query: { readonly endpoint: EndpointKey; readonly untilMs: number; readonly rowsMax: number },
): Promise<readonly unknown[]> {
  const found: unknown[] = [];
  let after: DueCursor = dueFromStart;
  for (let nextAtMs: number | undefined = 0; nextAtMs !== undefined && nextAtMs <= query.untilMs;) {
    const page = await jobDb.due(query.endpoint, after, query.untilMs, query.rowsMax);
    found.push(...page.deliveries);
    ({ scannedTo: after, nextAtMs } = page);
  }
  return found;
}

function dueInModel(model: Model, endpoint: EndpointKey, untilMs: number): readonly unknown[] {
  const retries = model.attempts
    .filter((attempt) => attempt.endpoint === endpoint)
    .filter((attempt) =>
      model.attempts
        .filter(({ delivery }) => delivery === attempt.delivery)
        .every(({ row, round, number, settlement }) =>
          round === attempt.round
            ? number <= attempt.number && settlement === undefined
            : row < attempt.row || settlement !== "delivered",
        ),
    )
    .map(({ row, delivery, round, number, trigger, retryAtMs = Infinity }) => ({
      atMs: retryAtMs,
      place: 2 * row,
      due: { delivery, round, attempt: number + 1, trigger },
    }));
  const resends = model.resends
    .filter((resend) => resend.endpoint === endpoint)
    .filter(
      ({ row, delivery }) =>
        !model.attempts.some((other) => other.delivery === delivery && other.round === row),
    )
    .map(({ row, delivery, trigger, atMs }) => ({
      atMs,
      place: 2 * row + 1,
      due: { delivery, round: row, attempt: 1, trigger },
    }));
  return [...retries, ...resends]
    .filter(({ atMs }) => atMs <= untilMs)
    .toSorted((a, b) => a.atMs - b.atMs || a.place - b.place)
    .map(({ due }) => due);
}
