/** The real program, killed over and over while an endpoint with strict order refuses every message at first. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Svix } from "svix";
import { PathReceiver } from "./path-receiver.ts";
import { makeScratchFolder, type ScratchFolder } from "./scratch-folder.ts";
import { issueToken, type ServerSettings, startServer } from "./server-process.ts";

const receiver = new PathReceiver();
const kills = 4;
const messagesPerRun = 12;
const app = "shop";
let folder: ScratchFolder;

before(async () => {
  await receiver.start();
  folder = makeScratchFolder("strict-order");
});

after(() => {
  receiver.stop();
  folder.remove();
});

interface Payload {
  readonly number: number;
}

function numberOf({ body }: { readonly body: Buffer }): number {
  return (JSON.parse(body.toString()) as Payload).number; // what the test sends
}

async function createOrdered(address: string, token: string, path: string): Promise<void> {
  const response = await fetch(`${address}/api/v1/app/${app}/endpoint`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: JSON.stringify({ url: receiver.url(path), ordered: true }),
  });
  assert.equal(response.status, 201);
  assert.equal(((await response.json()) as { readonly ordered: unknown }).ordered, true);
}

test("messages arrive strictly in order, each until it is taken, across kill -9", async () => {
  const settings: ServerSettings = {
    dataFolder: folder.path,
    listen: "127.0.0.1:0",
    jwtSecret: "a secret of at least thirty-two characters",
    retrySchedule: [0.02, 0.02, 0.02, 0.02],
    attemptTimeoutSeconds: 5,
  };
  const token = await issueToken(settings);
  const attempts = new Map<number, number>();
  receiver.answer("/ordered", (request) => {
    const number = numberOf(request);
    const attempt = (attempts.get(number) ?? 0) + 1;
    attempts.set(number, attempt);
    return { status: attempt === 1 ? 500 : 200 };
  });

  let server = await startServer(settings);
  let svix = new Svix(token, { serverUrl: server.address, numRetries: 0 });
  await svix.application.create({ name: app, uid: app });
  await createOrdered(server.address, token, "/ordered");
  for (let run = 0; run <= kills; run += 1) {
    for (let index = 0; index < messagesPerRun; index += 1) {
      const payload: Payload = { number: run * messagesPerRun + index };
      await svix.message.create(app, { eventType: "counted", payload });
    }
    if (run === kills) break;
    // Some have arrived, at least one of them is waiting for its retry or under way, and most are still to come.
    await receiver.requests("/ordered", receiver.count("/ordered") + 3);
    await server.end("SIGKILL");
    server = await startServer(settings);
    svix = new Svix(token, { serverUrl: server.address, numRetries: 0 });
  }

  const all = (kills + 1) * messagesPerRun;
  let arrived = await receiver.requests("/ordered", 2 * all);
  while ((attempts.get(all - 1) ?? 0) < 2) {
    arrived = await receiver.requests("/ordered", arrived.length + 1);
  }
  assert.equal((await server.end("SIGTERM")).code, 0);

  const numbers = arrived.map(numberOf);
  assert.deepEqual(
    numbers,
    numbers.toSorted((one, other) => one - other),
    "none came after a later one",
  );
  for (let number = 0; number < all; number += 1) {
    const times = attempts.get(number) ?? 0;
    assert.ok(times >= 2, `message ${number} was sent until it was taken`);
  }
  const repeats = arrived.length - 2 * all;
  assert.ok(repeats <= kills, `${repeats} repeats are at most the one under way at each kill`);
});
