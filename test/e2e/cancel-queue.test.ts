/** The real program is killed amid a cancellation of all that waits: nobody was told that it is done, and once that is told it is. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import { after, before, test } from "node:test";
import { eventually } from "./eventually.ts";
import { makeScratchFolder, type ScratchFolder } from "./scratch-folder.ts";
import {
  issueToken,
  type ServerProcess,
  type ServerSettings,
  startServer,
} from "./server-process.ts";

interface EndpointStats {
  readonly success: number;
  readonly fail: number;
}

/** Attempts that are under way, for the test to answer. */
const held: ServerResponse[] = [];
const receiver = createServer((_, response) => held.push(response));
const base = "/api/v1/app/shop";
let folder: ScratchFolder;
let server: ServerProcess;
let token: string;

before(async () => {
  await once(receiver.listen(0, "127.0.0.1"), "listening");
  folder = makeScratchFolder("cancel-queue");
});

after(async () => {
  await server.end("SIGKILL");
  receiver.close();
  receiver.closeAllConnections();
  folder.remove();
});

async function ask<Out>(method: "GET" | "POST", path: string, body?: unknown): Promise<Out> {
  const authorization = `Bearer ${token}`;
  const init =
    body === undefined
      ? { headers: { authorization } }
      : {
          headers: { authorization, "content-type": "application/json" },
          body: JSON.stringify(body),
        };
  const answer = await fetch(`${server.address}${path}`, { method, ...init });
  assert.ok(answer.ok, await answer.clone().text());
  return (await answer.json()) as Out; // by its schema
}

const cancel = (): Promise<object> => ask("POST", `${base}/endpoint/slow/queue/cancel`);

/** Until so many messages were delivered to the endpoint, and so many were given up. */
async function stats(delivered: number, failed: number): Promise<void> {
  await eventually(
    () => ask<EndpointStats>("GET", `${base}/endpoint/slow/stats`),
    ({ success, fail }) => success === delivered && fail === failed,
  );
}

async function send(count: number): Promise<void> {
  for (let sent = 0; sent < count; sent += 1)
    await ask("POST", `${base}/msg`, { eventType: "made", payload: {} });
}

async function attempts(count: number): Promise<void> {
  await eventually(
    async () => held.length,
    (arrived) => arrived === count,
  );
}

test("what was under way at a kill is sent again until its cancellation is told to be done, and never after", async () => {
  const { port } = receiver.address() as { readonly port: number }; // it listens to TCP
  const settings: ServerSettings = {
    dataFolder: folder.path,
    listen: "127.0.0.1:0",
    jwtSecret: "a secret of at least thirty-two characters",
    retrySchedule: [0.05],
    attemptTimeoutSeconds: 30,
  };
  token = await issueToken(settings);
  server = await startServer(settings);
  await ask("POST", "/api/v1/app", { name: "Shop", uid: "shop" });
  const slow = { uid: "slow", url: `http://127.0.0.1:${port}/`, ordered: true };
  await ask("POST", `${base}/endpoint`, slow);
  await send(3);
  await attempts(1);
  const cutOff = assert.rejects(cancel(), TypeError, "the connection ends without an answer");
  await stats(0, 2);
  await server.end("SIGKILL");
  await cutOff;

  server = await startServer(settings);
  await attempts(2);
  await send(1);
  const told = cancel();
  await stats(0, 3);
  held[1]?.writeHead(500).end();
  assert.deepEqual(await told, { cancelled: 1, done: true });
  await server.end("SIGKILL");

  server = await startServer(settings);
  await send(1);
  await attempts(3);
  held[2]?.end();
  await stats(1, 4);
  assert.equal(held.length, 3, "in strict order whatever waited would have come before");
  assert.equal((await server.end("SIGTERM")).code, 0);
});
