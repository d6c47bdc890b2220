/** What every implementation of the JobDb port must do with resends and erasures. Run by job-db.test.ts for each of them. */
import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, test } from "node:test";
import { deliveryNumberOf } from "../../src/core/delivery.ts";
import { applicationKeyOf, type EndpointKey, endpointKeyOf } from "../../src/core/ids.ts";
import type { Resend } from "../../src/core/message.ts";
import {
  type DueDelivery,
  dueFromStart,
  type DuePage,
  type JobDb,
  type JobDbStore,
} from "../../src/director/ports.ts";
import type { JobDbSubject } from "./job-db-subject.ts";
import { attemptOf, baseAtMs, commitOf, firstDeliveryOf, messageTo } from "./job-db-rows.ts";

const one = endpointKeyOf(1);
const two = endpointKeyOf(2);
const dayMs = 24 * 60 * 60 * 1000;

export function jobDbRoundsConformance(name: string, makeSubject: () => JobDbSubject): void {
  describe(`${name}: rounds and erasures`, () => {
    let subject: JobDbSubject;
    let store: JobDbStore;
    let jobDb: JobDb;
    beforeEach(async () => {
      subject = makeSubject();
      store = subject.open({ index: 0, count: 1, epoch: 1 });
      jobDb = await store.create();
      await jobDb.commit(commitOf({ messages: [messageTo([1], 1), messageTo([1], 2)] }));
    });
    afterEach(() => subject.remove());

    describe("resends", () => {
      test("are due once, at their time, beside retries, each as a round of its own", async () => {
        await jobDb.commit(
          commitOf({
            attempts: [attemptOf(firstDeliveryOf(1), one, 1, { retryAtMs: baseAtMs + 20 })],
            resends: [resendOf(1, one, 20, "manual"), resendOf(2, one, 10, "scheduled")],
          }),
        );
        const page = await dueOf(jobDb, one);
        assert.deepEqual(page.deliveries, [
          { delivery: firstDeliveryOf(2), round: 2, attempt: 1, trigger: "scheduled" },
          { delivery: firstDeliveryOf(1), round: 0, attempt: 2, trigger: "scheduled" },
          { delivery: firstDeliveryOf(1), round: 1, attempt: 1, trigger: "manual" },
        ]);
        assert.equal(page.nextAtMs, undefined);
        const first = await jobDb.due(one, dueFromStart, baseAtMs + 99, 2);
        assert.equal(first.nextAtMs, baseAtMs + 20);
        const second = await jobDb.due(one, first.scannedTo, baseAtMs + 99, 2);
        assert.deepEqual([...first.deliveries, ...second.deliveries], page.deliveries);
        await jobDb.commit(
          commitOf({
            attempts: [
              attemptOf(firstDeliveryOf(1), one, 2, { round: 1, trigger: "manual" }),
              attemptOf(firstDeliveryOf(2), one, 3, { round: 2, retryAtMs: baseAtMs + 50 }),
            ],
          }),
        );
        assert.deepEqual((await dueOf(jobDb, one)).deliveries, [
          { delivery: firstDeliveryOf(1), round: 0, attempt: 2, trigger: "scheduled" },
          { delivery: firstDeliveryOf(2), round: 2, attempt: 2, trigger: "scheduled" },
        ]);
      });

      test("by hand that fail leave first attempts and retries as they were; one that delivers ends both", async () => {
        await jobDb.commit(
          commitOf({
            attempts: [attemptOf(firstDeliveryOf(1), one, 1, { retryAtMs: baseAtMs + 5 })],
            resends: [resendOf(1, one, 1, "manual"), resendOf(2, one, 1, "manual")],
          }),
        );
        const manual = (row: number, message: number, delivered: boolean) =>
          attemptOf(firstDeliveryOf(message), one, row, {
            round: message,
            trigger: "manual",
            settlement: delivered ? "delivered" : undefined,
          });
        await jobDb.commit(commitOf({ attempts: [manual(2, 1, false), manual(3, 2, false)] }));
        const retry = { delivery: firstDeliveryOf(1), round: 0, attempt: 2, trigger: "scheduled" };
        assert.deepEqual((await dueOf(jobDb, one)).deliveries, [retry]);
        assert.deepEqual((await jobDb.unattempted(one, 0, 9)).deliveries, [firstDeliveryOf(2)]);
        await jobDb.commit(commitOf({ attempts: [manual(4, 1, true), manual(5, 2, true)] }));
        assert.deepEqual((await dueOf(jobDb, one)).deliveries, []);
        assert.deepEqual((await jobDb.unattempted(one, 0, 9)).deliveries, []);
      });

      test("begin a round again that was settled, and its retries go on after the settlement of another", async () => {
        const delivery = firstDeliveryOf(1);
        await jobDb.commit(
          commitOf({ attempts: [attemptOf(delivery, one, 1, { settlement: "exhausted" })] }),
        );
        await jobDb.commit(commitOf({ resends: [resendOf(1, one, 1, "scheduled")] }));
        const again = attemptOf(delivery, one, 2, { round: 1, retryAtMs: baseAtMs + 9 });
        await jobDb.commit(commitOf({ attempts: [again] }));
        assert.deepEqual((await dueOf(jobDb, one)).deliveries, [
          { delivery, round: 1, attempt: 2, trigger: "scheduled" },
        ]);
      });

      test("to an endpoint that the message was not for give it a delivery after the others", async () => {
        const resends = [resendOf(1, two, 1, "scheduled"), resendOf(1, two, 2, "manual")];
        await jobDb.commit(commitOf({ resends }));
        assert.deepEqual(await jobDb.endpoints(), [one, two]);
        const delivery = deliveryNumberOf(1, 1);
        assert.deepEqual((await dueOf(jobDb, two)).deliveries, [
          { delivery, round: 1, attempt: 1, trigger: "scheduled" },
          { delivery, round: 2, attempt: 1, trigger: "manual" },
        ]);
        assert.deepEqual((await jobDb.unattempted(two, 0, 9)).deliveries, []);
        await jobDb.commit(commitOf({ messages: [messageTo([2], 3)] }));
        assert.deepEqual((await jobDb.unattempted(two, 0, 9)).deliveries, [firstDeliveryOf(3)]);
      });

      test("of a message that is not there are refused", async () => {
        const resends = [resendOf(3, one, 1, "manual")];
        await assert.rejects(jobDb.commit(commitOf({ resends })));
      });

      test("take the mark back that nothing is unsettled", async () => {
        await jobDb.markDrained();
        await jobDb.commit(commitOf({ resends: [resendOf(1, one, 1, "manual")] }));
        await store.close();
        const next = subject.open({ index: 0, count: 1, epoch: 2 });
        assert.equal((await next.unsettled()).length, 1);
      });
    });

    describe("first rounds that are not over", () => {
      test("come in the order of acceptance, begun or not, each with what is next in it", async () => {
        const recipients = [{ endpoint: one, skipped: true }];
        const messages = [
          ...[3, 4, 5].map((row) => messageTo([1], row)),
          messageTo([], 6, { recipients }),
          messageTo([1], 7),
        ];
        const attempts = [
          attemptOf(firstDeliveryOf(2), one, 1, { retryAtMs: baseAtMs + 20 }),
          attemptOf(firstDeliveryOf(3), one, 2, { settlement: "exhausted" }),
          attemptOf(firstDeliveryOf(2), one, 3, { number: 2, retryAtMs: baseAtMs + 40 }),
          attemptOf(firstDeliveryOf(4), one, 4, { retryAtMs: baseAtMs + 30 }),
          attemptOf(firstDeliveryOf(4), one, 5, { number: 2, settlement: "delivered" }),
          attemptOf(firstDeliveryOf(5), one, 6, { retryAtMs: baseAtMs + 9 }),
        ];
        await jobDb.commit(commitOf({ messages, attempts }));
        const all = [
          { delivery: firstDeliveryOf(1), attempt: 1, dueAtMs: 0 },
          { delivery: firstDeliveryOf(2), attempt: 3, dueAtMs: baseAtMs + 40 },
          { delivery: firstDeliveryOf(5), attempt: 2, dueAtMs: baseAtMs + 9 },
          { delivery: firstDeliveryOf(7), attempt: 1, dueAtMs: 0 },
        ];
        const page = { scannedTo: firstDeliveryOf(7), end: true };
        assert.deepEqual(await jobDb.firstRounds(one, 0, 9), { deliveries: all, ...page });
        const first = await jobDb.firstRounds(one, 0, 3);
        const scannedTo = firstDeliveryOf(3);
        assert.deepEqual(first, { deliveries: all.slice(0, 2), scannedTo, end: false });
        assert.deepEqual(await jobDb.firstRounds(one, scannedTo, 3), {
          deliveries: all.slice(2),
          ...page,
        });
        assert.deepEqual(await jobDb.firstRounds(two, 7, 9), {
          deliveries: [],
          scannedTo: 7,
          end: true,
        });
      });

      test("are over with a resend that delivers, and go on beside one that does not", async () => {
        const resends = [resendOf(1, one, 1, "manual"), resendOf(2, one, 1, "scheduled")];
        const attempts = [
          attemptOf(firstDeliveryOf(1), one, 1, { retryAtMs: baseAtMs + 20 }),
          attemptOf(firstDeliveryOf(2), one, 2, { round: 2, retryAtMs: baseAtMs + 30 }),
          attemptOf(firstDeliveryOf(1), one, 3, { round: 1, trigger: "manual" }),
        ];
        await jobDb.commit(commitOf({ resends, attempts }));
        const second = { delivery: firstDeliveryOf(2), attempt: 1, dueAtMs: 0 };
        assert.deepEqual((await jobDb.firstRounds(one, 0, 9)).deliveries, [
          { delivery: firstDeliveryOf(1), attempt: 2, dueAtMs: baseAtMs + 20 },
          second,
        ]);
        const made = attemptOf(firstDeliveryOf(1), one, 4, { round: 1, settlement: "delivered" });
        await jobDb.commit(commitOf({ attempts: [made] }));
        assert.deepEqual((await jobDb.firstRounds(one, 0, 9)).deliveries, [second]);
      });
    });

    describe("what waits of some messages", () => {
      const scheduled = { trigger: "scheduled" } as const;

      test("is first attempts, retries and resends, due or not, of these alone and for the endpoint alone", async () => {
        const messages = [messageTo([1, 2], 3), messageTo([1], 4), messageTo([2], 5)];
        const resends = [resendOf(4, one, 5, "scheduled"), resendOf(2, one, 7, "manual")];
        const attempts = [attemptOf(firstDeliveryOf(2), one, 1, { retryAtMs: baseAtMs + 2e9 })];
        await jobDb.commit(commitOf({ messages, attempts }));
        await jobDb.commit(commitOf({ resends }));
        assert.deepEqual(await waitingOf(jobDb, one, [2, 3, 4, 5, 6]), [
          { delivery: firstDeliveryOf(2), round: 0, attempt: 2, ...scheduled },
          { delivery: firstDeliveryOf(2), round: 2, attempt: 1, trigger: "manual" },
          { delivery: firstDeliveryOf(3), round: 0, attempt: 1, ...scheduled },
          { delivery: firstDeliveryOf(4), round: 0, attempt: 1, ...scheduled },
          { delivery: firstDeliveryOf(4), round: 1, attempt: 1, ...scheduled },
        ]);
        const toTwo = { delivery: deliveryNumberOf(3, 1), round: 0, attempt: 1, ...scheduled };
        assert.deepEqual(await waitingOf(jobDb, two, [3, 4]), [toTwo]);
        assert.deepEqual(await waitingOf(jobDb, one, []), []);
      });

      test("is nothing of what is settled, skipped or delivered by hand, and a settled one's later round", async () => {
        const recipients = [{ endpoint: one, skipped: true }];
        const messages = [messageTo([1], 3), messageTo([], 4, { recipients })];
        await jobDb.commit(
          commitOf({
            messages,
            resends: [resendOf(2, one, 1, "manual"), resendOf(3, one, 1, "scheduled")],
            attempts: [
              attemptOf(firstDeliveryOf(1), one, 1, { retryAtMs: baseAtMs + 9 }),
              attemptOf(firstDeliveryOf(1), one, 2, { number: 2, settlement: "exhausted" }),
              attemptOf(firstDeliveryOf(2), one, 3, { round: 1, settlement: "delivered" }),
              attemptOf(firstDeliveryOf(3), one, 4, { settlement: "cancelled" }),
              attemptOf(firstDeliveryOf(3), one, 5, { round: 2, retryAtMs: baseAtMs + 9 }),
            ],
          }),
        );
        const again = { delivery: firstDeliveryOf(3), round: 2, attempt: 2, ...scheduled };
        assert.deepEqual(await waitingOf(jobDb, one, [1, 2, 3, 4]), [again]);
      });
    });

    describe("JobDbs of earlier runs", () => {
      test("are listed if they have messages, opened when needed, and closed again", async () => {
        await jobDb.markDrained();
        await store.close();
        const next = subject.open({ index: 0, count: 1, epoch: 2 });
        assert.deepEqual(await next.unsettled(), []);
        await next.create();
        assert.deepEqual(await next.expiring(Infinity), [jobDb.number]);
        assert.equal(await next.open(jobDb.number + 9), undefined);
        const opened = await next.open(jobDb.number);
        assert.deepEqual(await opened?.endpoints(), [one]);
        await next.release(jobDb.number);
        const again = await next.open(jobDb.number);
        await again?.commit(commitOf({ resends: [resendOf(1, one, 1, "manual")] }));
        assert.equal((await again?.due(one, dueFromStart, baseAtMs + 9, 9))?.deliveries.length, 1);
      });

      test("of other Directors are neither listed nor opened", async () => {
        await store.close();
        const other = subject.open({ index: 1 - (jobDb.number % 2), count: 2, epoch: 2 });
        assert.deepEqual(await other.expiring(Infinity), []);
        assert.equal(await other.open(jobDb.number), undefined);
      });
    });

    describe("erasures", () => {
      test("of a payload leave the message without it, for good", async () => {
        await jobDb.erasePayload(1);
        await jobDb.erasePayload(1);
        const [first, second] = await jobDb.payloads([1, 2]);
        assert.equal(first?.payload, "erased");
        assert.equal(first?.address.row, 1);
        assert.equal(Buffer.from(second?.payload ?? []).toString(), '{"row":2}');
        await store.close();
        const [reopened] = await subject.open({ index: 0, count: 1, epoch: 2 }).unsettled();
        assert.equal((await reopened?.payloads([1]))?.[0]?.payload, "erased");
      });

      test("of a scope take an application's messages and all answers to them, page by page, and nothing else", async () => {
        const other = messageTo([1, 2], 3, { application: applicationKeyOf(9) });
        await jobDb.commit(commitOf({ messages: [other, messageTo([2], 4)] }));
        const attempts = [1, 3, 4].map((row, at) => attemptOf(firstDeliveryOf(row), one, at + 1));
        await jobDb.commit(commitOf({ attempts }));
        const { application } = messageTo([1], 1);
        const own = { application, endpoint: undefined, message: undefined };
        const isErased = async () =>
          (await jobDb.payloads([1, 2, 3, 4])).map(({ payload }) => payload === "erased");

        const single = await jobDb.purge({ scope: { ...own, message: 2 }, after: 0, rowsMax: 9 });
        assert.deepEqual(single, { rows: { messages: 1, attempts: 0 }, next: undefined });
        assert.deepEqual(await isErased(), [false, true, false, false]);

        const foreign = await jobDb.purge({ scope: { ...own, message: 3 }, after: 0, rowsMax: 9 });
        assert.deepEqual(foreign.rows, { messages: 0, attempts: 0 });

        const answered = { ...own, endpoint: one };
        const first = await jobDb.purge({ scope: answered, after: 0, rowsMax: 2 });
        assert.deepEqual(first, { rows: { messages: 0, attempts: 1 }, next: 2 });
        const second = await jobDb.purge({ scope: answered, after: 2, rowsMax: 2 });
        assert.deepEqual(second, { rows: { messages: 0, attempts: 1 }, next: undefined });
        assert.deepEqual(await isErased(), [false, true, false, false]);

        const page = await jobDb.purge({ scope: own, after: 0, rowsMax: 3 });
        assert.deepEqual(page, { rows: { messages: 2, attempts: 1 }, next: 3 });
        const last = await jobDb.purge({ scope: own, after: 3, rowsMax: 3 });
        assert.deepEqual(last, { rows: { messages: 1, attempts: 1 }, next: undefined });
        assert.deepEqual(await isErased(), [true, true, false, true]);
      });

      test("of what is kept for long enough go by each message's own days, page by page", async () => {
        const days = [5, 90, 5, 30];
        const messages = days.map((retentionDays, at) => messageTo([1], at + 3, { retentionDays }));
        await jobDb.commit(commitOf({ messages }));
        const erased = async () => {
          const stored = await jobDb.payloads([1, 2, 3, 4, 5, 6]);
          return stored.flatMap(({ payload }, at) => (payload === "erased" ? [at + 1] : []));
        };
        const expiryOf = (row: number, after: number) => baseAtMs + row + after * dayMs;
        assert.ok((await jobDb.eraseExpired(expiryOf(3, 5) - 1, 9)).nextAtMs >= expiryOf(1, 5));
        assert.deepEqual(await erased(), []);
        await eraseAll(jobDb, expiryOf(3, 5));
        assert.deepEqual(await erased(), [3]);
        await eraseAll(jobDb, expiryOf(6, 30));
        assert.deepEqual(await erased(), [3, 5, 6]);
        assert.deepEqual(await eraseAll(jobDb, expiryOf(6, 90)), Infinity);
        assert.deepEqual(await erased(), [1, 2, 3, 4, 5, 6]);
      });
    });
  });
}

function resendOf(
  messageRow: number,
  endpoint: EndpointKey,
  afterMs: number,
  trigger: Resend["trigger"],
): Resend {
  return { messageRow, endpoint, trigger, atMs: baseAtMs + afterMs, asker: undefined };
}

function dueOf(jobDb: JobDb, endpoint: EndpointKey): Promise<DuePage> {
  return jobDb.due(endpoint, dueFromStart, baseAtMs + 99, 99);
}

async function waitingOf(
  jobDb: JobDb,
  endpoint: EndpointKey,
  messageRows: readonly number[],
): Promise<readonly DueDelivery[]> {
  const waiting = await jobDb.waiting(endpoint, messageRows);
  return waiting.toSorted(
    (left, right) => left.delivery - right.delivery || left.round - right.round,
  );
}

/** A row at a time. Returns when the next expires. */
async function eraseAll(jobDb: JobDb, nowMs: number): Promise<number> {
  for (;;) {
    const { nextAtMs } = await jobDb.eraseExpired(nowMs, 1);
    if (nextAtMs > nowMs) return nextAtMs;
  }
}
