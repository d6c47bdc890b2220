/** The whole program inside this process, as its library users have it, with the official Svix client as the producer. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Webhook } from "standardwebhooks";
import { ApiException, MessageStatus, Svix } from "svix";
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
  folder = makeScratchFolder("e2e");
  posthorn = await start();
  svix = new Svix(await posthorn.token(), { serverUrl: posthorn.address });
});

after(async () => {
  await posthorn.stop();
  receiver.stop();
  folder.remove();
});

function start(): Promise<Posthorn> {
  return startPosthorn({
    data: folder.path,
    listen: "127.0.0.1:0",
    allowSubnets: ["127.0.0.0/8"],
    retrySchedule: [0.05, 0.05, 0.05],
    logLevel: "silent",
  });
}

let applications = 0;

async function applicationWith(
  ...endpoints: { path: string; eventTypes?: string[]; channels?: string[]; disabled?: boolean }[]
) {
  applications += 1;
  const application = await svix.application.create({ name: `application ${applications}` });
  const made = [];
  for (const { path, ...rest } of endpoints) {
    made.push(await svix.endpoint.create(application.id, { url: receiver.url(path), ...rest }));
  }
  return { id: application.id, endpoints: made.map((endpoint) => endpoint.id) };
}

test("a message arrives signed, under its id, and the attempt can be read", async () => {
  const app = await applicationWith({ path: "/first" });
  const sent = await svix.message.create(app.id, {
    eventType: "user.signup",
    payload: { name: "Ada" },
  });
  const [request] = await receiver.requests("/first", 1);
  assert.ok(request !== undefined);
  assert.equal(request.headers["webhook-id"], sent.id);
  assert.equal(request.headers["content-type"], "application/json");
  const { key } = await svix.endpoint.getSecret(app.id, app.endpoints[0] ?? "");
  const verified = new Webhook(key).verify(request.body, {
    "webhook-id": sent.id,
    "webhook-timestamp": String(request.headers["webhook-timestamp"]),
    "webhook-signature": String(request.headers["webhook-signature"]),
  });
  assert.deepEqual(verified, { name: "Ada" });

  const byMessage = await eventually(
    () => svix.messageAttempt.listByMsg(app.id, sent.id, { withContent: true }),
    ({ data }) => data.length > 0,
  );
  const [attempt] = byMessage.data;
  assert.equal(attempt?.status, 0);
  assert.equal(attempt?.responseStatusCode, 200);
  assert.equal(attempt?.response, "answer 1");
  assert.equal(attempt?.msgId, sent.id);
  assert.equal(attempt?.endpointId, app.endpoints[0]);
  assert.equal(attempt?.url, receiver.url("/first"));
  const byEndpoint = await svix.messageAttempt.listByEndpoint(app.id, app.endpoints[0] ?? "", {
    withContent: true,
  });
  assert.deepEqual(byEndpoint.data, byMessage.data);
});

test("the payload arrives as the producer's own bytes: large numbers, duplicate keys, spacing, escapes", async () => {
  const app = await applicationWith({ path: "/bytes" });
  const payload = `{ "n" : 12345678901234567890123, "n":1.10,\n\t"é":"\\u00e9\\/", "__proto__": {"x":[[]]} }`;
  const answer = await fetch(`${posthorn.address}/api/v1/app/${app.id}/msg`, {
    method: "POST",
    headers: {
      authorization: `Bearer ${await posthorn.token()}`,
      "content-type": "application/json",
    },
    body: `{"payload": "first", "eventType":"a.b", "pay\\u006coad" :${payload} }`,
  });
  assert.equal(answer.status, 202);
  const [request] = await receiver.requests("/bytes", 1);
  assert.equal(request?.body.toString(), payload);
});

test("an endpoint gets what its event types and channels ask for, and no other application's messages", async () => {
  const app = await applicationWith(
    { path: "/all" },
    { path: "/typed", eventTypes: ["a.created"] },
    { path: "/channelled", channels: ["project_1"] },
  );
  const other = await applicationWith({ path: "/other" });
  const create = (id: string, eventType: string, channels?: string[]) =>
    svix.message.create(id, {
      eventType,
      payload: {},
      ...(channels === undefined ? {} : { channels }),
    });
  const created = await create(app.id, "a.created");
  const channelled = await create(app.id, "a.deleted", ["project_1", "project_2"]);
  const elsewhere = await create(other.id, "a.created", ["project_1"]);
  const idsAt = async (path: string, count: number) =>
    (await receiver.requests(path, count))
      .map((request) => String(request.headers["webhook-id"]))
      .toSorted();
  assert.deepEqual(await idsAt("/all", 2), [created.id, channelled.id].toSorted());
  assert.deepEqual(await idsAt("/other", 1), [elsewhere.id]);
  assert.deepEqual(await idsAt("/typed", 1), [created.id]);
  assert.deepEqual(await idsAt("/channelled", 1), [channelled.id]);
});

test("a failed delivery is retried with the same id until it is delivered", async () => {
  const app = await applicationWith({ path: "/flaky" });
  receiver.answer("/flaky", (_, count) => ({ status: count < 3 ? 500 : 204 }));
  const sent = await svix.message.create(app.id, { eventType: "a.b", payload: {} });
  const requests = await receiver.requests("/flaky", 3);
  assert.deepEqual(
    new Set(requests.map((request) => request.headers["webhook-id"])),
    new Set([sent.id]),
  );
  const { data } = await eventually(
    () => svix.messageAttempt.listByMsg(app.id, sent.id, { withContent: true }),
    (list) => list.data.length === 3,
  );
  assert.deepEqual(
    data.map((attempt) => attempt.responseStatusCode),
    [204, 500, 500],
  );
});

test("when the schedule is used up the delivery has failed, and nothing more is sent", async () => {
  const app = await applicationWith({ path: "/broken" });
  receiver.answer("/broken", () => ({ status: 503 }));
  const sent = await svix.message.create(app.id, { eventType: "a.b", payload: {} });
  const { data } = await eventually(
    () => svix.messageAttempt.listByMsg(app.id, sent.id, { withContent: true }),
    (list) => list.data.length === 4,
  );
  assert.deepEqual(new Set(data.map((attempt) => attempt.status)), new Set([2, 2, 2, 2]));
});

test("a redirect is a failure and is not followed", async () => {
  const app = await applicationWith({ path: "/moved" });
  receiver.answer("/moved", (_, count) =>
    count === 1 ? { status: 307, headers: { location: receiver.url("/target") } } : { status: 200 },
  );
  await svix.message.create(app.id, { eventType: "a.b", payload: {} });
  await receiver.requests("/moved", 2);
  assert.equal(receiver.count("/target"), 0);
});

test("410 disables the endpoint; what comes later is kept and not sent", async () => {
  const app = await applicationWith({ path: "/gone" });
  receiver.answer("/gone", () => ({ status: 410 }));
  await svix.message.create(app.id, { eventType: "a.b", payload: {} });
  const endpoint = await eventually(
    () => svix.endpoint.get(app.id, app.endpoints[0] ?? ""),
    ({ disabled }) => disabled === true,
  );
  assert.equal(endpoint.disabled, true);
  const late = await svix.message.create(app.id, { eventType: "a.b", payload: { late: true } });
  assert.deepEqual((await svix.message.get(app.id, late.id, { withContent: true })).payload, {
    late: true,
  });
  assert.equal(receiver.count("/gone"), 1);
});

test("lists come newest first, in pages, in both directions", async () => {
  const app = await applicationWith();
  const ids: string[] = [];
  for (let index = 0; index < 5; index += 1) {
    ids.unshift(
      (await svix.message.create(app.id, { eventType: `e.${index % 2}`, payload: { index } })).id,
    );
  }
  const first = await svix.message.list(app.id, { limit: 2 });
  assert.deepEqual(
    first.data.map((message) => message.id),
    ids.slice(0, 2),
  );
  assert.equal(first.done, false);
  const second = await svix.message.list(app.id, { limit: 2, iterator: first.iterator ?? "" });
  assert.deepEqual(
    second.data.map((message) => message.id),
    ids.slice(2, 4),
  );
  const back = await svix.message.list(app.id, { limit: 2, iterator: second.prevIterator ?? "" });
  assert.deepEqual(
    back.data.map((message) => message.id),
    ids.slice(0, 2),
  );
  const last = await svix.message.list(app.id, { limit: 2, iterator: second.iterator ?? "" });
  assert.deepEqual(
    last.data.map((message) => message.id),
    ids.slice(4),
  );
  assert.equal(last.done, true);
  const typed = await svix.message.list(app.id, { eventTypes: ["e.1"] });
  assert.deepEqual(
    typed.data.map((message) => message.id),
    [ids[1], ids[3]],
  );
});

test("an endpoint's URL that must not be called is refused with the reason", async () => {
  const app = await applicationWith();
  for (const url of [
    "http://169.254.169.254/latest",
    "http://10.0.0.1/",
    "ftp://example.com/",
    "http://localhost/",
  ]) {
    await assert.rejects(
      svix.endpoint.create(app.id, { url }),
      (error) =>
        error instanceof ApiException &&
        error.code === 422 &&
        JSON.stringify(error.body).includes("url"),
    );
  }
});

test("another organisation's token sees nothing of this one", async () => {
  const app = await applicationWith({ path: "/mine" });
  const stranger = new Svix(await posthorn.token("org_other"), { serverUrl: posthorn.address });
  for (const call of [
    () => stranger.application.get(app.id),
    () => stranger.endpoint.list(app.id),
    () => stranger.message.create(app.id, { eventType: "a.b", payload: {} }),
  ]) {
    await assert.rejects(call(), (error) => error instanceof ApiException && error.code === 404);
  }
  assert.deepEqual((await stranger.application.list()).data, []);
});

test("a server stopped and started again goes on: history, retries and endpoints are there", async () => {
  const app = await applicationWith({ path: "/across" });
  let broken = true;
  receiver.answer("/across", () => ({ status: broken ? 500 : 200 }));
  const sent = await svix.message.create(app.id, { eventType: "a.b", payload: { kept: true } });
  await receiver.requests("/across", 1);
  await posthorn.stop();
  broken = false;
  posthorn = await start();
  svix = new Svix(await posthorn.token(), { serverUrl: posthorn.address });
  assert.deepEqual((await svix.message.get(app.id, sent.id, { withContent: true })).payload, {
    kept: true,
  });
  const { data } = await eventually(
    () => svix.messageAttempt.listByMsg(app.id, sent.id, { withContent: true }),
    (list) => list.data[0]?.status === MessageStatus.Success,
  );
  assert.ok(data.length >= 2);
});

test("a second server on the same data folder is refused in one clear line, and the first goes on", async () => {
  await assert.rejects(start(), { name: "PosthornError", code: "data_locked" });
  const answer = await fetch(`${posthorn.address}/api/v1/health/ping`);
  assert.equal(answer.status, 204);
});

test("settings that make no sense are all told at once and nothing starts", async () => {
  await assert.rejects(startPosthorn({ listen: "nowhere", directors: 0 }), {
    code: "config_invalid",
    message: /--listen: .*\n--directors: /,
  });
});
