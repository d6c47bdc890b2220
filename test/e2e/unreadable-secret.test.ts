/** The program on a disk that has altered a sealed secret: nothing is sent unsigned, and everybody else is served. */
import assert from "node:assert/strict";
import { rmSync } from "node:fs";
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

const ldbFiles = ["ldb.db", "ldb.db-wal", "ldb.db-shm"];

/** Changes the last byte before the padding of what is sealed. */
function alter(table: string, column: string, endpoint: string): void {
  const database = new DatabaseSync(join(folder.path, "ldb.db"));
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

for (const [table, column] of [
  ["signing_secret", "secret"],
  ["endpoint", "headers"],
] as const) {
  test(`an endpoint whose ${column} can't be opened gets nothing until it can, and others get theirs`, async (context) => {
    const [altered, sound] = [`/altered-${column}`, `/sound-${column}`];
    for (const path of [altered, sound]) receiver.answer(path, () => ({ status: 200 }));
    const first = await serve();
    const { id } = await first.svix.application.create({ name: column });
    const headers = { "x-key": "0123456789" };
    const endpoint = await first.svix.endpoint.create(id, { url: receiver.url(altered), headers });
    await first.svix.endpoint.create(id, { url: receiver.url(sound) });
    const { key } = await first.svix.endpoint.getSecret(id, endpoint.id);
    await first.server.end("SIGTERM");
    alter(table, column, endpoint.id);

    const second = await serve();
    context.after(() => second.server.end("SIGKILL"));
    const message = await second.svix.message.create(id, { eventType: "a.b", payload: { n: 1 } });
    await receiver.requests(sound, 1);
    const attempts = await eventually(
      () => second.svix.messageAttempt.listByEndpoint(id, endpoint.id, { withContent: true }),
      ({ data }) => data.length > 1,
    );
    assert.match(attempts.data[0]?.response ?? "", /^Not sent: .* can't be read on the server/);
    assert.equal(receiver.count(altered), 0);
    const words = second.server.lastWords();
    assert.match(words, new RegExp(`"endpoint":"${endpoint.id}".*can't be opened`));
    assert.ok(!words.includes(key) && !words.includes(headers["x-key"]));
    assert.deepEqual(await second.server.end("SIGTERM"), { code: 0, signal: null });

    for (const file of ldbFiles) rmSync(join(folder.path, file), { force: true });
    const third = await serve();
    context.after(() => third.server.end("SIGKILL"));
    const [request] = await receiver.requests(altered, 1);
    assert.equal(request?.headers["webhook-id"], message.id);
    assert.equal(request?.headers["x-key"], headers["x-key"]);
    new Webhook(key).verify(request?.body ?? "", request?.headers as Record<string, string>);
    await third.server.end("SIGTERM");
  });
}
