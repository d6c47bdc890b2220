/** The real program is killed amid a cancellation by a filter: it goes on, what matches is given up and all else is delivered. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { type BackgroundTaskOut, BackgroundTaskStatus, BackgroundTaskType, Svix } from "svix";
import { limits } from "../../src/core/limits.ts";
import { eventually } from "./eventually.ts";
import { PathReceiver } from "./path-receiver.ts";
import { makeScratchFolder, type ScratchFolder } from "./scratch-folder.ts";
import {
  issueToken,
  type ServerProcess,
  type ServerSettings,
  startServer,
} from "./server-process.ts";

const receiver = new PathReceiver();
/** Of each of two event types, in turns. */
const each = 3_000;
const queue = "/api/v1/app/shop/endpoint/slow/queue";
let folder: ScratchFolder;
let server: ServerProcess;
let token: string;

before(async () => {
  await receiver.start();
  folder = makeScratchFolder("cancel-matching");
});

after(async () => {
  await server.end("SIGKILL");
  receiver.stop();
  folder.remove();
});

async function ask(method: "GET" | "POST", path: string, body?: unknown): Promise<Response> {
  return fetch(`${server.address}${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

async function count(query: string): Promise<number | null> {
  const answer = (await (await ask("GET", `${queue}/count${query}`)).json()) as {
    readonly messages: number | null;
  }; // its schema
  return answer.messages;
}

/** How many of an event type have arrived. */
async function arrived(eventType: string): Promise<number> {
  const requests = await receiver.requests("/slow", 0);
  return requests.filter(({ body }) => body.toString() === JSON.stringify({ type: eventType }))
    .length;
}

test("what matches is given up once, across a kill, and what does not is delivered", async () => {
  const settings: ServerSettings = {
    dataFolder: folder.path,
    listen: "127.0.0.1:0",
    jwtSecret: "a secret of at least thirty-two characters",
    retrySchedule: [0.05, 0.05],
    attemptTimeoutSeconds: 5,
  };
  token = await issueToken(settings);
  server = await startServer(settings);
  const client = () => new Svix(token, { serverUrl: server.address });
  await client().application.create({ name: "Shop", uid: "shop" });
  const slow = { uid: "slow", url: receiver.url("/slow"), throttleRate: 1 };
  await client().endpoint.create("shop", slow);
  const messages = ["keep", "drop"].map((type) => ({ eventType: type, payload: { type } }));
  for (let made = 0; made < 2 * each; made += limits.batchMessagesMax) {
    const batch = Array.from({ length: limits.batchMessagesMax / 2 }, () => messages).flat();
    assert.equal((await ask("POST", "/api/v1/app/shop/msg/batch", batch)).status, 202);
  }
  const waiting = await count("?event_types=drop");
  assert.ok(waiting !== null && waiting > each - 100 && waiting <= each, String(waiting));
  const begun = await ask("POST", `${queue}/cancel-matching`, { eventTypes: ["drop"] });
  assert.equal(begun.status, 202);
  const { id } = (await begun.json()) as { readonly id: string }; // its schema
  const taskNow = (): Promise<BackgroundTaskOut> => client().backgroundTask.get(id);
  await eventually(taskNow, ({ data }) => data.messagesCancelled > 0);
  await server.end("SIGKILL");
  server = await startServer(settings);
  const { status, task, data } = await eventually(
    taskNow,
    (found) => found.status !== BackgroundTaskStatus.Running,
  );
  assert.deepEqual(
    [status, task, data.action, data.messagesSent, data.failure],
    [BackgroundTaskStatus.Finished, BackgroundTaskType.EndpointBulkReplay, "cancel", 0, null],
  );
  assert.ok(data.messagesCancelled <= data.total && data.total <= each);
  assert.equal(await count("?event_types=drop"), 0);
  const dropsSent = await arrived("drop");
  await client().endpoint.patch("shop", "slow", { throttleRate: null });
  await eventually(
    () => client().endpoint.getStats("shop", "slow"),
    ({ success, fail, pending }) => pending === 0 && success + fail === 2 * each,
  );
  assert.ok((await arrived("keep")) >= each, "what the kill found on the wire arrives once more");
  assert.equal(await arrived("drop"), dropsSent);
  assert.equal((await server.end("SIGTERM")).code, 0);
});
