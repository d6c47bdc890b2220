/** The real program is killed amid a replay: what the endpoint missed is sent all the same, and recorded once each. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { BackgroundTaskStatus, Svix } from "svix";
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
const kills = 3;
/** More than tasks may let wait, so that kills come between steps too. */
const count = 2 * limits.resendsWaitingMax;
let folder: ScratchFolder;
let server: ServerProcess;

before(async () => {
  await receiver.start();
  folder = makeScratchFolder("replay-crash");
});

after(async () => {
  await server.end("SIGKILL");
  receiver.stop();
  folder.remove();
});

test("an endpoint that is made later gets all since, across kills, each recorded once", async () => {
  const settings: ServerSettings = {
    dataFolder: folder.path,
    listen: "127.0.0.1:0",
    jwtSecret: "a secret of at least thirty-two characters",
    retrySchedule: [0.05, 0.05],
    attemptTimeoutSeconds: 5,
  };
  const token = await issueToken(settings);
  server = await startServer(settings);
  const client = () => new Svix(token, { serverUrl: server.address });
  await client().application.create({ name: "Shop", uid: "shop" });
  const sent = await sendBatches(server.address, token);
  const late = { uid: "late", url: receiver.url("/late") };
  await client().endpoint.create("shop", late);
  const since = new Date(Date.now() - 60_000);
  const { id } = await client().endpoint.replayMissing("shop", "late", { since });
  for (let kill = 1; kill <= kills; kill += 1) {
    // However fast they arrive: a kill after the last of them is one too.
    await receiver.requests("/late", Math.min(count, receiver.count("/late") + count / 10));
    await server.end("SIGKILL");
    server = await startServer(settings);
  }
  const { status, data } = await eventually(
    () => client().backgroundTask.get(id),
    (task) => task.status !== BackgroundTaskStatus.Running,
  );
  assert.equal(status, BackgroundTaskStatus.Finished);
  assert.ok(data.messagesSent <= count);
  await eventually(
    () => client().endpoint.getStats("shop", "late"),
    ({ success }) => success === count,
  );
  const arrived = await receiver.requests("/late", count);
  assert.deepEqual(new Set(arrived.map(({ headers }) => headers["webhook-id"])), sent);
  assert.equal(await countAttempts(client()), count);
  assert.equal((await server.end("SIGTERM")).code, 0);
});

/** Returns the ids of all messages. */
async function sendBatches(address: string, token: string): Promise<ReadonlySet<string>> {
  const ids = new Set<string>();
  const message = { eventType: "order.made", payload: {} };
  for (let made = 0; made < count; made += limits.batchMessagesMax) {
    const answer = await fetch(`${address}/api/v1/app/shop/msg/batch`, {
      method: "POST",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      body: JSON.stringify(Array.from({ length: limits.batchMessagesMax }, () => message)),
    });
    assert.equal(answer.status, 202);
    const { data } = (await answer.json()) as { readonly data: readonly { readonly id: string }[] }; // its schema
    for (const { id } of data) ids.add(id);
  }
  return ids;
}

async function countAttempts(svix: Svix): Promise<number> {
  let attempts = 0;
  for (let iterator: string | null = null; ;) {
    const page: Awaited<ReturnType<typeof svix.messageAttempt.listByEndpoint>> =
      await svix.messageAttempt.listByEndpoint("shop", "late", { limit: 250, iterator });
    attempts += page.data.length;
    if (page.done) return attempts;
    iterator = page.iterator;
  }
}
