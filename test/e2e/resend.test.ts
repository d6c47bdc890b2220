/** Sending again, sending examples and erasing, through the whole program, with the official Svix client. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { ApiException, BackgroundTaskStatus, BackgroundTaskType, MessageStatus, Svix } from "svix";
import { type Posthorn, startPosthorn } from "../../src/main/posthorn.ts";
import { eventually } from "./eventually.ts";
import { PathReceiver } from "./path-receiver.ts";
import { makeScratchFolder, type ScratchFolder } from "./scratch-folder.ts";

const receiver = new PathReceiver();
let folder: ScratchFolder;
let posthorn: Posthorn;
let svix: Svix;

before(async () => {
  await receiver.start();
  folder = makeScratchFolder("resend");
  await start([0.05]);
});

after(async () => {
  await posthorn.stop();
  receiver.stop();
  folder.remove();
});

async function start(retrySchedule: readonly number[]): Promise<void> {
  posthorn = await startPosthorn({
    data: folder.path,
    listen: "127.0.0.1:0",
    allowSubnets: ["127.0.0.0/8"],
    retrySchedule,
    logLevel: "silent",
  });
  svix = new Svix(await posthorn.token(), { serverUrl: posthorn.address });
}

async function failsWith(code: number, call: Promise<unknown>): Promise<void> {
  await assert.rejects(call, (error) => error instanceof ApiException && error.code === code);
}

/** An application of this uid, with an endpoint `main` at the path of the same name. */
async function applicationAt(name: string, disabled = false): Promise<string> {
  await svix.application.upsert(name, { name });
  await svix.endpoint.upsert(name, "main", { url: receiver.url(`/${name}`), disabled });
  return `/${name}`;
}

function create(app: string, payload: object): Promise<{ readonly id: string }> {
  return svix.message.create(app, { eventType: "order.made", payload });
}

/** Where the message stands at the endpoint, once it stands so. */
function untilStatus(app: string, message: string, status: MessageStatus) {
  return eventually(
    () => svix.messageAttempt.listAttemptedDestinations(app, message),
    ({ data }) => data.length > 0 && data.every((each) => each.status === status),
  );
}

const idsOf = (requests: readonly { readonly headers: Record<string, unknown> }[]) =>
  requests.map(({ headers }) => headers["webhook-id"]);

test("a message that was given up on is sent again by hand, under its id, and is delivered then", async () => {
  const path = await applicationAt("again");
  receiver.answer(path, () => ({ status: 500 }));
  const { id } = await create("again", { a: 1 });
  await untilStatus("again", id, MessageStatus.Fail);
  const before = receiver.count(path);
  receiver.answer(path, () => ({ status: 200 }));
  await svix.messageAttempt.resend("again", id, "main");
  await untilStatus("again", id, MessageStatus.Success);
  const requests = await receiver.requests(path, before + 1);
  assert.deepEqual(new Set(idsOf(requests)), new Set([id]));
  assert.equal(requests.at(-1)?.body.toString(), '{"a":1}');
  const { data } = await svix.messageAttempt.listByMsg("again", id);
  assert.deepEqual(
    data.map(({ triggerType, status }) => [triggerType, status]),
    [
      [1, 0],
      [0, 2],
      [0, 2],
    ],
  );
});

test("a manual attempt that fails leaves the retries that are planned", async () => {
  const path = await applicationAt("planned");
  // The first answer plans a retry after a second, which is long enough for the manual attempt to come before it.
  receiver.answer(path, (_, count) =>
    count === 3
      ? { status: 200 }
      : { status: 503, headers: { "retry-after": count === 1 ? "1" : "0" } },
  );
  const { id } = await create("planned", {});
  await receiver.requests(path, 1);
  await svix.messageAttempt.resend("planned", id, "main");
  await untilStatus("planned", id, MessageStatus.Success);
  const { data } = await svix.messageAttempt.listByMsg("planned", id);
  assert.deepEqual(
    data.map(({ triggerType, responseStatusCode }) => [triggerType, responseStatusCode]),
    [
      [0, 200],
      [1, 503],
      [0, 503],
    ],
  );
});

test("a message can be sent to an endpoint that it was not for", async () => {
  await applicationAt("wider");
  const { id } = await create("wider", { late: true });
  await svix.endpoint.upsert("wider", "new", { url: receiver.url("/wider-new") });
  await svix.messageAttempt.resend("wider", id, "new");
  const [request] = await receiver.requests("/wider-new", 1);
  assert.equal(request?.headers["webhook-id"], id);
  const { data } = await eventually(
    () => svix.messageAttempt.listAttemptedDestinations("wider", id),
    (list) =>
      list.data.length === 2 && list.data.every(({ status }) => status === MessageStatus.Success),
  );
  assert.equal(data.length, 2);
});

test("a resend for an idempotency key happens once, also after a restart", async () => {
  const path = await applicationAt("keyed");
  const { id } = await create("keyed", {});
  await receiver.requests(path, 1);
  const options = { idempotencyKey: "resend-1" };
  await Promise.all([
    svix.messageAttempt.resend("keyed", id, "main", options),
    svix.messageAttempt.resend("keyed", id, "main", options),
  ]);
  await receiver.requests(path, 2);
  await posthorn.stop();
  await start([0.05]);
  await svix.messageAttempt.resend("keyed", id, "main", options);
  await svix.messageAttempt.resend("keyed", id, "main", { idempotencyKey: "resend-2" });
  const requests = await receiver.requests(path, 3);
  assert.equal(requests.length, 3);
  const { data } = await eventually(
    () => svix.messageAttempt.listByMsg("keyed", id),
    (list) => list.data.length === 3,
  );
  assert.deepEqual(
    data.map(({ triggerType }) => triggerType),
    [1, 1, 0],
  );
});

test("what came for a disabled endpoint, and what has failed, is recovered by a task that can be watched", async () => {
  const path = await applicationAt("recover");
  receiver.answer(path, () => ({ status: 500 }));
  const since = new Date(Date.now() - 60_000);
  const failed = await create("recover", { n: 1 });
  await untilStatus("recover", failed.id, MessageStatus.Fail);
  await svix.endpoint.patch("recover", "main", { disabled: true });
  const skipped = await create("recover", { n: 2 });
  await failsWith(409, svix.endpoint.recover("recover", "main", { since }));
  await failsWith(409, svix.messageAttempt.resend("recover", skipped.id, "main"));
  receiver.answer(path, () => ({ status: 200 }));
  await svix.endpoint.patch("recover", "main", { disabled: false });
  const delivered = await create("recover", { n: 3 });
  await untilStatus("recover", delivered.id, MessageStatus.Success);
  const before = receiver.count(path);
  const task = await svix.endpoint.recover("recover", "main", { since });
  assert.equal(task.task, BackgroundTaskType.EndpointRecover);
  const finished = await eventually(
    () => svix.backgroundTask.get(task.id),
    ({ status }) => status === BackgroundTaskStatus.Finished,
  );
  assert.equal(finished.data.messagesSent, 2);
  const requests = await receiver.requests(path, before + 2);
  assert.deepEqual(idsOf(requests.slice(before)), [failed.id, skipped.id]);
  for (const { id } of [failed, skipped]) await untilStatus("recover", id, MessageStatus.Success);
  const { data } = await svix.backgroundTask.list();
  assert.deepEqual(
    data.map(({ id }) => id),
    [task.id],
  );
  await failsWith(
    422,
    svix.endpoint.recover("recover", "main", { since: new Date(Date.now() + 60_000) }),
  );
});

test("what is recovered and fails again goes through the whole schedule", async () => {
  const path = await applicationAt("twice");
  receiver.answer(path, () => ({ status: 500 }));
  const { id } = await create("twice", {});
  await untilStatus("twice", id, MessageStatus.Fail);
  assert.equal(receiver.count(path), 2);
  receiver.answer(path, (_, count) => ({ status: count === 4 ? 200 : 500 }));
  await svix.endpoint.recover("twice", "main", { since: new Date(Date.now() - 60_000) });
  await untilStatus("twice", id, MessageStatus.Success);
  assert.equal(receiver.count(path), 4);
});

test("an example of an event type goes to one endpoint alone, whatever that asks for", async () => {
  const path = await applicationAt("example");
  await svix.endpoint.upsert("example", "other", { url: receiver.url("/example-other") });
  await svix.eventType.create({
    name: "invoice.paid",
    description: "Paid",
    schemas: {
      "1": { type: "object", properties: { old: { type: "boolean" } } },
      "2": {
        type: "object",
        properties: { amount: { type: "integer" }, currency: { examples: ["EUR"] } },
      },
    },
  });
  const sent = await svix.endpoint.sendExample("example", "main", { eventType: "invoice.paid" });
  assert.deepEqual(sent.payload, { amount: 1, currency: "EUR" });
  const [request] = await receiver.requests(path, 1);
  assert.deepEqual(JSON.parse(String(request?.body)), sent.payload);
  assert.equal(request?.headers["webhook-id"], sent.id);
  assert.equal(receiver.count("/example-other"), 0);
  await failsWith(404, svix.endpoint.sendExample("example", "main", { eventType: "never.made" }));
});

test("an erased payload is told as such, is not sent again, and its retry is cancelled", async () => {
  const path = await applicationAt("erased");
  receiver.answer(path, () => ({ status: 503, headers: { "retry-after": "1" } }));
  const { id } = await create("erased", { secret: "hunter2" });
  await receiver.requests(path, 1);
  await svix.message.expungeContent("erased", id);
  assert.deepEqual((await svix.message.get("erased", id, { withContent: true })).payload, {
    expired: true,
  });
  await failsWith(409, svix.messageAttempt.resend("erased", id, "main"));
  await untilStatus("erased", id, MessageStatus.Fail);
  assert.equal(receiver.count(path), 1);
  const { data } = await svix.messageAttempt.listByMsg("erased", id, { withContent: true });
  const [cancelled, answered] = data;
  assert.match(cancelled?.response ?? "", /erased/);
  assert.equal(answered?.response, "answer 1");
  await svix.messageAttempt.expungeContent("erased", id, answered?.id ?? "");
  assert.equal((await svix.messageAttempt.get("erased", id, answered?.id ?? "")).response, "");
  await failsWith(404, svix.messageAttempt.expungeContent("erased", id, "atmpt_none"));
});
