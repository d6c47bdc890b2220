/** Several Directors in one process, and another number of them after a restart: everybody's work is still somebody's. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { Svix } from "svix";
import { type Posthorn, startPosthorn } from "../../src/main/posthorn.ts";
import { makeScratchFolder, type ScratchFolder } from "./scratch-folder.ts";
import { within } from "./within.ts";

const arrived = new Set<string>();
let onArrival = Promise.withResolvers<void>();
let healthy = false;

const receiver = createServer((request, response) => {
  request.resume();
  request.on("end", () => {
    response.writeHead(healthy ? 200 : 500).end();
    if (healthy) arrived.add(String(request.headers["webhook-id"]));
    onArrival.resolve();
    onArrival = Promise.withResolvers();
  });
});

let folder: ScratchFolder;

before(async () => {
  folder = makeScratchFolder("directors");
  await once(receiver.listen(0, "127.0.0.1"), "listening");
});

after(() => {
  receiver.close();
  receiver.closeAllConnections();
  folder.remove();
});

function start(directors: number): Promise<Posthorn> {
  return startPosthorn({
    data: folder.path,
    listen: "127.0.0.1:0",
    allowSubnets: "127.0.0.0/8",
    retrySchedule: Array<number>(50).fill(0.1),
    logLevel: "silent",
    directors,
  });
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await onArrival.promise;
}

test("what three Directors left, two and then one take over and deliver, and all of it is listed", async () => {
  const address = receiver.address();
  const port = typeof address === "object" ? address?.port : undefined;
  const sent = new Map<string, string[]>();
  let posthorn = await start(3);
  let svix = new Svix(await posthorn.token(), { serverUrl: posthorn.address });
  for (let index = 0; index < 7; index += 1) {
    const { id } = await svix.application.create({ name: `application ${index}` });
    await svix.endpoint.create(id, { url: `http://127.0.0.1:${port}/` });
    sent.set(id, []);
  }
  for (const directors of [3, 2, 1]) {
    for (const [application, ids] of sent) {
      const { id } = await svix.message.create(application, { eventType: "a.b", payload: {} });
      ids.unshift(id);
    }
    await posthorn.stop();
    healthy = directors === 1;
    posthorn = await start(directors === 3 ? 2 : 1);
    svix = new Svix(await posthorn.token(), { serverUrl: posthorn.address });
  }
  await within(
    until(() => arrived.size === 21),
    20_000,
    "every message's arrival",
  );
  for (const [application, ids] of sent) {
    const { data } = await svix.message.list(application);
    assert.deepEqual(
      data.map((message) => message.id),
      ids,
    );
    for (const id of ids) assert.ok(arrived.has(id));
  }
  await posthorn.stop();
});
