/** What became of messages, as the official Svix client reads it from the whole program, after a restart. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { ApiException, MessageStatus, Svix } from "svix";
import { type Posthorn, startPosthorn } from "../../src/main/posthorn.ts";
import { makeScratchFolder, type ScratchFolder } from "./scratch-folder.ts";
import { within } from "./within.ts";

/** Answers 500 under /broken, 200 elsewhere. */
const receiver = createServer((request, response) => {
  request.resume();
  request.on("end", () => {
    response.writeHead(request.url === "/broken" ? 500 : 200).end("seen");
    arrivals += 1;
    if (arrivals === expectedArrivals) allArrived.resolve();
  });
});
let arrivals = 0;
/** Three messages for two endpoints that are not disabled, each attempted once. */
const expectedArrivals = 6;
const allArrived = Promise.withResolvers<void>();

const names = ["works", "broken", "disabled"] as const;
const messages: string[] = [];
let folder: ScratchFolder;
let posthorn: Posthorn;
let svix: Svix;

async function start(): Promise<void> {
  posthorn = await startPosthorn({
    data: folder.path,
    listen: "127.0.0.1:0",
    allowSubnets: ["127.0.0.0/8"],
    retrySchedule: [3_600],
    logLevel: "silent",
  });
  svix = new Svix(await posthorn.token(), { serverUrl: posthorn.address });
}

before(async () => {
  await once(receiver.listen(0, "127.0.0.1"), "listening");
  const address = receiver.address();
  assert.ok(typeof address === "object" && address !== null);
  folder = makeScratchFolder("delivery-history");
  await start();
  await svix.application.create({ name: "Orders", uid: "orders" });
  for (const uid of names) {
    const url = `http://127.0.0.1:${address.port}/${uid}`;
    await svix.endpoint.create("orders", { url, uid, disabled: uid === "disabled" });
  }
  for (const number of [1, 2, 3]) {
    const { id } = await svix.message.create("orders", {
      eventType: number === 3 ? "order.paid" : "order.made",
      eventId: `order-${number}`,
      payload: { number },
    });
    messages.push(id);
  }
  await within(allArrived.promise, 20_000, "all attempts");
  await posthorn.stop();
  await start();
});

after(async () => {
  await posthorn.stop();
  receiver.close();
  receiver.closeAllConnections();
  folder.remove();
});

test("the destinations of a message have their status and when the next attempt is due", async () => {
  const { data, done } = await svix.messageAttempt.listAttemptedDestinations("orders", "order-1");
  assert.equal(done, true);
  assert.deepEqual(
    data.map(({ uid, status, nextAttempt }) => [uid, status, nextAttempt instanceof Date]),
    [
      ["works", MessageStatus.Success, false],
      ["broken", MessageStatus.Pending, true],
      ["disabled", MessageStatus.Fail, false],
    ],
  );
});

test("an endpoint's messages are listed newest first, by pages and narrowed by status and event type", async () => {
  const list = svix.messageAttempt.listAttemptedMessages.bind(svix.messageAttempt, "orders");
  const first = await list("broken", { limit: 2, withContent: true });
  const iterator = first.iterator ?? undefined;
  const second = await list("broken", { limit: 2, ...(iterator && { iterator }) });
  assert.deepEqual(
    [...first.data, ...second.data].map(({ id, status }) => [id, status]),
    messages.toReversed().map((id) => [id, MessageStatus.Pending]),
  );
  assert.deepEqual(first.data[1]?.payload, { number: 2 });
  assert.deepEqual((await list("works", { status: MessageStatus.Pending })).data, []);
  const paid = await list("disabled", { status: MessageStatus.Fail, eventTypes: ["order.paid"] });
  assert.deepEqual(
    paid.data.map(({ eventId }) => eventId),
    ["order-3"],
  );
});

test("an endpoint's messages are counted by status", async () => {
  const none = { success: 0, pending: 0, sending: 0, fail: 0, canceled: 0 };
  assert.deepEqual(await svix.endpoint.getStats("orders", "works"), { ...none, success: 3 });
  assert.deepEqual(await svix.endpoint.getStats("orders", "broken"), { ...none, pending: 3 });
  assert.deepEqual(await svix.endpoint.getStats("orders", "disabled"), { ...none, fail: 3 });
  const until = new Date(Date.now() - 3_600_000);
  assert.deepEqual(await svix.endpoint.getStats("orders", "works", { until }), none);
});

test("an attempt is found by its id, with its message's id or event id", async () => {
  const { data } = await svix.messageAttempt.listByMsg("orders", "order-2", {
    endpointId: "broken",
    withContent: true,
  });
  const [attempt] = data;
  assert.ok(attempt !== undefined);
  for (const message of [messages[1] ?? "", "order-2"]) {
    const found = await svix.messageAttempt.get("orders", message, attempt.id);
    assert.deepEqual(found, attempt);
    assert.equal(found.response, "seen");
  }
  const wrong = svix.messageAttempt.get("orders", "order-1", attempt.id);
  await assert.rejects(
    wrong,
    (error: unknown) => error instanceof ApiException && error.code === 404,
  );
});

test("an event id that was used before a restart is refused, and of twins one is accepted", async () => {
  const create = (eventId: string) =>
    svix.message.create("orders", { eventType: "order.made", eventId, payload: {} });
  const isConflict = (error: unknown) => error instanceof ApiException && error.code === 409;
  await assert.rejects(create("order-1"), isConflict);
  const twins = await Promise.allSettled(Array.from({ length: 8 }, () => create("order-4")));
  const refused = twins.flatMap((each) => (each.status === "rejected" ? [each.reason] : []));
  assert.equal(refused.length, 7);
  assert.ok(refused.every(isConflict));
});
