/** The program on a disk that has altered a sealed secret: nothing is sent unsigned, and everybody else is served. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { after, before, test } from "node:test";
import { Svix } from "svix";
import { Webhook } from "standardwebhooks";
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
let folder: ScratchFolder;
let settings: ServerSettings;

before(async () => {
  await receiver.start();
  folder = makeScratchFolder("unreadable-secret");
  settings = {
    dataFolder: folder.path,
    listen: "127.0.0.1:0",
    jwtSecret: "a secret of at least thirty-two characters",
    retrySchedule: Array.from({ length: 50 }, () => 0.2),
    attemptTimeoutSeconds: 5,
  };
});

after(() => {
  receiver.stop();
  folder.remove();
});

type Sealed = readonly [table: "signing_secret" | "endpoint", column: string];

/** Changes a character of what is sealed. */
function alter(file: string, [table, column]: Sealed, endpoint: string): void {
  const database = new DatabaseSync(join(folder.path, file));
  const owner = table === "endpoint" ? "key" : "endpoint";
  const { changes } = database
    .prepare(
      `UPDATE ${table} SET ${column} = substr(${column}, 1, 40) ||
         CASE substr(${column}, 41, 1) WHEN 'A' THEN 'B' ELSE 'A' END || substr(${column}, 42)
       WHERE ${owner} = (SELECT key FROM endpoint WHERE id = ?)`,
    )
    .run(endpoint);
  database.close();
  assert.equal(changes, 1);
}

async function serve(): Promise<{ readonly server: ServerProcess; readonly svix: Svix }> {
  const server = await startServer(settings);
  return { server, svix: new Svix(await issueToken(settings), { serverUrl: server.address }) };
}

const headerValue = "0123456789";

/** Two endpoints of an application; then the server has ended. */
async function prepare(name: string) {
  const [altered, sound] = [`/altered-${name}`, `/sound-${name}`];
  for (const path of [altered, sound]) receiver.answer(path, () => ({ status: 200 }));
  const { server, svix } = await serve();
  const { id } = await svix.application.create({ name });
  const headers = { "x-key": headerValue };
  const { id: endpoint } = await svix.endpoint.create(id, { url: receiver.url(altered), headers });
  await svix.endpoint.create(id, { url: receiver.url(sound) });
  const { key } = await svix.endpoint.getSecret(id, endpoint);
  await server.end("SIGTERM");
  return { altered, sound, id, endpoint, key };
}

for (const sealed of [
  ["signing_secret", "secret"],
  ["endpoint", "headers"],
] as const) {
  const [, column] = sealed;
  test(`no attempt is made while the ${column} can't be opened, and then a signed one`, async (context) => {
    const { altered, id, endpoint, key } = await prepare(column);
    alter("ldb.db", sealed, endpoint);
    const { server, svix } = await serve();
    context.after(() => server.end("SIGKILL"));
    const message = await svix.message.create(id, { eventType: "a.b", payload: { n: 1 } });
    const [request] = await receiver.requests(altered, 1);
    assert.equal(request?.headers["webhook-id"], message.id);
    assert.equal(request?.headers["x-key"], headerValue);
    new Webhook(key).verify(request?.body ?? "", request?.headers as Record<string, string>);
    const { data } = await eventually(
      () => svix.messageAttempt.listByEndpoint(id, endpoint, { withContent: true }),
      (attempts) => attempts.data[0]?.responseStatusCode === 200,
    );
    // It may be written again before the first attempt: it is looked up for its queue too.
    assert.ok(data.slice(1).every(({ response }) => response.startsWith("Not sent: a secret")));
    assert.match(server.lastWords(), /was written again from the control store/);
    assert.deepEqual(await server.end("SIGTERM"), { code: 0, signal: null });
  });
}

test("with the control store altered as well nothing is sent unsigned, and others get theirs", async (context) => {
  const { altered, sound, id, endpoint, key } = await prepare("both");
  for (const file of ["ldb.db", "control.db"]) alter(file, ["signing_secret", "secret"], endpoint);
  const { server, svix } = await serve();
  context.after(() => server.end("SIGKILL"));
  await svix.message.create(id, { eventType: "a.b", payload: { n: 1 } });
  await receiver.requests(sound, 1);
  const { data } = await eventually(
    () => svix.messageAttempt.listByEndpoint(id, endpoint, { withContent: true }),
    (attempts) => attempts.data.length > 2,
  );
  assert.ok(data.every(({ response }) => response.startsWith("Not sent: ")));
  assert.equal(receiver.count(altered), 0);
  const words = server.lastWords();
  assert.match(words, new RegExp(`"endpoint":"${endpoint}".*can't be opened`));
  assert.match(words, /could not write the endpoint again/);
  assert.ok(!words.includes(key) && !words.includes(headerValue));
  assert.deepEqual(await server.end("SIGTERM"), { code: 0, signal: null });
});

test("a new secret mends an endpoint whose own can't be opened anywhere", async (context) => {
  const { altered, id, endpoint } = await prepare("rotated");
  for (const file of ["ldb.db", "control.db"]) alter(file, ["signing_secret", "secret"], endpoint);
  const { server, svix } = await serve();
  context.after(() => server.end("SIGKILL"));
  const message = await svix.message.create(id, { eventType: "a.b", payload: { n: 1 } });
  await svix.endpoint.rotateSecret(id, endpoint, {});
  const { key } = await svix.endpoint.getSecret(id, endpoint);
  const [request] = await receiver.requests(altered, 1);
  assert.equal(request?.headers["webhook-id"], message.id);
  new Webhook(key).verify(request?.body ?? "", request?.headers as Record<string, string>);
  assert.deepEqual(await server.end("SIGTERM"), { code: 0, signal: null });
});
