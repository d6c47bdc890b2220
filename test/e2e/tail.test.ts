/** `posthorn tail` beside a real server: what it shows, and how it ends. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Svix } from "svix";
import { PathReceiver } from "./path-receiver.ts";
import { type RunningCommand, startCommand } from "./running-command.ts";
import { makeScratchFolder, type ScratchFolder } from "./scratch-folder.ts";
import {
  issueToken,
  type ServerProcess,
  type ServerSettings,
  startServer,
} from "./server-process.ts";

const receiver = new PathReceiver();
let folder: ScratchFolder;
let settings: ServerSettings;
let server: ServerProcess;
let token: string;
let svix: Svix;

before(async () => {
  await receiver.start();
  folder = makeScratchFolder("tail");
  settings = {
    dataFolder: folder.path,
    listen: "127.0.0.1:0",
    jwtSecret: "a secret for this test",
    retrySchedule: [3_600],
    attemptTimeoutSeconds: 5,
    others: { POSTHORN_ALLOW_SUBNETS: "127.0.0.0/8" },
  };
  server = await startServer(settings);
  token = await issueToken(settings);
  svix = new Svix(token, { serverUrl: server.address });
  await svix.application.create({ name: "Shop", uid: "shop" });
  for (const uid of ["well", "ill"])
    await svix.endpoint.create("shop", { uid, url: receiver.url(`/${uid}`) });
  receiver.answer("/ill", () => ({ status: 500 }));
});

after(async () => {
  await server.end("SIGTERM");
  receiver.stop();
  folder.remove();
});

/** A tail that watches already. */
async function startTail(...words: readonly string[]): Promise<RunningCommand> {
  const tail = startCommand(["tail", ...words], { address: server.address, token });
  assert.equal(await tail.nextTold(), "posthorn: watching");
  return tail;
}

async function send(): Promise<string> {
  return (await svix.message.create("shop", { eventType: "order.paid", payload: {} })).id;
}

test("a message and its attempts are a line each, without colours in a pipe, and Ctrl+C ends it with 0", async () => {
  const tail = await startTail();
  const id = await send();
  const lines = [await tail.next(), await tail.next(), await tail.next()];
  const instant = String.raw`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z`;
  const start = `^${instant}  ${id}  order\\.paid  `;
  assert.match(lines[0] ?? "", new RegExp(`${start}accepted$`));
  const attempts = lines.slice(1);
  const withAnswer = (status: number) => attempts.find((line) => line.includes(`  ${status} in `));
  assert.match(withAnswer(200) ?? "", new RegExp(`${start}ep_\\w+  200 in \\d+ ms  delivered$`));
  const retried = `${start}ep_\\w+  500 in \\d+ ms  again at ${instant}$`;
  assert.match(withAnswer(500) ?? "", new RegExp(retried));
  tail.child.kill("SIGINT");
  assert.deepEqual(await tail.exited, { code: 0, signal: null });
});

test("what is asked for alone is shown, as JSON for scripts", async () => {
  const failures = await startTail("--app", "shop", "--failed", "--json");
  const one = await startTail("--app", "shop", "--endpoint", "well", "--json");
  const id = await send();
  const failed = JSON.parse(await failures.next()) as Record<string, unknown>; // its schema
  assert.partialDeepStrictEqual(failed, {
    event: "attempt",
    msgId: id,
    responseStatusCode: 500,
    settled: null,
  });
  const delivered = JSON.parse(await one.next()) as Record<string, unknown>; // its schema
  assert.partialDeepStrictEqual(delivered, { event: "attempt", msgId: id, settled: "delivered" });
  for (const { child, exited } of [failures, one]) {
    child.kill("SIGINT");
    await exited;
  }
});

test("what is told to the operator's own endpoints is not shown", async () => {
  const url = receiver.url("/operator");
  const answer = await fetch(`${server.address}/api/v1/operational-webhook/endpoint`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: JSON.stringify({ url, eventTypes: ["endpoint.updated"] }),
  });
  assert.equal(answer.status, 201);
  const tail = await startTail();
  await svix.endpoint.patch("shop", "well", { description: "changed" });
  await receiver.requests("/operator", 1);
  const id = await send();
  for (let count = 0; count < 3; count += 1) assert.ok((await tail.next()).includes(id));
  tail.child.kill("SIGINT");
  await tail.exited;
});

test("when nobody reads it any more it ends, as at the end of a pipe into head", async () => {
  const tail = await startTail();
  tail.child.stdout.destroy();
  await send();
  assert.deepEqual(await tail.exited, { code: 0, signal: null });
});

test("a server that restarts is found again, and a token that is refused ends it with 4", async () => {
  const tail = await startTail();
  const listen = new URL(server.address).host;
  await server.end("SIGTERM");
  assert.match(await tail.nextTold(), /^posthorn: the stream has ended; .* in 1 s$/);
  server = await startServer({ ...settings, listen });
  let told = await tail.nextTold();
  while (told.includes("the stream has ended")) told = await tail.nextTold();
  assert.equal(told, "posthorn: watching");
  const id = await send();
  assert.ok((await tail.next()).includes(id));
  await server.end("SIGTERM");
  server = await startServer({ ...settings, listen, jwtSecret: "another secret" });
  assert.deepEqual(await tail.exited, { code: 4, signal: null });
});
