/** The program without something that the system should give: descriptors, memory. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { MessageStatus, Svix } from "svix";
import { eventually } from "./eventually.ts";
import { PathReceiver } from "./path-receiver.ts";
import { makeScratchFolder, type ScratchFolder } from "./scratch-folder.ts";
import { issueToken, type ServerSettings, startServer } from "./server-process.ts";
import { within } from "./within.ts";

const receiver = new PathReceiver();
let folder: ScratchFolder;

before(async () => {
  await receiver.start();
  folder = makeScratchFolder("exhausted");
});

after(() => {
  receiver.stop();
  folder.remove();
});

function settingsIn(name: string): ServerSettings {
  return {
    dataFolder: join(folder.path, name),
    listen: "127.0.0.1:0",
    jwtSecret: "a secret for this test",
    retrySchedule: Array.from({ length: 50 }, () => 0.2),
    attemptTimeoutSeconds: 5,
  };
}

const canLimit = existsSync("/proc/self/fd");

test(
  "without descriptors attempts fail as connections do, the program goes on, and then everything is delivered",
  { skip: canLimit ? false : "a running process can be limited on Linux alone" },
  async (context) => {
    const settings = settingsIn("descriptors");
    const server = await startServer(settings);
    context.after(() => server.end("SIGKILL"));
    const svix = new Svix(await issueToken(settings), { serverUrl: server.address });
    const { id } = await svix.application.create({ name: "one" });
    const endpoint = await svix.endpoint.create(id, { url: receiver.url("/later") });
    const open = readdirSync(`/proc/${server.pid}/fd`).length;
    const limit = (files: number) =>
      execFileSync("prlimit", ["--pid", String(server.pid), `--nofile=${files}:`]);
    limit(open);
    const sent = [];
    for (let index = 0; index < 20; index += 1) {
      sent.push((await svix.message.create(id, { eventType: "a.b", payload: { index } })).id);
    }
    limit(4096);
    const { data } = await eventually(
      () =>
        svix.messageAttempt.listByEndpoint(id, endpoint.id, {
          status: MessageStatus.Success,
          limit: 250,
        }),
      (list) => list.data.length >= sent.length,
    );
    assert.deepEqual(data.map(({ msgId }) => msgId).toSorted(), sent.toSorted());
    const failed = await svix.messageAttempt.listByEndpoint(id, endpoint.id, {
      status: MessageStatus.Fail,
    });
    assert.ok(failed.data.length > 0, "the limit was felt");
    assert.deepEqual(await server.end("SIGTERM"), { code: 0, signal: null });
  },
);

test("a Director that runs out of memory ends the program in order, and the next start goes on", async (context) => {
  const settings = settingsIn("memory");
  const hog = join(folder.path, "hog.mjs");
  const trigger = join(folder.path, "trigger");
  mkdirSync(trigger);
  writeFileSync(
    hog,
    `import { watch } from "node:fs";
     import { threadName } from "node:worker_threads";
     const held = [];
     const eat = () => { for (;;) held.push(new Array(100_000).fill({})); };
     if (threadName === "director-0") watch(${JSON.stringify(trigger)}, eat);`,
  );
  receiver.answer("/memory", () => ({ status: 500 }));
  const greedy = { ...settings, nodeOptions: `--import ${hog} --max-old-space-size=128` };
  const server = await startServer(greedy);
  context.after(() => server.end("SIGKILL"));
  const svix = new Svix(await issueToken(settings), { serverUrl: server.address, numRetries: 0 });
  const { id } = await svix.application.create({ name: "one" });
  await svix.endpoint.create(id, { url: receiver.url("/memory") });
  const sent = await svix.message.create(id, { eventType: "a.b", payload: {} });
  writeFileSync(join(trigger, "now"), "");
  assert.deepEqual(await within(server.exited, 60_000, "the server's end"), {
    code: 1,
    signal: null,
  });
  assert.match(server.lastWords(), /a Director's thread died: .*memory/);

  receiver.answer("/memory", () => ({ status: 200 }));
  const again = await startServer(settings);
  context.after(() => again.end("SIGKILL"));
  const client = new Svix(await issueToken(settings), { serverUrl: again.address });
  await eventually(
    () => client.messageAttempt.listByMsg(id, sent.id),
    ({ data }) => data.some(({ status }) => status === MessageStatus.Success),
  );
  assert.deepEqual(await again.end("SIGTERM"), { code: 0, signal: null });
});
