/** The program on a disk that has altered a JobDb: what is damaged is not sent, and everything else is. */
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { after, before, test } from "node:test";
import { Svix } from "svix";
import { eventually } from "./eventually.ts";
import { PathReceiver } from "./path-receiver.ts";
import { makeScratchFolder, type ScratchFolder } from "./scratch-folder.ts";
import { issueToken, type ServerSettings, startServer } from "./server-process.ts";
import { within } from "./within.ts";

const receiver = new PathReceiver();
let folder: ScratchFolder;

before(async () => {
  await receiver.start();
  folder = makeScratchFolder("damaged-file");
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

/** Starts and leaves messages waiting in a JobDb of its own: those told as `broken` at an endpoint that fails. */
async function leaveWaiting(settings: ServerSettings, path: string, payloads: readonly string[]) {
  receiver.answer(path, () => ({ status: 500 }));
  const server = await startServer(settings);
  const svix = new Svix(await issueToken(settings), { serverUrl: server.address });
  const { id } = await svix.application.create({ name: path });
  await svix.endpoint.create(id, { url: receiver.url(path) });
  const sent = [];
  for (const text of payloads) {
    sent.push((await svix.message.create(id, { eventType: "a.b", payload: { text } })).id);
  }
  await receiver.requests(path, payloads.length);
  await server.end("SIGTERM");
  return { id, sent };
}

function jobDbPathIn({ dataFolder }: ServerSettings, number: number): string {
  return join(dataFolder, "jobdb", `0000000${number}.db`);
}

test("a file that SQLite can't read is set aside at the start, and the others are delivered", async (context) => {
  const settings = settingsIn("unreadable");
  await leaveWaiting(settings, "/lost", ["lost"]);
  await leaveWaiting(settings, "/kept", ["kept"]);
  writeFileSync(jobDbPathIn(settings, 1), "no database ".repeat(1000));
  for (const path of ["/lost", "/kept"]) receiver.answer(path, () => ({ status: 200 }));
  const attempts = { lost: receiver.count("/lost"), kept: receiver.count("/kept") };

  const server = await startServer(settings);
  context.after(() => server.end("SIGKILL"));
  await receiver.requests("/kept", attempts.kept + 1);
  assert.match(server.lastWords(), /"jobDb":1,.*is damaged and set aside/);
  assert.deepEqual(await server.end("SIGTERM"), { code: 0, signal: null });
  assert.equal(receiver.count("/lost"), attempts.lost);
  const setAside = readdirSync(join(settings.dataFolder, "jobdb", "quarantine"));
  assert.ok(setAside.includes("00000001.db"));
  assert.equal(existsSync(jobDbPathIn(settings, 1)), false);
});

test("a file that turns out to be damaged ends the program once, and the next start goes on without it", async (context) => {
  const settings = settingsIn("in-use");
  await leaveWaiting(settings, "/inside", ["inside"]);
  await leaveWaiting(settings, "/beside", ["beside"]);
  const path = jobDbPathIn(settings, 1);
  const bytes = readFileSync(path);
  writeFileSync(path, bytes.fill(0xff, 8 * 4096)); // beyond the schema, so that it opens
  for (const each of ["/inside", "/beside"]) receiver.answer(each, () => ({ status: 200 }));
  const first = await startServer(settings).then(
    (server) => within(server.exited, 30_000, "the server's end"),
    () => undefined, // it has ended before it accepted
  );
  assert.notEqual(first?.code, 0);
  const server = await startServer(settings);
  context.after(() => server.end("SIGKILL"));
  await eventually(
    async () => server.lastWords(),
    (words) => words.includes("is damaged and set aside"),
  );
  await receiver.requests("/beside", 2);
  assert.deepEqual(await server.end("SIGTERM"), { code: 0, signal: null });
});

test("a payload that the disk has altered is never sent: its delivery is cancelled, and the next one is made", async (context) => {
  const settings = settingsIn("altered");
  const { id, sent } = await leaveWaiting(settings, "/altered", ["spoiled", "sound"]);
  const database = new DatabaseSync(jobDbPathIn(settings, 1));
  database.exec(
    "UPDATE message SET payload = CAST(replace(CAST(payload AS TEXT), 'spoiled', 'sp0iled') AS BLOB)",
  );
  database.close();
  const before = receiver.count("/altered");
  receiver.answer("/altered", () => ({ status: 200 }));
  const server = await startServer(settings);
  context.after(() => server.end("SIGKILL"));
  const svix = new Svix(await issueToken(settings), { serverUrl: server.address });
  const { data } = await eventually(
    () => svix.messageAttempt.listByMsg(id, sent[0] ?? "", { withContent: true }),
    (list) => list.data.some(({ response }) => response.includes("not what was stored")),
  );
  assert.equal(data[0]?.responseStatusCode, 0);
  const requests = await receiver.requests("/altered", before + 1);
  assert.deepEqual(
    requests.slice(before).map(({ body }) => body.toString()),
    ['{"text":"sound"}'],
  );
  assert.match(server.lastWords(), /a payload is damaged on the disk/);
  assert.deepEqual(await server.end("SIGTERM"), { code: 0, signal: null });
});
