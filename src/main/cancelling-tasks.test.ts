import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import {
  attemptOf,
  commitOf,
  firstDeliveryOf,
  messageTo,
} from "../../test/conformance/job-db-rows.ts";
import { scratchTasks } from "../../test/conformance/scratch-tasks.ts";
import { messageRowOf } from "../core/delivery.ts";
import type { EndpointKey } from "../core/ids.ts";
import { limits } from "../core/limits.ts";
import type { MessagePlace, Queues } from "../director/facade.ts";

const type = "endpoint.cancel" as const;

/** Messages of which every second one is of the type `a`, all waiting, and a Director's stand-in for them. */
async function waitingTasks(t: TestContext, count: number) {
  const world = await scratchTasks(t, 0);
  const { jobDb, endpoint, control, start, begin } = world;
  const rows = Array.from({ length: count }, (_, index) => index + 1);
  const messages = rows.map((row) =>
    messageTo([endpoint.key], row, { eventType: row % 2 === 1 ? "a" : "b" }),
  );
  await jobDb.commit(commitOf({ messages }));
  const cancelled: number[] = [];
  /** Messages whose attempt is under way, and those of them that are given up. */
  const [underWay, ending] = [new Set<number>(), new Set<number>()];
  let attempts = 0;
  const settle = async (row: number, settlement: "cancelled" | "delivered"): Promise<void> => {
    attempts += 1;
    const attempt = attemptOf(firstDeliveryOf(row), endpoint.key, attempts, { settlement });
    await jobDb.commit(commitOf({ attempts: [attempt] }));
    for (const set of [underWay, ending]) set.delete(row);
  };
  const queues: Pick<Queues, "cancelMessages"> = {
    cancelMessages: async (key: EndpointKey, asked: readonly MessagePlace[]) => {
      const waiting = await jobDb.waiting(
        key,
        asked.map(({ row }) => row),
      );
      const found = waiting.map(({ delivery }) => messageRowOf(delivery));
      for (const row of found.filter((each) => underWay.has(each))) ending.add(row);
      const given = found.filter((row) => !underWay.has(row));
      for (const row of given) await settle(row, "cancelled");
      cancelled.push(...given);
      return { cancelled: given.length, ending: ending.size };
    },
  };
  const startCancelling = (writer: Parameters<typeof start>[0] = control) =>
    start(writer, undefined, queues);
  const beginCancelling = (filter: object = { eventTypes: ["a"] }) => begin({ type, filter });
  return { ...world, cancelled, underWay, settle, startCancelling, beginCancelling };
}

const odd = (count: number) => Array.from({ length: count / 2 }, (_, index) => 2 * index + 1);

test("what waits and matches is cancelled page by page, in the order of acceptance, and nothing else", async (t) => {
  const count = 4 * limits.taskMessagesTogether + 2;
  const { cancelled, resent, startCancelling, beginCancelling, taskOf } = await waitingTasks(
    t,
    count,
  );
  const { id } = await beginCancelling();
  await startCancelling().wake();
  assert.deepEqual(cancelled, odd(count));
  const { status, done, examined } = taskOf(id);
  assert.deepEqual([status, done, examined], ["finished", count / 2, count / 2]);
  await beginCancelling({});
  await startCancelling().wake();
  assert.equal(cancelled.length, count);
  assert.deepEqual(resent, []);
});

test("a run that ends between a cancellation and its cursor is gone on with, and nothing is cancelled twice", async (t) => {
  const count = 2 * limits.taskMessagesTogether + 4;
  const { cancelled, startCancelling, beginCancelling, taskOf } = await waitingTasks(t, count);
  const { id } = await beginCancelling();
  await startCancelling({
    advanceTask: () => Promise.reject(new Error("the process died")),
  }).wake();
  assert.equal(cancelled.length, limits.taskMessagesTogether);
  assert.equal(taskOf(id).cursor, undefined);
  await startCancelling().wake();
  assert.deepEqual(cancelled, odd(count));
  assert.equal(taskOf(id).status, "finished");
});

test("what is under way does not hold up the rest, but the end", async (t) => {
  const count = 4 * limits.taskMessagesTogether;
  const { cancelled, underWay, settle, timers, startCancelling, beginCancelling, taskOf } =
    await waitingTasks(t, count);
  underWay.add(3);
  const { id } = await beginCancelling();
  const runner = startCancelling();
  await runner.wake();
  assert.deepEqual(
    cancelled,
    odd(count).filter((row) => row !== 3),
  );
  const { status, done, cursor } = taskOf(id);
  assert.deepEqual([status, done, cursor], ["running", count / 2 - 1, undefined]);
  assert.ok(timers.length > 0, "it is looked at again");
  await runner.wake();
  assert.equal(taskOf(id).status, "running");
  await settle(3, "delivered");
  await runner.wake();
  assert.equal(taskOf(id).status, "finished");
});

test("what was under way when the process died is cancelled by the next run", async (t) => {
  const count = 4 * limits.taskMessagesTogether;
  const { cancelled, underWay, startCancelling, beginCancelling, taskOf } = await waitingTasks(
    t,
    count,
  );
  underWay.add(1).add(count - 1);
  const { id } = await beginCancelling();
  await startCancelling().wake();
  assert.equal(taskOf(id).status, "running");
  underWay.clear(); // no outcome is recorded
  await startCancelling().wake();
  assert.deepEqual(
    cancelled.toSorted((left, right) => left - right),
    odd(count),
  );
  assert.equal(taskOf(id).status, "finished");
});

test("an abort ends it after the step under way; a deleted endpoint ends it at once", async (t) => {
  const count = 6 * limits.taskMessagesTogether;
  const { control, endpoint, cancelled, startCancelling, beginCancelling, taskOf } =
    await waitingTasks(t, count);
  const { id } = await beginCancelling();
  await startCancelling({
    advanceTask: async (key, progress) => {
      await control.advanceTask(key, progress);
      await control.cancelTask("org", id);
    },
  }).wake();
  assert.equal(cancelled.length, limits.taskMessagesTogether);
  assert.deepEqual([taskOf(id).status, taskOf(id).done], ["cancelled", cancelled.length]);
  const other = await beginCancelling();
  await control.deleteEndpoint(endpoint.key);
  await startCancelling().wake();
  assert.deepEqual(
    [taskOf(other.id).status, taskOf(other.id).failure],
    ["failed", "endpoint_deleted"],
  );
  assert.equal(cancelled.length, limits.taskMessagesTogether);
});
