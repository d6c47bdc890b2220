/** Idempotency keys through the whole program, with the official client as the producer. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Svix } from "svix";
import { PathReceiver } from "./path-receiver.ts";
import { makeScratchFolder, type ScratchFolder } from "./scratch-folder.ts";
import { issueToken, type ServerProcess, startServer } from "./server-process.ts";

const receiver = new PathReceiver();
let folder: ScratchFolder;
let server: ServerProcess;
let token: string;
let svix: Svix;

before(async () => {
  await receiver.start();
  folder = makeScratchFolder("once");
  await start();
});

after(async () => {
  await server.end("SIGTERM");
  receiver.stop();
  folder.remove();
});

async function start(): Promise<void> {
  const settings = {
    dataFolder: folder.path,
    listen: "127.0.0.1:0",
    jwtSecret: "the secret of this test, 32 bytes or more",
    retrySchedule: [0.1],
    attemptTimeoutSeconds: 5,
  };
  server = await startServer(settings);
  token = await issueToken(settings);
  svix = new Svix(token, { serverUrl: server.address, numRetries: 0 });
}

async function postBatch(application: string, key: string, body: unknown): Promise<string> {
  const answer = await fetch(`${server.address}/api/v1/app/${application}/msg/batch`, {
    method: "POST",
    headers: {
      authorization: `Bearer ${token}`,
      "content-type": "application/json",
      "idempotency-key": key,
    },
    body: JSON.stringify(body),
  });
  assert.equal(answer.status, 202);
  return answer.text();
}

/** Everything that an application's producer may make, each under a key of its own. */
async function makeAll(uid: string, hook: string, note: string): Promise<readonly unknown[]> {
  const application = await svix.application.create(
    { name: note, uid },
    { idempotencyKey: `${uid} application` },
  );
  const endpoint = await svix.endpoint.create(
    application.id,
    { url: receiver.url(hook), description: note },
    { idempotencyKey: `${uid} endpoint` },
  );
  const access = await svix.authentication.appPortalAccess(
    application.id,
    {},
    { idempotencyKey: `${uid} access` },
  );
  const message = await svix.message.create(
    application.id,
    { eventType: "order.made", eventId: "evt-1", payload: { note } },
    { idempotencyKey: `${uid} message` },
  );
  const batch = await postBatch(application.id, `${uid} batch`, [
    { eventType: "order.made", payload: { note } },
    { eventType: "order.made", eventId: "evt-1", payload: { note } },
    { eventType: "order made", payload: { note } },
    { eventType: "order.made", payload: { note } },
  ]);
  return [application, endpoint, access, message, batch];
}

for (const signal of ["SIGTERM", "SIGKILL"] as const) {
  test(`what a producer repeats after ${signal} and a new start is answered as before and was done once`, async () => {
    const uid = signal.toLowerCase();
    const first = await makeAll(uid, `/${uid}`, "first");
    assert.deepEqual(await makeAll(uid, `/${uid}`, "again"), first);
    await receiver.requests(`/${uid}`, 3);
    await server.end(signal);
    await start();
    assert.deepEqual(await makeAll(uid, `/${uid}`, "after the end"), first);
    const { data: messages } = await svix.message.list(uid, { withContent: true });
    assert.deepEqual(
      messages.map(({ payload }) => payload),
      Array.from({ length: 3 }, () => ({ note: "first" })),
    );
    const { data: endpoints } = await svix.endpoint.list(uid);
    assert.deepEqual(
      endpoints.map(({ description }) => description),
      ["first"],
    );
    assert.equal((await svix.application.get(uid)).name, "first");
  });
}

test("twins of a message and of a batch are answered alike by the whole program", async () => {
  const { id } = await svix.application.create({ name: "twins" });
  const twins = Array.from({ length: 8 }, (_, index) =>
    svix.message.create(
      id,
      { eventType: "order.made", payload: { index } },
      { idempotencyKey: "one" },
    ),
  );
  const batches = Array.from({ length: 4 }, (_, index) =>
    postBatch(id, "two", [{ eventType: "order.made", payload: { index } }, {}]),
  );
  const [answers, texts] = await Promise.all([Promise.all(twins), Promise.all(batches)]);
  assert.equal(new Set(answers.map((answer) => JSON.stringify(answer))).size, 1);
  assert.equal(new Set(texts).size, 1);
  assert.equal((await svix.message.list(id)).data.length, 2);
});

test("a message makes its application, once for a key, with the official client", async () => {
  const send = (name: string) =>
    svix.message.create(
      "lazy",
      { eventType: "order.made", payload: {}, application: { name } },
      { idempotencyKey: "lazy" },
    );
  const first = await send("First");
  assert.deepEqual(await send("Second"), first);
  assert.equal((await svix.application.get("lazy")).name, "First");
  assert.equal((await svix.message.list("lazy")).data.length, 1);
});
