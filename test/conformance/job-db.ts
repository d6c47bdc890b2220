/** What every implementation of the JobDb and JobDbStore ports must do. Run by job-db.test.ts for each of them. */
import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, test } from "node:test";
import { type DeliveryNumber, deliveryNumberOf } from "../../src/core/delivery.ts";
import { endpointKeyOf } from "../../src/core/ids.ts";
import {
  type DueCursor,
  type DueDelivery,
  dueFromStart,
  type JobDb,
  type JobDbStore,
} from "../../src/director/ports.ts";
import { keepsAnswers } from "./job-db-answers.ts";
import type { JobDbSubject } from "./job-db-subject.ts";
import { attemptOf, baseAtMs, commitOf, firstDeliveryOf, messageTo } from "./job-db-rows.ts";

const one = endpointKeyOf(1);
const two = endpointKeyOf(2);

export function jobDbConformance(name: string, makeSubject: () => JobDbSubject): void {
  describe(name, () => {
    let subject: JobDbSubject;
    beforeEach(() => {
      subject = makeSubject();
    });
    afterEach(() => subject.remove());

    const open = (epoch: number): JobDbStore => subject.open({ index: 0, count: 1, epoch });

    describe("numbers and owners", () => {
      test("JobDbs are numbered from 1, each above all that exist", async () => {
        const store = open(1);
        assert.equal((await store.create()).number, 1);
        assert.equal((await store.create()).number, 2);
      });

      test("each of several Directors has the numbers that are its own modulo their count", async () => {
        const stores = [0, 1, 2].map((index) => subject.open({ index, count: 3, epoch: 1 }));
        const numbers: number[] = [];
        for (const store of [...stores, ...stores]) numbers.push((await store.create()).number);
        assert.deepEqual(numbers, [3, 4, 5, 6, 7, 8]);
      });

      test("a JobDb to which nothing was committed is taken again by the next run", async () => {
        const store = open(1);
        await store.create();
        await store.close();
        const next = open(2);
        assert.deepEqual(await next.unsettled(), []);
        assert.equal((await next.create()).number, 1);
      });

      test("a JobDb with messages is never taken for an empty one", async () => {
        const store = open(1);
        const jobDb = await store.create();
        await jobDb.commit(commitOf({ messages: [messageTo([], 1)] }));
        await store.close();
        assert.equal((await open(2).create()).number, 2);
      });

      test("unsettled JobDbs come oldest first and only to their owner", async () => {
        for (const index of [0, 1, 0, 1]) {
          const store = subject.open({ index, count: 2, epoch: index + 1 });
          // Not taking over the older ones, as a Director that crashed before it came to that.
          const jobDb = await store.create();
          await jobDb.commit(commitOf({ messages: [messageTo([1], 1)] }));
          await store.close();
        }
        const numbersOf = async (index: number): Promise<readonly number[]> =>
          (await subject.open({ index, count: 2, epoch: 9 }).unsettled()).map(
            ({ number }) => number,
          );
        assert.deepEqual(await numbersOf(0), [2, 4]);
        assert.deepEqual(await numbersOf(1), [3, 5]);
      });

      test("an owner without a higher epoch than the last one is refused", async () => {
        const store = open(5);
        const jobDb = await store.create();
        await jobDb.commit(commitOf({ messages: [messageTo([1], 1)] }));
        await store.close();
        for (const epoch of [4, 5]) {
          await assert.rejects(open(epoch).unsettled(), { code: "jobdb_stale_owner" });
        }
        assert.equal((await open(6).unsettled()).length, 1);
      });

      test("a stale owner can't write any more, and its successor sees nothing of what it tried", async () => {
        const stale = await open(1).create();
        await stale.commit(commitOf({ messages: [messageTo([1], 1)] }));
        const [successor] = await open(2).unsettled();
        assert.ok(successor !== undefined);
        await assert.rejects(stale.commit(commitOf({ messages: [messageTo([1], 2)] })), {
          code: "jobdb_stale_owner",
        });
        await assert.rejects(stale.markDrained(), { code: "jobdb_stale_owner" });
        await successor.commit(commitOf({ messages: [messageTo([2], 2)] }));
        assert.deepEqual(await successor.endpoints(), [one, two]);
        assert.deepEqual(await unattemptedOf(successor, 1), [firstDeliveryOf(1)]);
      });

      test("a stale owner can't mark a JobDb as drained", async () => {
        const stale = await open(1).create();
        await stale.commit(commitOf({ messages: [messageTo([1], 1)] }));
        await open(2).unsettled();
        await assert.rejects(stale.markDrained(), { code: "jobdb_stale_owner" });
        assert.equal((await open(3).unsettled()).length, 1);
      });
    });

    describe("commits", () => {
      test("everything committed is there after reopening, and the rows go on from there", async () => {
        const store = open(1);
        const jobDb = await store.create();
        assert.deepEqual([jobDb.lastMessageRow, jobDb.lastAttemptRow], [0, 0]);
        await jobDb.commit(commitOf({ messages: [messageTo([1, 2], 1), messageTo([1], 2)] }));
        await jobDb.commit(
          commitOf({
            messages: [messageTo([2], 3)],
            attempts: [attemptOf(firstDeliveryOf(1), one, 1, { settlement: "delivered" })],
          }),
        );
        await store.close();
        const [reopened] = await open(2).unsettled();
        assert.ok(reopened !== undefined);
        assert.deepEqual([reopened.lastMessageRow, reopened.lastAttemptRow], [3, 1]);
        assert.deepEqual(await unattemptedOf(reopened, 1), [firstDeliveryOf(2)]);
        assert.deepEqual(await unattemptedOf(reopened, 2), [
          deliveryNumberOf(1, 1),
          firstDeliveryOf(3),
        ]);
        await reopened.commit(
          commitOf({
            messages: [messageTo([1], 4)],
            attempts: [attemptOf(firstDeliveryOf(2), one, 2)],
          }),
        );
        assert.deepEqual(await unattemptedOf(reopened, 1), [firstDeliveryOf(4)]);
      });

      test("payloads come back byte for byte, with their addresses, in the order asked for", async () => {
        const jobDb = await open(1).create();
        const payloads = [
          new Uint8Array(),
          Uint8Array.from({ length: 256 }, (_, byte) => byte),
          new TextEncoder().encode('{"a":90071992547409930,"a":"\\u0000"}'),
        ];
        const messages = payloads.map((payload, index) =>
          messageTo([1], index + 1, { payload, nonce: 2 ** 48 - 1 - index }),
        );
        await jobDb.commit(commitOf({ messages }));
        const stored = await jobDb.payloads([3, 1, 2]);
        assert.deepEqual(
          stored.map(({ payload }) => Buffer.from(payload ?? [])),
          [2, 0, 1].map((index) => Buffer.from(payloads[index] ?? [])),
        );
        assert.deepEqual(stored[0]?.address, {
          atMs: baseAtMs + 3,
          jobDb: jobDb.number,
          row: 3,
          nonce: 2 ** 48 - 3,
        });
        assert.deepEqual(await jobDb.payloads([]), []);
      });

      test("the trace and the event type of a message come back with its payload, after a restart too", async () => {
        const trace = `00-${"a".repeat(32)}-${"b".repeat(16)}-01`;
        const store = open(1);
        const jobDb = await store.create();
        await jobDb.commit(
          commitOf({
            messages: [messageTo([1], 1, { trace, eventType: "order.paid" }), messageTo([1], 2)],
          }),
        );
        const tracesOf = async (from: Pick<JobDb, "payloads"> | undefined) =>
          (await from?.payloads([1, 2]))?.map((stored) => [stored.trace, stored.eventType]);
        const expected = [
          [trace, "order.paid"],
          [undefined, "invoice.paid"],
        ];
        assert.deepEqual(await tracesOf(jobDb), expected);
        await store.close();
        const [found] = await open(2).unsettled();
        assert.deepEqual(await tracesOf(found), expected);
      });

      test("several commits may be under way, and take effect in their order", async () => {
        const jobDb = await open(1).create();
        const rows = Array.from({ length: 20 }, (_, index) => index + 1);
        await Promise.all(
          rows.map((row) => jobDb.commit(commitOf({ messages: [messageTo([1], row)] }))),
        );
        assert.deepEqual(await unattemptedOf(jobDb, 1), rows.map(firstDeliveryOf));
      });

      test("a commit without rows changes nothing", async () => {
        const jobDb = await open(1).create();
        await jobDb.commit(commitOf({}));
        assert.deepEqual(await jobDb.endpoints(), []);
      });

      test("a row number that does not follow the last one is refused", async () => {
        const jobDb = await open(1).create();
        await assert.rejects(jobDb.commit(commitOf({ messages: [messageTo([1], 2)] })));
      });

      test("asking for the payload of a message that is not there is refused", async () => {
        const jobDb = await open(1).create();
        await assert.rejects(jobDb.payloads([1]));
      });

      test("a commit that fails leaves nothing, and the JobDb fails from then on", async () => {
        const store = open(1);
        const jobDb = await store.create();
        await jobDb.commit(commitOf({ messages: [messageTo([1], 1)] }));
        subject.breakDisk(jobDb.number);
        const attempts = [attemptOf(firstDeliveryOf(1), one, 1)];
        await assert.rejects(jobDb.commit(commitOf({ messages: [messageTo([2], 2)], attempts })), {
          code: "jobdb_failed",
          retryable: false,
        });
        subject.repairDisk(jobDb.number);
        for (const call of [
          jobDb.commit(commitOf({ messages: [messageTo([2], 2)] })),
          jobDb.endpoints(),
          jobDb.unattempted(one, 0, 10),
          jobDb.due(one, dueFromStart, baseAtMs, 10),
          jobDb.payloads([1]),
          jobDb.markDrained(),
        ]) {
          await assert.rejects(call, { code: "jobdb_failed" });
        }
        await store.close();
        const [reopened] = await open(2).unsettled();
        assert.ok(reopened !== undefined);
        assert.deepEqual([reopened.lastMessageRow, reopened.lastAttemptRow], [1, 0]);
        assert.deepEqual(await reopened.endpoints(), [one]);
      });
    });

    describe("answers", () => keepsAnswers(() => subject));

    describe("unattempted deliveries", () => {
      test("come in the order of acceptance, page by page, and the end is told exactly", async () => {
        const jobDb = await open(1).create();
        const messages = [1, 2, 3, 4].map((row) => messageTo([1, 2], row));
        await jobDb.commit(commitOf({ messages }));
        const first = await jobDb.unattempted(two, 0, 2);
        assert.deepEqual(first, {
          deliveries: [deliveryNumberOf(1, 1), deliveryNumberOf(2, 1)],
          scannedTo: deliveryNumberOf(2, 1),
          end: false,
        });
        assert.deepEqual(await jobDb.unattempted(two, first.scannedTo, 2), {
          deliveries: [deliveryNumberOf(3, 1), deliveryNumberOf(4, 1)],
          scannedTo: deliveryNumberOf(4, 1),
          end: true,
        });
        assert.deepEqual(await jobDb.unattempted(two, deliveryNumberOf(4, 1), 2), {
          deliveries: [],
          scannedTo: deliveryNumberOf(4, 1),
          end: true,
        });
      });

      test("leave out what was skipped or attempted, which still counts as looked at", async () => {
        const jobDb = await open(1).create();
        const skipped = messageTo([], 2, { recipients: [{ endpoint: one, skipped: true }] });
        await jobDb.commit(
          commitOf({
            messages: [messageTo([1], 1), skipped, messageTo([1], 3), messageTo([1], 4)],
          }),
        );
        await jobDb.commit(
          commitOf({
            attempts: [
              attemptOf(firstDeliveryOf(1), one, 1),
              attemptOf(firstDeliveryOf(3), one, 2),
            ],
          }),
        );
        assert.deepEqual(await unattemptedOf(jobDb, 1), [firstDeliveryOf(4)]);
        const page = await jobDb.unattempted(one, 0, 1);
        assert.deepEqual(page, { deliveries: [], scannedTo: firstDeliveryOf(1), end: false });
      });

      test("of an endpoint without any: an empty page that is the end", async () => {
        const jobDb = await open(1).create();
        assert.deepEqual(await jobDb.unattempted(one, 7, 10), {
          deliveries: [],
          scannedTo: 7,
          end: true,
        });
      });

      test("a message may go to more endpoints than one", async () => {
        const jobDb = await open(1).create();
        const endpoints = Array.from({ length: 300 }, (_, index) => index + 1);
        await jobDb.commit(commitOf({ messages: [messageTo(endpoints, 1)] }));
        assert.deepEqual(await jobDb.endpoints(), endpoints);
        assert.deepEqual(await unattemptedOf(jobDb, 300), [deliveryNumberOf(1, 299)]);
      });
    });

    describe("retries that are due", () => {
      /** Five failed first attempts of deliveries 1 to 5, with retries planned at these times after the base. */
      async function withPlans(plans: readonly number[]): Promise<JobDb> {
        const jobDb = await open(1).create();
        const messages = plans.map((_, index) => messageTo([1], index + 1));
        const attempts = plans.map((afterMs, index) =>
          attemptOf(firstDeliveryOf(index + 1), one, index + 1, { retryAtMs: baseAtMs + afterMs }),
        );
        await jobDb.commit(commitOf({ messages, attempts }));
        return jobDb;
      }

      test("come in the order of their time, then of the attempts that planned them", async () => {
        const jobDb = await withPlans([30, 10, 20, 10, 50]);
        const page = await jobDb.due(one, dueFromStart, baseAtMs + 30, 10);
        assert.deepEqual(page, {
          deliveries: [2, 4, 3, 1].map((row) => retryOf(row, 2)),
          scannedTo: { atMs: baseAtMs + 30, place: 2 },
          nextAtMs: baseAtMs + 50,
        });
      });

      test("are read page by page, across plans for the same time", async () => {
        const jobDb = await withPlans([10, 10, 10, 10, 10]);
        const first = await jobDb.due(one, dueFromStart, baseAtMs + 10, 2);
        assert.deepEqual(first.scannedTo, { atMs: baseAtMs + 10, place: 4 });
        assert.equal(first.nextAtMs, baseAtMs + 10);
        const second = await jobDb.due(one, first.scannedTo, baseAtMs + 10, 3);
        assert.deepEqual(
          second.deliveries.map(({ delivery }) => delivery),
          [3, 4, 5].map(firstDeliveryOf),
        );
        assert.equal(second.nextAtMs, undefined);
      });

      test("leave out what a later attempt has overtaken, with or without a plan of its own", async () => {
        const jobDb = await withPlans([10, 20, 30, 40, 50]);
        await jobDb.commit(
          commitOf({
            attempts: [
              attemptOf(firstDeliveryOf(1), one, 6, { number: 2, retryAtMs: baseAtMs + 60 }),
              attemptOf(firstDeliveryOf(2), one, 7, { number: 2, settlement: "delivered" }),
              attemptOf(firstDeliveryOf(3), one, 8, { number: 2 }),
            ],
          }),
        );
        const page = await jobDb.due(one, dueFromStart, baseAtMs + 60, 10);
        assert.deepEqual(page.deliveries, [retryOf(4, 2), retryOf(5, 2), retryOf(1, 3)]);
        assert.deepEqual(await jobDb.due(one, dueFromStart, baseAtMs + 10, 10), {
          deliveries: [],
          scannedTo: { atMs: baseAtMs + 10, place: 2 },
          nextAtMs: baseAtMs + 20,
        });
      });

      test("of an endpoint without any: an empty page that leaves the cursor", async () => {
        const jobDb = await withPlans([10]);
        const after: DueCursor = { atMs: baseAtMs, place: 3 };
        assert.deepEqual(await jobDb.due(two, after, baseAtMs + 99, 10), {
          deliveries: [],
          scannedTo: after,
          nextAtMs: undefined,
        });
        assert.deepEqual(await jobDb.due(one, after, baseAtMs + 9, 10), {
          deliveries: [],
          scannedTo: after,
          nextAtMs: baseAtMs + 10,
        });
      });
    });
  });
}

/** Of the first delivery of a message, by its schedule. */
function retryOf(messageRow: number, attempt: number): DueDelivery {
  return { delivery: firstDeliveryOf(messageRow), round: 0, attempt, trigger: "scheduled" };
}

async function unattemptedOf(jobDb: JobDb, endpoint: number): Promise<readonly DeliveryNumber[]> {
  const page = await jobDb.unattempted(endpointKeyOf(endpoint), 0, 1000);
  assert.equal(page.end, true);
  return page.deliveries;
}
