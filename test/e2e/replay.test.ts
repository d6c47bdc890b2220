/** Replays through the whole program, with the official Svix client. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import {
  ApiException,
  type BackgroundTaskOut,
  BackgroundTaskStatus,
  BackgroundTaskType,
  MessageStatus,
  Svix,
} from "svix";
import { limits } from "../../src/core/limits.ts";
import { type Posthorn, startPosthorn } from "../../src/main/posthorn.ts";
import { eventually } from "./eventually.ts";
import { PathReceiver } from "./path-receiver.ts";
import { makeScratchFolder, type ScratchFolder } from "./scratch-folder.ts";

const receiver = new PathReceiver();
const since = new Date(Date.now() - 60_000);
let folder: ScratchFolder;
let posthorn: Posthorn;
let token: string;
let svix: Svix;

before(async () => {
  await receiver.start();
  folder = makeScratchFolder("replay");
  posthorn = await startPosthorn({
    data: folder.path,
    listen: "127.0.0.1:0",
    allowSubnets: ["127.0.0.0/8"],
    retrySchedule: [0.05],
    logLevel: "silent",
  });
  token = await posthorn.token();
  svix = new Svix(token, { serverUrl: posthorn.address });
});

after(async () => {
  await posthorn.stop();
  receiver.stop();
  folder.remove();
});

/** A POST of ours that the official client has no method for. */
async function post(path: string, body?: unknown): Promise<Response> {
  return fetch(`${posthorn.address}${path}`, {
    method: "POST",
    headers: {
      authorization: `Bearer ${token}`,
      ...(body === undefined ? {} : { "content-type": "application/json" }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

function untilEnded({ id }: { readonly id: string }): Promise<BackgroundTaskOut> {
  return eventually(
    () => svix.backgroundTask.get(id),
    ({ status }) => status !== BackgroundTaskStatus.Running,
  );
}

async function create(app: string, eventType: string, more: object = {}): Promise<string> {
  const { id } = await svix.message.create(app, { eventType, payload: { eventType }, ...more });
  return id;
}

const idsOf = (requests: readonly { readonly headers: Record<string, unknown> }[]) =>
  requests.map(({ headers }) => headers["webhook-id"]);

test("an endpoint that is made later is sent what it asks for, in the order of acceptance, each once", async () => {
  await svix.application.create({ name: "Late", uid: "late" });
  const wanted: string[] = [];
  for (const type of ["order.made", "order.paid", "user.born", "order.made"]) {
    const id = await create("late", type);
    if (type !== "user.born") wanted.push(id);
  }
  const eventTypes = ["order.made", "order.paid"];
  await svix.endpoint.create("late", { uid: "new", url: receiver.url("/late"), eventTypes });
  wanted.push(await create("late", "order.paid"));
  await receiver.requests("/late", 1);
  const options = { idempotencyKey: "all that it missed" };
  const task = await svix.endpoint.replayMissing("late", "new", { since }, options);
  assert.equal(task.task, BackgroundTaskType.EndpointReplay);
  assert.deepEqual(await svix.endpoint.replayMissing("late", "new", { since }, options), task);
  const { status, data } = await untilEnded(task);
  assert.equal(status, BackgroundTaskStatus.Finished);
  assert.deepEqual([data.messagesSent, data.total, data.failure], [3, null, null]);
  const requests = await receiver.requests("/late", 4);
  assert.deepEqual(idsOf(requests), [wanted[3], ...wanted.slice(0, 3)]);
  const again = await untilEnded(await svix.endpoint.replayMissing("late", "new", { since }));
  assert.equal(again.data.messagesSent, 0);
  assert.equal(receiver.count("/late"), 4);
});

test("what was delivered or has failed is sent again by a filter, with its number told before", async () => {
  await svix.application.create({ name: "Bulk", uid: "bulk" });
  await svix.endpoint.create("bulk", { uid: "main", url: receiver.url("/bulk") });
  receiver.answer("/bulk", ({ body }) => ({ status: body.includes("bad") ? 500 : 200 }));
  const good = await create("bulk", "good", { tags: ["a"] });
  const bad = await create("bulk", "bad", { tags: ["a"] });
  const other = await create("bulk", "good", { channels: ["x"] });
  await receiver.requests("/bulk", 4);
  await eventually(
    () => svix.endpoint.getStats("bulk", "main"),
    ({ success, fail }) => success === 2 && fail === 1,
  );
  receiver.answer("/bulk", () => ({ status: 200 }));
  const replay = async (filter: object): Promise<readonly unknown[]> => {
    const before = receiver.count("/bulk");
    const task = await svix.endpoint.bulkReplay("bulk", "main", { since, ...filter });
    const { task: type, data } = await untilEnded(task);
    assert.equal(type, BackgroundTaskType.EndpointBulkReplay);
    assert.equal(data.messagesSent, data.total);
    return idsOf(await receiver.requests("/bulk", before + data.total)).slice(before);
  };
  assert.deepEqual(await replay({ status: MessageStatus.Fail }), [bad]);
  assert.deepEqual(await replay({ channel: "x" }), [other]);
  assert.deepEqual(await replay({ eventTypes: ["good"], tag: "a" }), [good]);
  assert.deepEqual(await replay({ eventTypes: ["none"] }), []);
  for (const filter of [{ status: MessageStatus.Pending }, { statusCodeClass: 500 as const }]) {
    await assert.rejects(
      svix.endpoint.bulkReplay("bulk", "main", { since, ...filter }),
      (error) => error instanceof ApiException && error.code === 422,
    );
  }
  const { data } = await svix.backgroundTask.list({ task: BackgroundTaskType.EndpointBulkReplay });
  assert.equal(data.length, 4);
});

test("a long replay waits for its endpoint, and is ended by request", async () => {
  const count = 2 * limits.resendsWaitingMax;
  await svix.application.create({ name: "Long", uid: "long" });
  const message = { eventType: "order.made", payload: {} };
  for (let made = 0; made < count; made += limits.batchMessagesMax) {
    const batch = Array.from({ length: limits.batchMessagesMax }, () => message);
    assert.equal((await post("/api/v1/app/long/msg/batch", batch)).status, 202);
  }
  const slow = { uid: "slow", url: receiver.url("/long"), throttleRate: 1 };
  await svix.endpoint.create("long", slow);
  const { id } = await svix.endpoint.replayMissing("long", "slow", { since });
  const { status, data } = await eventually(
    () => svix.backgroundTask.get(id),
    (task) => task.data.messagesSent >= limits.resendsWaitingMax,
  );
  assert.equal(status, BackgroundTaskStatus.Running);
  assert.ok(data.messagesSent < count);
  const ended = await post(`/api/v1/background-task/${id}/cancel`);
  assert.equal(ended.status, 200);
  const { status: told, data: rest } = (await ended.json()) as BackgroundTaskOut;
  assert.deepEqual([told, rest.failure], [BackgroundTaskStatus.Failed, "cancelled"]);
  assert.equal((await post(`/api/v1/background-task/${id}/cancel`)).status, 200);
  assert.equal((await post("/api/v1/background-task/qtask_none/cancel")).status, 404);
  const given = await post("/api/v1/app/long/endpoint/slow/queue/cancel");
  const { cancelled, done } = (await given.json()) as {
    readonly cancelled: number;
    readonly done: boolean;
  }; // its schema
  // Of what the task has sent, some had gone out by then, one each second.
  assert.ok(cancelled > 0 && cancelled < count, String(cancelled));
  assert.ok(done);
  const { fail } = await svix.endpoint.getStats("long", "slow");
  assert.ok(fail >= cancelled);
  const failed = await svix.backgroundTask.list({ status: BackgroundTaskStatus.Failed });
  assert.deepEqual(
    failed.data.map((task) => task.id),
    [id],
  );
});
