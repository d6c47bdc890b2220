/** The inspector as those meet it who try things out: the real program, and no receiver anywhere. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Svix } from "svix";
import { type Posthorn, startPosthorn } from "../../src/main/posthorn.ts";
import { arrivalsOf, type Arrivals, type ArrivalOut } from "./arrivals.ts";
import { eventually } from "./eventually.ts";
import { makeScratchFolder, type ScratchFolder } from "./scratch-folder.ts";

let folder: ScratchFolder;
let posthorn: Posthorn;
let token: string;
let svix: Svix;

async function start(): Promise<void> {
  posthorn = await startPosthorn({
    data: folder.path,
    listen: "127.0.0.1:0",
    retrySchedule: "0.05",
    attemptTimeoutMs: 1,
    httpsOnly: true,
    logLevel: "silent",
  });
  token = await posthorn.token();
  svix = new Svix(token, { serverUrl: posthorn.address });
}

before(async () => {
  folder = makeScratchFolder("inspector");
  await start();
  await svix.application.create({ name: "Shop", uid: "shop" });
});
after(async () => {
  await posthorn.stop();
  folder.remove();
});

const watch = (endpoint: string): Promise<Arrivals> =>
  arrivalsOf(posthorn.address, token, `app/shop/endpoint/${endpoint}/arrival/stream`);

async function makeEndpoint(uid: string, target: string): Promise<void> {
  const url = `http://inspector.invalid${target}`;
  await svix.endpoint.create("shop", { uid, url, channels: [uid] });
}

async function send(channel: string, payload: unknown = {}): Promise<string> {
  const message = { eventType: "order.paid", payload, channels: [channel] };
  return (await svix.message.create("shop", message)).id;
}

async function attemptsOf(message: string, count: number): Promise<readonly unknown[]> {
  const { data } = await eventually(
    () => svix.messageAttempt.listByMsg("shop", message),
    (page) => page.data.length === count,
  );
  const whole = data.map(({ id }) => svix.messageAttempt.get("shop", message, id));
  return (await Promise.all(whole)).map((attempt) => [
    attempt.responseStatusCode,
    attempt.response,
    attempt.url,
  ]);
}

const settled = ({ state }: ArrivalOut): boolean => state !== "waiting";

test("what arrives is shown byte for byte, and verified", async () => {
  await makeEndpoint("plain", "/");
  const arrivals = await watch("plain");
  const text =
    '{"eventType":"a.b","channels":["plain"],"payload":{"big":9007199254740993, "x" : "é"}}';
  await fetch(`${posthorn.address}/api/v1/app/shop/msg`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: text,
  });
  const came = await arrivals.next(settled);
  assert.equal(came.body, '{"big":9007199254740993, "x" : "é"}');
  assert.deepEqual([came.state, came.status, came.verified], ["answered", 200, true]);
  const names = came.headers.map(({ name }) => name);
  for (const name of ["webhook-id", "webhook-timestamp", "webhook-signature", "user-agent"]) {
    assert.ok(names.includes(name), name);
  }
  arrivals.close();
});

test("it answers as told, and retries follow as from anybody", async () => {
  await makeEndpoint("failing", "/?status=503");
  const arrivals = await watch("failing");
  const id = await send("failing");
  await arrivals.next(settled);
  await arrivals.next(settled);
  const answered = [503, "the inspector", "http://inspector.invalid/?status=503"];
  assert.deepEqual(await attemptsOf(id, 2), [answered, answered]);
  await svix.endpoint.patch("shop", "failing", { url: "http://inspector.invalid/?delayMs=30000" });
  await send("failing");
  assert.equal((await arrivals.next(settled)).state, "late");
  arrivals.close();
});

test("who listens answers in the place of a server", async () => {
  await makeEndpoint("heard", "/listener");
  const listening = await arrivalsOf(
    posthorn.address,
    token,
    "app/shop/endpoint/heard/arrival/listen",
  );
  const id = await send("heard", { total: 12 });
  const came = await listening.next(() => true);
  assert.equal(came.body, '{"total":12}');
  const path = `${posthorn.address}/api/v1/app/shop/endpoint/heard/arrival/${came.id}/answer`;
  const put = (): Promise<Response> =>
    fetch(path, {
      method: "PUT",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      body: JSON.stringify({ status: 201, body: "thanks" }),
    });
  assert.equal((await put()).status, 204);
  assert.equal((await put()).status, 404);
  const url = "http://inspector.invalid/listener";
  assert.deepEqual(await attemptsOf(id, 1), [[201, "thanks", url]]);
  listening.close();
});

test("after a restart the endpoint is what it was, and what had come is gone", async () => {
  await makeEndpoint("lasting", "/?status=202");
  const before = await watch("lasting");
  await send("lasting");
  await before.next(settled);
  before.close();
  await posthorn.stop();
  await start();
  const arrivals = await watch("lasting");
  await send("lasting");
  const came = await arrivals.next(settled);
  assert.deepEqual([came.status, came.verified, arrivals.count], [202, true, 1]);
  arrivals.close();
});
