/** Changing and deleting through the whole program, with the official Svix client. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Webhook } from "standardwebhooks";
import { ApiException, Svix } from "svix";
import { type Posthorn, startPosthorn } from "../../src/main/posthorn.ts";
import { PathReceiver } from "./path-receiver.ts";
import { makeScratchFolder, type ScratchFolder } from "./scratch-folder.ts";
import { within } from "./within.ts";

const receiver = new PathReceiver();
let folder: ScratchFolder;
let posthorn: Posthorn;
let svix: Svix;

before(async () => {
  await receiver.start();
  folder = makeScratchFolder("changes");
  posthorn = await startPosthorn({
    data: folder.path,
    listen: "127.0.0.1:0",
    allowSubnets: ["127.0.0.0/8"],
    retrySchedule: [0.05, 0.05, 0.05],
    logLevel: "silent",
  });
  svix = new Svix(await posthorn.token(), { serverUrl: posthorn.address });
});

after(async () => {
  await posthorn.stop();
  receiver.stop();
  folder.remove();
});

const event = { eventType: "user.signup", payload: { name: "Ada" } };

async function failsWith(code: number, call: Promise<unknown>): Promise<void> {
  await assert.rejects(call, (error) => error instanceof ApiException && error.code === code);
}

async function untilDisabled(application: string, endpoint: string): Promise<void> {
  const asking = async (): Promise<void> => {
    while (!(await svix.endpoint.get(application, endpoint)).disabled);
  };
  await within(asking(), 20_000, `${endpoint} to be disabled`);
}

test("an endpoint that said 410 gets what waited for it once it is enabled again", async () => {
  const path = "/gone";
  await svix.application.upsert("enabled", { name: "Enabled" });
  // One a second, so that a delivery still waits when the other one is answered 410.
  const fields = { url: receiver.url(path), throttleRate: 1 };
  const endpoint = await svix.endpoint.upsert("enabled", "main", fields);
  receiver.answer(path, () => ({ status: 503 }));
  const first = await svix.message.create("enabled", event);
  await receiver.requests(path, 1);
  receiver.answer(path, () => ({ status: 410 }));
  const second = await svix.message.create("enabled", event);
  await untilDisabled("enabled", endpoint.id);
  assert.equal(receiver.count(path), 2);
  receiver.answer(path, () => ({ status: 200 }));
  const enabled = await svix.endpoint.patch("enabled", "main", { disabled: false });
  assert.equal(enabled.disabled, false);
  const [, ...both] = await receiver.requests(path, 3);
  const ids = both.map(({ headers }) => headers["webhook-id"]);
  assert.deepEqual(new Set(ids), new Set([first.id, second.id]));
});

test("a rotated secret signs beside the one before, and headers are sent", async () => {
  const path = "/rotated";
  await svix.application.create({ name: "Rotated", uid: "rotated" });
  const endpoint = await svix.endpoint.create("rotated", {
    url: receiver.url(path),
    headers: { "X-Team": "billing", Authorization: "Bearer s" },
  });
  const old = await svix.endpoint.getSecret("rotated", endpoint.id);
  await svix.endpoint.rotateSecret("rotated", endpoint.id, {});
  const current = await svix.endpoint.getSecret("rotated", endpoint.id);
  assert.notEqual(current.key, old.key);
  await svix.endpoint.patchHeaders("rotated", endpoint.id, {
    headers: { "X-More": "1" },
    deleteHeaders: ["x-team"],
  });
  assert.deepEqual(await svix.endpoint.getHeaders("rotated", endpoint.id), {
    headers: { "X-More": "1" },
    sensitive: ["Authorization"],
  });
  await svix.message.create("rotated", event);
  const [request] = await receiver.requests(path, 1);
  assert.ok(request !== undefined);
  const { headers, body } = request;
  assert.equal(headers["x-more"], "1");
  assert.equal(headers["x-team"], undefined);
  assert.equal(headers.authorization, "Bearer s");
  const signed = {
    "webhook-id": String(headers["webhook-id"]),
    "webhook-timestamp": String(headers["webhook-timestamp"]),
    "webhook-signature": String(headers["webhook-signature"]),
  };
  assert.equal(signed["webhook-signature"].split(" ").length, 2);
  for (const { key } of [current, old]) {
    assert.deepEqual(new Webhook(key).verify(body.toString(), signed), event.payload);
  }

  await svix.endpoint.setHeaders("rotated", endpoint.id, { headers: { "X-Last": "1" } });
  await svix.message.create("rotated", event);
  const [, next] = await receiver.requests(path, 2);
  assert.equal(next?.headers["x-more"], undefined);
  assert.equal(next?.headers["x-last"], "1");
});

test("what waits for a deleted endpoint or application is given up", async () => {
  const retryAfter = (seconds: string) => () => ({
    status: 503,
    headers: { "retry-after": seconds },
  });
  const paths = ["/of-endpoint", "/of-application"];
  for (const path of paths) {
    const uid = path.slice(1);
    receiver.answer(path, retryAfter("1"));
    await svix.application.create({ name: "Deleted", uid });
    await svix.endpoint.create(uid, { url: receiver.url(path), uid: "first" });
    await svix.message.create(uid, event);
    await receiver.requests(path, 1);
  }
  await svix.endpoint.delete("of-endpoint", "first");
  await failsWith(404, svix.endpoint.get("of-endpoint", "first"));
  await svix.application.delete("of-application");
  await failsWith(404, svix.application.get("of-application"));

  // Both uids are free: what has them now is another application and another endpoint.
  await svix.application.create({ name: "New", uid: "of-application" });
  for (const path of paths) {
    const uid = path.slice(1);
    receiver.answer(`${path}/new`, retryAfter("2"));
    await svix.endpoint.create(uid, { url: receiver.url(`${path}/new`), uid: "first" });
    await svix.message.create(uid, event);
  }
  // When these are tried again, the deleted ones' turn has been.
  for (const path of paths) {
    await receiver.requests(`${path}/new`, 2);
    assert.equal(receiver.count(path), 1);
  }
});

test("event types are replaced, changed, archived and expunged", async () => {
  const name = "invoice.paid";
  await svix.eventType.upsert(name, { description: "one" });
  const changed = await svix.eventType.patch(name, { deprecated: true });
  assert.deepEqual([changed.description, changed.deprecated], ["one", true]);
  await svix.eventType.delete(name);
  assert.equal((await svix.eventType.get(name)).archived, true);
  await svix.eventType.delete(name, { expunge: true });
  await failsWith(404, svix.eventType.get(name));
});
