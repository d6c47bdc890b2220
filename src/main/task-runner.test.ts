import assert from "node:assert/strict";
import { test } from "node:test";
import {
  attemptOf,
  commitOf,
  firstDeliveryOf,
  messageTo,
} from "../../test/conformance/job-db-rows.ts";
import { newApplication, newEndpoint } from "../../test/conformance/new-control-rows.ts";
import { scratchTasks } from "../../test/conformance/scratch-tasks.ts";
import type { NewTask } from "../control/entities.ts";
import { PosthornError } from "../core/errors.ts";
import { limits } from "../core/limits.ts";

test("everything that has failed is sent again once, page by page, in the order of acceptance", async (t) => {
  const count = 2 * limits.taskMessagesTogether + 3;
  const { rows, resent, start, begin, taskOf } = await scratchTasks(t, count);
  const { id } = await begin();
  await start().wake();
  assert.deepEqual(resent, rows);
  const { status, done: told } = taskOf(id);
  assert.deepEqual([status, told], ["finished", count]);
});

test("what was erased, delivered by hand, or is on its way again is left out", async (t) => {
  const { jobDb, endpoint, resent, start, begin } = await scratchTasks(t, 4);
  await jobDb.erasePayload(1);
  const manual = { round: 1, trigger: "manual", settlement: "delivered" } as const;
  const { key } = endpoint;
  const atMs = 1;
  await jobDb.commit(
    commitOf({
      resends: [
        { messageRow: 2, endpoint: key, trigger: "manual", atMs, asker: undefined },
        { messageRow: 3, endpoint: key, trigger: "scheduled", atMs, asker: undefined },
      ],
      attempts: [attemptOf(firstDeliveryOf(2), key, 5, manual)],
    }),
  );
  await begin();
  await start().wake();
  assert.deepEqual(resent, [4]);
});

test("a run that ends between resends and cursor sends nothing twice in the next, even if it failed again", async (t) => {
  const { control, jobDb, endpoint, rows, resent, start, begin, taskOf } = await scratchTasks(t, 5);
  const { id } = await begin();
  const dying = { advanceTask: () => Promise.reject(new Error("the process died")) };
  await start(dying).wake();
  assert.deepEqual(resent, rows);
  assert.equal(taskOf(id).cursor, undefined);
  // The first of them has been through its schedule by the time of the next run.
  const again = { round: 1, settlement: "exhausted" } as const;
  await jobDb.commit(
    commitOf({ attempts: [attemptOf(firstDeliveryOf(1), endpoint.key, 6, again)] }),
  );
  await start(control).wake();
  assert.deepEqual(resent, rows);
  assert.equal(taskOf(id).status, "finished");
});

test("what may pass is tried again later, from where it stood", async (t) => {
  const { control, rows, resent, resend, timers, failures, start, begin, taskOf } =
    await scratchTasks(t, 3);
  const { id } = await begin();
  let isOverloaded = true;
  const runner = start(control, {
    resend: async (resends) => {
      if (isOverloaded) throw new PosthornError("overloaded", "not now");
      await resend(resends);
    },
  });
  await runner.wake();
  await runner.wake();
  assert.equal(failures.length, 1, "told once");
  assert.equal(taskOf(id).status, "running");
  isOverloaded = false;
  timers.at(-1)?.();
  await runner.wake();
  assert.deepEqual(resent, rows);
  assert.equal(taskOf(id).status, "finished");
});

test("a recovery of an endpoint that is deleted meanwhile has failed", async (t) => {
  const { control, endpoint, resent, start, begin, taskOf } = await scratchTasks(t, 3);
  const { id } = await begin();
  await control.deleteEndpoint(endpoint.key);
  await start().wake();
  assert.deepEqual(resent, []);
  const { status, failure } = taskOf(id);
  assert.deepEqual([status, failure], ["failed", "endpoint_deleted"]);
});

test("an endpoint that was made later is sent what it asks for now, once, and not what it had by hand", async (t) => {
  const { control, application, jobDb, resent, start, begin, taskOf } = await scratchTasks(t, 1);
  const asks = newEndpoint({ eventTypes: ["a", "b"], channels: ["x"] });
  const { key } = await control.createEndpoint(application.key, asks);
  const manual = { trigger: "manual", atMs: 1, asker: undefined } as const;
  await jobDb.commit(
    commitOf({
      messages: [
        messageTo([], 2, { eventType: "a", channels: ["x", "y"] }),
        messageTo([], 3, { eventType: "a" }),
        messageTo([], 4, { eventType: "c", channels: ["x"] }),
        messageTo([], 5, { eventType: "b", channels: ["x"] }),
        messageTo([], 6, { eventType: "a", channels: ["x"] }),
        messageTo([], 7, {
          eventType: "a",
          channels: ["x"],
          recipients: [{ endpoint: key, skipped: true }],
        }),
        messageTo([key], 8, { eventType: "a", channels: ["x"] }),
      ],
      resends: [
        { messageRow: 5, endpoint: key, ...manual },
        { messageRow: 6, endpoint: key, ...manual },
      ],
      attempts: [
        attemptOf(firstDeliveryOf(5), key, 2, { round: 1, ...manual, settlement: "delivered" }),
        attemptOf(firstDeliveryOf(6), key, 3, { round: 2, ...manual }),
      ],
    }),
  );
  const { id } = await begin({ type: "endpoint.replay" }, key);
  await start().wake();
  assert.deepEqual(resent, [2, 6, 7]);
  const { status, done: sent, examined } = taskOf(id);
  assert.deepEqual([status, sent, examined], ["finished", 3, 4]);
  await begin({ type: "endpoint.replay" }, key);
  await start().wake();
  assert.deepEqual(resent, [2, 6, 7], "what is on its way is not missing any more");
});

test("a replay of what is missing that is cut off between resends and cursor sends nothing twice", async (t) => {
  const { control, application, resent, rows, start, begin, taskOf } = await scratchTasks(t, 5);
  const { key } = await control.createEndpoint(application.key, newEndpoint());
  const { id } = await begin({ type: "endpoint.replay" }, key);
  await start({ advanceTask: () => Promise.reject(new Error("the process died")) }).wake();
  assert.deepEqual(resent, rows);
  await start().wake();
  assert.deepEqual(resent, rows);
  assert.equal(taskOf(id).status, "finished");
});

test("a bulk replay sends what its filter says, delivered or failed, and leaves what waits", async (t) => {
  const { jobDb, endpoint, resent, start, begin, taskOf } = await scratchTasks(t, 1);
  const { key } = endpoint;
  const delivered = { settlement: "delivered", statusCode: 200 } as const;
  await jobDb.commit(
    commitOf({
      messages: [
        messageTo([key], 2, { eventType: "a", tags: ["p"] }),
        messageTo([key], 3, { eventType: "a" }),
        messageTo([key], 4, { eventType: "a", tags: ["p"] }),
        messageTo([key], 5, { eventType: "b", channels: ["x"] }),
      ],
      attempts: [2, 3, 5].map((row, index) =>
        attemptOf(firstDeliveryOf(row), key, 2 + index, delivered),
      ),
    }),
  );
  const replay = async (filter: NewTask["filter"]): Promise<readonly number[]> => {
    const before = resent.length;
    const { id } = await begin({ type: "endpoint.bulk-replay", filter });
    await start().wake();
    assert.equal(taskOf(id).status, "finished");
    return resent.slice(before);
  };
  assert.deepEqual(await replay({ eventTypes: ["a"], tag: "p" }), [2]);
  assert.deepEqual(await replay({ state: "failed" }), [1]);
  assert.deepEqual(await replay({ channel: "x", state: "delivered" }), [5]);
  assert.deepEqual(await replay({ channel: "y" }), []);
});

test("organisations take turns by the step", async (t) => {
  const { control, jobDb, endpoint, start, begin } = await scratchTasks(t, 0);
  const { application } = await control.createApplication("other", newApplication(), false);
  const other = await control.createEndpoint(application.key, newEndpoint());
  const count = 2 * limits.taskMessagesTogether;
  const rows = Array.from({ length: count }, (_, index) => index + 1);
  const exhausted = { settlement: "exhausted" } as const;
  await jobDb.commit(
    commitOf({
      messages: rows.map((row) => messageTo([endpoint.key, other.key], row)),
      attempts: rows.flatMap((row) => [
        attemptOf(firstDeliveryOf(row), endpoint.key, 2 * row - 1, exhausted),
        attemptOf(firstDeliveryOf(row) + 1, other.key, 2 * row, exhausted),
      ]),
    }),
  );
  await begin();
  await begin();
  await begin({}, other.key);
  const steps: number[] = [];
  await start(control, {
    resend: async ([first]) => {
      steps.push(first?.endpoint ?? 0);
    },
  }).wake();
  const [mine, theirs] = [endpoint.key, other.key];
  assert.deepEqual(steps, [mine, theirs, mine, theirs, mine, mine]);
});

test("a task waits while many resends have not begun at its endpoint, and goes on when they have", async (t) => {
  const most = limits.resendsWaitingMax;
  const count = most + 2;
  const { jobDb, endpoint, rows, resent, timers, start, begin, taskOf } = await scratchTasks(
    t,
    count,
  );
  const { id } = await begin();
  const runner = start();
  await runner.wake();
  assert.equal(resent.length, most);
  assert.deepEqual([taskOf(id).status, timers.length], ["running", 1]);
  await runner.wake();
  assert.equal(resent.length, most);
  const { key } = endpoint;
  const begun = { settlement: "delivered" } as const;
  await jobDb.commit(
    commitOf({
      attempts: [attemptOf(firstDeliveryOf(1), key, count + 1, { round: 1, ...begun })],
    }),
  );
  timers.at(-1)?.();
  await runner.wake();
  assert.deepEqual(resent, rows);
  assert.equal(taskOf(id).status, "finished");
});

test("a cancelled task does no further step, and says what it has done", async (t) => {
  const together = limits.taskMessagesTogether;
  const { control, rows, resent, resend, start, begin, taskOf } = await scratchTasks(
    t,
    3 * together,
  );
  const { id } = await begin();
  await start(control, {
    resend: async (resends) => {
      await resend(resends);
      await control.cancelTask("org", id);
    },
  }).wake();
  assert.deepEqual(resent, rows.slice(0, together));
  const { status, done: told } = taskOf(id);
  assert.deepEqual([status, told], ["cancelled", together]);
});

test("after its end a runner begins nothing", async (t) => {
  const { resent, start, begin } = await scratchTasks(t, 3);
  await begin();
  const runner = start();
  await runner.stop();
  await runner.wake();
  assert.deepEqual(resent, []);
});
