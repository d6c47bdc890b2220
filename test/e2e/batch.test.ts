/** Batches through the whole program: what endpoints get, what history has, and what a kill leaves. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { Svix } from "svix";
import { type Posthorn, startPosthorn } from "../../src/main/posthorn.ts";
import { crashRun } from "../crash/crash-run.ts";
import { makeScratchFolder, type ScratchFolder } from "./scratch-folder.ts";
import { within } from "./within.ts";

/** Bodies by `webhook-id`. */
const arrived = new Map<string, string>();
let onArrival = Promise.withResolvers<void>();

const receiver = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  request.on("end", () => {
    response.writeHead(200).end();
    arrived.set(String(request.headers["webhook-id"]), Buffer.concat(chunks).toString());
    onArrival.resolve();
    onArrival = Promise.withResolvers();
  });
});

let folder: ScratchFolder;
let posthorn: Posthorn;
let svix: Svix;

before(async () => {
  await once(receiver.listen(0, "127.0.0.1"), "listening");
  folder = makeScratchFolder("batch");
  posthorn = await startPosthorn({
    data: folder.path,
    listen: "127.0.0.1:0",
    allowSubnets: ["127.0.0.0/8"],
    logLevel: "silent",
  });
  svix = new Svix(await posthorn.token(), { serverUrl: posthorn.address });
});

after(async () => {
  await posthorn.stop();
  receiver.close();
  receiver.closeAllConnections();
  folder.remove();
});

interface Result {
  readonly status: string;
  readonly id: string;
}

async function sendBatch(uid: string, type: string, body: string): Promise<readonly Result[]> {
  const answer = await fetch(`${posthorn.address}/api/v1/app/${uid}/msg/batch`, {
    method: "POST",
    headers: { authorization: `Bearer ${await posthorn.token()}`, "content-type": type },
    body,
  });
  assert.equal(answer.status, 202);
  const { data } = (await answer.json()) as { data: readonly Result[] }; // as the API answers
  return data;
}

test("while an application floods with batches, another one's message is answered in between", async () => {
  await svix.application.create({ name: "Flood", uid: "flood" });
  await svix.application.create({ name: "Quiet", uid: "quiet" });
  const items = Array.from({ length: 1_000 }, () => '{"payload":{},"eventType":"a.b"}');
  const body = `[${items.join()}]`;
  const answered: string[] = [];
  const flooding = Array.from({ length: 16 }, async () => {
    await sendBatch("flood", "application/json", body);
    answered.push("flood");
  });
  await Promise.race(flooding);
  await svix.message.create("quiet", { eventType: "a.b", payload: {} });
  answered.push("quiet");
  await Promise.all(flooding);
  assert.ok(answered.indexOf("quiet") < answered.lastIndexOf("flood"), answered.join());
});

test("the messages of a batch arrive under their ids, byte for byte, and are listed; the refused one is not", async () => {
  const address = receiver.address();
  assert.ok(typeof address === "object" && address !== null);
  await svix.application.create({ name: "Batches", uid: "batches" });
  await svix.endpoint.create("batches", { url: `http://127.0.0.1:${address.port}/` });
  const payloads = Array.from({ length: 100 }, (_, index) => `{ "n" :${index}, "n":1.${index}0 }`);
  const items = payloads.map((payload) => `{"payload":${payload},"eventType":"a.b"}`);
  items[50] = '{"payload":{}}';
  const inArray = await sendBatch("batches", "application/json", `[${items.join(", ")}]`);
  const inLines = await sendBatch("batches", "application/x-ndjson", items.join("\n"));
  const expected = new Map<string, string>();
  for (const results of [inArray, inLines]) {
    assert.equal(results.length, 100);
    for (const [index, { status, id }] of results.entries()) {
      assert.equal(status, index === 50 ? "rejected" : "accepted");
      if (index !== 50) expected.set(id, payloads[index] ?? "");
    }
  }
  const allArrived = async (): Promise<void> => {
    while (arrived.size < 198) await onArrival.promise;
  };
  await within(allArrived(), 20_000, "198 messages");
  assert.deepEqual(
    [...arrived].toSorted(([left], [right]) => (left < right ? -1 : 1)),
    [...expected].toSorted(([left], [right]) => (left < right ? -1 : 1)),
  );
  const { data } = await svix.message.list("batches", { limit: 250 });
  assert.deepEqual(
    data.map(({ id }) => id),
    [...expected.keys()].toReversed(),
  );
});

test("a kill amid batches leaves each of them whole or not at all, and loses none that was acknowledged", async () => {
  const { problems, report } = await crashRun({ rounds: 1, seed: 7, signal: "SIGKILL" }, () => {});
  assert.deepEqual(problems, []);
  assert.ok(report.acknowledged > 0);
});
