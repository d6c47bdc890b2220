/** Half of all endpoints fail: an operator finds which and why, pauses one, and sends another what it has missed. By the API. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { BackgroundTaskStatus, Svix } from "svix";
import { type Posthorn, startPosthorn } from "../../src/main/posthorn.ts";
import { eventually } from "./eventually.ts";
import { PathReceiver } from "./path-receiver.ts";
import { makeScratchFolder, type ScratchFolder } from "./scratch-folder.ts";

interface Overview {
  readonly failing: number;
  readonly worst: readonly {
    readonly endpointId: string;
    readonly url: string;
    readonly state: string;
    readonly pending: number;
  }[];
}

const well = ["ada", "bo", "cy", "di"];
const ill = ["ed", "flo", "gus", "hal"];
const since = new Date(Date.now() - 60_000);
const receiver = new PathReceiver();
let folder: ScratchFolder;
let posthorn: Posthorn;
let token: string;
let svix: Svix;

before(async () => {
  await receiver.start();
  folder = makeScratchFolder("drill");
  posthorn = await startPosthorn({
    data: folder.path,
    listen: "127.0.0.1:0",
    allowSubnets: ["127.0.0.0/8"],
    retrySchedule: [3_600],
    logLevel: "silent",
  });
  token = await posthorn.token();
  svix = new Svix(token, { serverUrl: posthorn.address });
  await svix.application.create({ name: "Shop", uid: "shop" });
  for (const uid of [...well, ...ill]) {
    await svix.endpoint.create("shop", { uid, url: receiver.url(`/${uid}`) });
  }
});

after(async () => {
  await posthorn.stop();
  receiver.stop();
  folder.remove();
});

async function overview(): Promise<Overview> {
  const headers = { authorization: `Bearer ${token}` };
  const answer = await fetch(`${posthorn.address}/api/v1/overview`, { headers });
  assert.equal(answer.status, 200);
  return (await answer.json()) as Overview; // its schema is tested beside the route
}

async function send(order: number): Promise<string> {
  const { id } = await svix.message.create("shop", { eventType: "order.paid", payload: { order } });
  return id;
}

async function idsAt(uid: string, count: number): Promise<unknown[]> {
  const requests = await receiver.requests(`/${uid}`, count);
  return requests.map(({ headers }) => headers["webhook-id"]);
}

test("the operator finds what fails and why, pauses one endpoint, and replays what another has missed", async () => {
  for (const uid of ill) {
    receiver.answer(`/${uid}`, () => ({ status: 500, body: "the orders' table is locked" }));
  }
  const first = await send(1);
  for (const uid of [...well, ...ill]) assert.deepEqual(await idsAt(uid, 1), [first]);

  // Which: the overview names those four, and no others.
  const { worst } = await eventually(overview, ({ failing }) => failing === ill.length);
  const failing = worst.filter(({ state }) => state === "failing");
  assert.deepEqual(
    failing.map(({ url }) => url).toSorted(),
    ill.map((uid) => receiver.url(`/${uid}`)),
  );
  for (const { pending } of failing) assert.equal(pending, 1);

  // Why: what each of them has answered.
  for (const { endpointId } of failing) {
    const { data } = await svix.messageAttempt.listByEndpoint("shop", endpointId, {
      withContent: true,
    });
    assert.deepEqual(
      data.map(({ msgId, responseStatusCode, response }) => [msgId, responseStatusCode, response]),
      [[first, 500, "the orders' table is locked"]],
    );
  }

  // One is paused by hand; another says that it is gone, and is disabled by that.
  await svix.endpoint.patch("shop", "ed", { disabled: true });
  receiver.answer("/flo", () => ({ status: 410 }));
  const second = await send(2);
  assert.deepEqual(await idsAt("flo", 2), [first, second]);
  await eventually(
    () => svix.endpoint.get("shop", "flo"),
    ({ disabled }) => disabled === true,
  );
  const missed = [await send(3), await send(4)];
  for (const uid of well) assert.deepEqual(await idsAt(uid, 4), [first, second, ...missed]);

  // It is back: what it has missed is sent, each once and nothing else.
  receiver.answer("/flo", () => ({ status: 200 }));
  await svix.endpoint.patch("shop", "flo", { disabled: false });
  const task = await svix.endpoint.replayMissing("shop", "flo", { since });
  const ended = await eventually(
    () => svix.backgroundTask.get(task.id),
    ({ status }) => status !== BackgroundTaskStatus.Running,
  );
  assert.equal(ended.status, BackgroundTaskStatus.Finished);
  assert.equal(ended.data.messagesSent, missed.length);
  assert.deepEqual(await idsAt("flo", 4), [first, second, ...missed]);

  // The paused one was left alone all the while, and those that are well were sent nothing twice.
  assert.equal(receiver.count("/ed"), 1);
  for (const uid of well) assert.equal(receiver.count(`/${uid}`), 4);
});
