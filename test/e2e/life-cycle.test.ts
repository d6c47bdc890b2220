/** The real program with JobDbs of a few rows: they are sealed under load, survive kills, and are dropped at their time. */
import assert from "node:assert/strict";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { after, before, test } from "node:test";
import { ApiException, type MessageOut, Svix } from "svix";
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
const jobDbRows = 60;
const waves = 4;
const messagesPerWave = 80;
let folder: ScratchFolder;
let server: ServerProcess | undefined;

before(async () => {
  await receiver.start();
  folder = makeScratchFolder("life-cycle");
});
after(async () => {
  await server?.end("SIGKILL");
  receiver.stop();
  folder.remove();
});

const settingsWith = (others: Readonly<Record<string, string>>): ServerSettings => ({
  dataFolder: folder.path,
  listen: "127.0.0.1:0",
  jwtSecret: "a secret of at least thirty-two characters",
  retrySchedule: [0.05, 0.1, 0.2],
  attemptTimeoutSeconds: 5,
  others,
});

const jobDbFiles = async (): Promise<readonly string[]> =>
  (await readdir(join(folder.path, "jobdb"))).filter((name) => name.endsWith(".db"));

/** All messages, page by page, the newest first. */
async function listed(svix: Svix): Promise<readonly MessageOut[]> {
  const messages: MessageOut[] = [];
  for (let iterator: string | null = null; ;) {
    const page = await svix.message.list("shop", {
      limit: 30,
      ...(iterator === null ? {} : { iterator }),
    });
    messages.push(...page.data);
    if (page.done) return messages;
    ({ iterator } = page);
  }
}

function isNotFound(error: unknown): boolean {
  return error instanceof ApiException && error.code === 404;
}

test("JobDbs are sealed under load and across kills without a message lost, and dropped when their time is over", async () => {
  const sealing = { POSTHORN_JOBDB_ROWS: String(jobDbRows) };
  const settings = settingsWith(sealing);
  const token = await issueToken(settings);
  const start = async (others: ServerSettings): Promise<Svix> => {
    server = await startServer(others);
    return new Svix(token, { serverUrl: server.address, numRetries: 0 });
  };
  let svix = await start(settings);
  await svix.application.create({ name: "Shop", uid: "shop" });
  await svix.endpoint.create("shop", { url: receiver.url("/hook") });
  receiver.answer("/hook", (_, count) => ({ status: count % 7 === 0 ? 500 : 200 }));

  const accepted: string[] = [];
  for (let wave = 1; wave <= waves; wave += 1) {
    const send = async (_: unknown, index: number) => {
      const message = { eventType: "order.paid", payload: { wave, index } };
      const { id } = await svix.message.create("shop", message);
      accepted.push(id);
    };
    const filesBefore = (await jobDbFiles()).length;
    await Promise.all(Array.from({ length: messagesPerWave }, send));
    // Amid the first half of the work the next JobDb is made; the kill comes amid the second half, which it takes.
    await eventually(jobDbFiles, (files) => files.length > filesBefore);
    const work = Array.from({ length: messagesPerWave }, send);
    await Promise.all(work.slice(0, messagesPerWave / 2));
    await Promise.allSettled([...work, server?.end("SIGKILL")]);
    svix = await start(settings);
  }
  let arrived = await receiver.requests("/hook", accepted.length);
  const idsOf = () => new Set(arrived.map(({ headers }) => headers["webhook-id"]));
  // Some arrive twice or are answered 500 first, so what is missing is waited for one by one.
  while (!accepted.every((id) => idsOf().has(id)))
    arrived = await receiver.requests("/hook", arrived.length + 1);
  // A run without sealing would leave one, and there is the one that is open now.
  assert.ok((await jobDbFiles()).length > waves + 1, "JobDbs were sealed");
  const messages = await listed(svix);
  const ids = messages.map(({ id }) => id);
  assert.equal(new Set(ids).size, ids.length, "each message is listed once");
  assert.deepEqual(
    accepted.filter((id) => !ids.includes(id)),
    [],
    "every accepted message is listed",
  );
  assert.deepEqual(ids, ids.toSorted().toReversed(), "they are listed in the order of time");

  await server?.end("SIGTERM");
  svix = await start(settingsWith({ ...sealing, POSTHORN_RETENTION_DAYS: "0" }));
  await eventually(jobDbFiles, (files) => files.length === 1);
  assert.deepEqual(await listed(svix), []);
  const [oldest = assert.fail()] = accepted;
  await assert.rejects(svix.message.get("shop", oldest), isNotFound);
  await assert.rejects(
    svix.messageAttempt.listByMsg("shop", oldest),
    isNotFound,
    "its attempts are gone as well",
  );
  const [endpoint = assert.fail()] = (await svix.endpoint.list("shop")).data;
  await assert.rejects(svix.messageAttempt.resend("shop", oldest, endpoint.id), isNotFound);
  const { id } = await svix.message.create("shop", { eventType: "order.paid", payload: {} });
  assert.ok(!ids.includes(id));
  assert.equal((await svix.message.get("shop", id)).id, id);
  assert.equal((await server?.end("SIGTERM"))?.code, 0);
});

test("the history of an application with a retention of its own stays when the others' is dropped", async () => {
  const dataFolder = join(folder.path, "own-retention");
  const settings = { ...settingsWith({}), dataFolder };
  const token = await issueToken(settings);
  const start = async (others: ServerSettings): Promise<Svix> => {
    server = await startServer(others);
    return new Svix(token, { serverUrl: server.address, numRetries: 0 });
  };
  const kept: string[] = [];
  // Each run has a JobDb of its own, and so has each application here.
  for (const [uid, own] of [
    ["brief", {}],
    ["patient", { retentionDays: 1 }],
  ] as const) {
    const svix = await start(settings);
    const put = await fetch(`${server?.address}/api/v1/app/${uid}`, {
      method: "PUT",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      body: JSON.stringify({ name: uid, ...own }), // the client of Svix knows no retention
    });
    assert.equal(put.status, 201);
    kept.push((await svix.message.create(uid, { eventType: "order.paid", payload: {} })).id);
    assert.equal((await server?.end("SIGTERM"))?.code, 0);
  }
  const [brief = assert.fail(), patient = assert.fail()] = kept;
  const svix = await start({ ...settings, others: { POSTHORN_RETENTION_DAYS: "0" } });
  await eventually(
    () => svix.message.list("brief"),
    ({ data }) => data.length === 0,
  );
  await assert.rejects(svix.message.get("brief", brief), isNotFound);
  assert.equal((await svix.message.get("patient", patient)).id, patient);
  assert.equal((await server?.end("SIGTERM"))?.code, 0);
  assert.deepEqual(jobDbsOnRecordAsDropped(dataFolder), ["1"]);
});

function jobDbsOnRecordAsDropped(dataFolder: string): readonly unknown[] {
  const database = new DatabaseSync(join(dataFolder, "control.db"), { readOnly: true });
  const rows = database
    .prepare(
      `SELECT json_extract(entry, '$.subjects.job_db') AS job_db FROM audit_entry
       WHERE operation = 'server.history.drop' ORDER BY sequence`,
    )
    .all();
  database.close();
  return rows.map(({ job_db: jobDb }) => jobDb);
}
