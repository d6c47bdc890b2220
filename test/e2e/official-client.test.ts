/** The official Svix client over every operation of Svix's contract, each answered with success, as a proxy between sees it. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Svix } from "svix";
import { type Posthorn, startPosthorn } from "../../src/main/posthorn.ts";
import { svixContract } from "../api/contract.ts";
import { eventually } from "./eventually.ts";
import { PathReceiver } from "./path-receiver.ts";
import { RecordingProxy } from "./recording-proxy.ts";
import { makeScratchFolder, type ScratchFolder } from "./scratch-folder.ts";

const receiver = new PathReceiver();
let folder: ScratchFolder;
let posthorn: Posthorn;
let proxy: RecordingProxy;
let svix: Svix;
let serverUrl: string;

before(async () => {
  await receiver.start();
  folder = makeScratchFolder("official");
  posthorn = await startPosthorn({
    data: folder.path,
    listen: "127.0.0.1:0",
    allowSubnets: ["127.0.0.0/8"],
    logLevel: "silent",
  });
  proxy = new RecordingProxy(posthorn.address);
  serverUrl = await proxy.start();
  svix = new Svix(await posthorn.token(), { serverUrl });
});

after(async () => {
  proxy.stop();
  await posthorn.stop();
  receiver.stop();
  folder.remove();
});

const app = "shop";
const since = new Date(Date.now() - 60_000);

async function applications(): Promise<void> {
  await svix.application.create({ name: "Shop", uid: app });
  await svix.application.upsert(app, { name: "The shop" });
  const { name } = await svix.application.patch(app, { name: "Our shop" });
  assert.equal((await svix.application.get(app)).name, name);
  assert.equal((await svix.application.list()).data.length, 1);
}

async function eventTypes(): Promise<void> {
  await svix.eventType.create({ name: "order.made", description: "Made" });
  await svix.eventType.upsert("order.made", { description: "An order was made" });
  await svix.eventType.patch("order.made", { description: "Ordered" });
  assert.equal((await svix.eventType.get("order.made")).description, "Ordered");
  assert.equal((await svix.eventType.list()).data.length, 1);
}

async function endpoints(): Promise<void> {
  await svix.endpoint.create(app, { url: receiver.url("/hook"), uid: "main" });
  await svix.endpoint.upsert(app, "main", { url: receiver.url("/hook"), description: "Main" });
  await svix.endpoint.patch(app, "main", { channels: null });
  assert.equal((await svix.endpoint.get(app, "main")).description, "Main");
  assert.equal((await svix.endpoint.list(app)).data.length, 1);
  await svix.endpoint.setHeaders(app, "main", { headers: { "x-a": "1" } });
  await svix.endpoint.patchHeaders(app, "main", { headers: { "x-b": "2" } });
  const { headers } = await svix.endpoint.getHeaders(app, "main");
  assert.deepEqual(headers, { "x-a": "1", "x-b": "2" });
  const { key } = await svix.endpoint.getSecret(app, "main");
  await svix.endpoint.rotateSecret(app, "main", {});
  assert.notEqual((await svix.endpoint.getSecret(app, "main")).key, key);
}

async function messages(): Promise<void> {
  const event = { eventType: "order.made", payload: { n: 1 } };
  const { id } = await svix.message.create(app, event);
  await svix.endpoint.sendExample(app, "main", { eventType: "order.made" });
  await receiver.requests("/hook", 2);
  await svix.messageAttempt.resend(app, id, "main");
  await receiver.requests("/hook", 3);
  const { data } = await eventually(
    () => svix.messageAttempt.listByMsg(app, id),
    (list) => list.data.length === 2,
  );
  const attempt = data[0]?.id ?? assert.fail();
  assert.equal((await svix.messageAttempt.get(app, id, attempt)).msgId, id);
  assert.ok((await svix.messageAttempt.listByEndpoint(app, "main")).data.length >= 2);
  assert.equal((await svix.messageAttempt.listAttemptedMessages(app, "main")).data.length, 2);
  assert.equal((await svix.messageAttempt.listAttemptedDestinations(app, id)).data.length, 1);
  assert.equal((await svix.endpoint.getStats(app, "main")).fail, 0);
  assert.equal((await svix.endpoint.recover(app, "main", { since })).status, "running");
  assert.equal((await svix.message.list(app)).data.length, 2);
  await svix.messageAttempt.expungeContent(app, id, attempt);
  await svix.message.expungeContent(app, id);
  assert.deepEqual((await svix.message.get(app, id, { withContent: true })).payload, {
    expired: true,
  });
}

async function access(): Promise<void> {
  const { token } = await svix.authentication.appPortalAccess(app, {});
  const portal = new Svix(token, { serverUrl });
  assert.equal((await portal.endpoint.list(app)).data.length, 1);
  await portal.authentication.logout();
}

async function endings(): Promise<void> {
  await svix.endpoint.delete(app, "main");
  await svix.eventType.delete("order.made");
  await svix.application.delete(app);
  assert.deepEqual((await svix.application.list()).data, []);
}

test("the official client does everything that the contract has", async () => {
  await svix.health.get();
  await applications();
  await eventTypes();
  await endpoints();
  await messages();
  await access();
  await endings();
  const { operations } = await svixContract();
  const succeeded = proxy.recorded.filter(({ status }) => status < 300);
  const undone = Object.entries(operations).filter(
    ([, operation]) =>
      !succeeded.some(({ method, path }) => {
        const pattern = operation.path.replaceAll(/\{\w+\}/g, "[^/]+");
        return method.toLowerCase() === operation.method && new RegExp(`^${pattern}/?$`).test(path);
      }),
  );
  assert.deepEqual(
    undone.map(([id]) => id),
    [],
  );
});
