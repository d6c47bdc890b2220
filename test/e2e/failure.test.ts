/** What happens when a Director can't go on: nothing is acknowledged any more, the process ends in order, the next one recovers. */
import assert from "node:assert/strict";
import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { after, before, test } from "node:test";
import { ApiException, Svix } from "svix";
import { type Posthorn, startPosthorn } from "../../src/main/posthorn.ts";
import { makeScratchFolder, type ScratchFolder } from "./scratch-folder.ts";
import { issueToken, type ServerSettings, startServer } from "./server-process.ts";
import { within } from "./within.ts";

let folder: ScratchFolder;

before(() => {
  folder = makeScratchFolder("failure");
});

after(() => folder.remove());

/** Somebody else opens the newest JobDb as its owner: the next commit must fail. */
function takeOver(dataFolder: string): void {
  const jobDbs = join(dataFolder, "jobdb");
  const newest =
    readdirSync(jobDbs)
      .filter((name) => name.endsWith(".db"))
      .toSorted()
      .at(-1) ?? "";
  const database = new DatabaseSync(join(jobDbs, newest));
  database.exec("UPDATE job_db SET epoch = epoch + 1");
  database.close();
}

function messages(
  svix: Svix,
  application: string,
  count: number,
): Promise<PromiseSettledResult<unknown>[]> {
  const create = () => svix.message.create(application, { eventType: "a.b", payload: {} });
  return Promise.allSettled(Array.from({ length: count }, create));
}

test("as a library: every message under way gets 503, the failure is told, and another start goes on", async () => {
  const data = join(folder.path, "library");
  const start = (): Promise<Posthorn> =>
    startPosthorn({ data, listen: "127.0.0.1:0", logLevel: "silent" });
  const first = await start();
  // The client tries again by itself when it gets a 5xx; here one try is to tell.
  const options = { serverUrl: first.address, numRetries: 0 };
  const svix = new Svix(await first.token(), options);
  const { id } = await svix.application.create({ name: "one" });
  await svix.message.create(id, { eventType: "a.b", payload: {} });
  takeOver(data);
  for (const result of await messages(svix, id, 20)) {
    assert.equal(result.status, "rejected");
    assert.ok(result.reason instanceof ApiException);
    assert.equal(result.reason.code, 503);
  }
  assert.equal((await within(first.failure, 10_000, "the failure")).code, "jobdb_stale_owner");
  assert.equal((await fetch(`${first.address}/api/v1/health/ping`)).status, 503);
  await first.stop();

  const second = await start();
  const again = new Svix(await second.token(), { serverUrl: second.address });
  assert.equal((await again.message.list(id)).data.length, 1);
  await again.message.create(id, { eventType: "a.b", payload: {} });
  await second.stop();
});

test("as a process: it ends in order, with 1 and the cause", async () => {
  const settings: ServerSettings = {
    dataFolder: join(folder.path, "process"),
    listen: "127.0.0.1:0",
    jwtSecret: "a secret",
    retrySchedule: [1],
    attemptTimeoutSeconds: 5,
  };
  const server = await startServer(settings);
  const svix = new Svix(await issueToken(settings), { serverUrl: server.address, numRetries: 0 });
  const { id } = await svix.application.create({ name: "one" });
  takeOver(settings.dataFolder);
  const results = await messages(svix, id, 20);
  assert.ok(results.every((result) => result.status === "rejected"));
  const exit = await within(server.exited, 30_000, "the server's end");
  assert.deepEqual(exit, { code: 1, signal: null });
  assert.match(server.lastWords(), /taken over by the owner with epoch/);
  assert.doesNotMatch(server.lastWords(), /assertion|\.ts:\d/);
});

test("a start whose Director can't make its JobDb fails with the cause, and no trace of the program", async () => {
  const data = join(folder.path, "no JobDb");
  // SQLite needs a file of this name while it makes the first JobDb.
  mkdirSync(join(data, "jobdb/00000001.db-journal"), { recursive: true });
  await assert.rejects(startPosthorn({ data, listen: "127.0.0.1:0", logLevel: "silent" }), {
    code: "data_unwritable",
    message: /00000001\.db: unable to open database file$/,
  });
});
