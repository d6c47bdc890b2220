/** The archive through the whole program and the commands of docs/archive.md, and messages that are good again after a restore. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { after, before, test } from "node:test";
import { MessageStatus, Svix } from "svix";
import type { Manifest } from "../../src/archive/manifest.ts";
import { type Posthorn, type PosthornOptions, startPosthorn } from "../../src/main/posthorn.ts";
import { parseSettings } from "../../src/main/settings.ts";
import { startS3Server } from "../archive/s3-server.ts";
import { eventually } from "./eventually.ts";
import { PathReceiver } from "./path-receiver.ts";
import { makeScratchFolder, type ScratchFolder } from "./scratch-folder.ts";

const root = join(import.meta.dirname, "../..");
const receiver = new PathReceiver();
let folder: ScratchFolder;
let data: string;
let archive: string;
let posthorn: Posthorn | undefined;

before(async () => {
  await receiver.start();
  folder = makeScratchFolder("archive");
  data = join(folder.path, "posthorn-data");
  archive = join(data, "archive");
});

after(async () => {
  await posthorn?.stop();
  receiver.stop();
  folder.remove();
});

/** A run of the program, and a client of it. */
async function start(settings: PosthornOptions = {}): Promise<Svix> {
  posthorn = await startPosthorn({
    ...settings,
    data,
    listen: "127.0.0.1:0",
    allowSubnets: ["127.0.0.0/8"],
    retrySchedule: [],
    logLevel: "silent",
  });
  return new Svix(await posthorn.token(), { serverUrl: posthorn.address });
}

async function stop(): Promise<void> {
  await posthorn?.stop();
  posthorn = undefined;
}

interface Result {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a line of the documentation as it stands there, but for where the data is. */
function run(line: string): Promise<Result> {
  const { promise, resolve } = Promise.withResolvers<Result>();
  const inFolder = line.replaceAll("posthorn-data/", `${data}/`);
  const listen = posthorn === undefined ? "127.0.0.1:1" : new URL(posthorn.address).host;
  const env = {
    ...process.env,
    POSTHORN_DATA: data,
    POSTHORN_EGRESS_PROXY: "off",
    POSTHORN_LISTEN: listen,
  };
  execFile("bash", ["-c", inFolder], { cwd: root, env }, (error, stdout, stderr) => {
    resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
  });
  return promise;
}

const command = (words: string): string => `npm run --silent posthorn -- archive ${words}`;

function documentedLines(): readonly string[] {
  const document = readFileSync(join(root, "docs/archive.md"), "utf8");
  const blocks = Array.from(document.matchAll(/```sh\n([^]*?)```/g), (match) => match[1] ?? "");
  return blocks.flatMap((block) => block.trim().split("\n"));
}

/** As retention will drop it. */
function removeJobDb(): void {
  for (const suffix of ["", "-wal", "-shm"])
    rmSync(join(data, `jobdb/00000001.db${suffix}`), { force: true });
}

function isDrained(): boolean {
  const database = new DatabaseSync(join(data, "jobdb/00000001.db"), { readOnly: true });
  const row = database.prepare("SELECT drained_at_ms FROM job_db").get();
  database.close();
  return row?.["drained_at_ms"] !== null;
}

let failedId: string;

test("what could not be delivered is in the archive when its JobDb is drained", async () => {
  receiver.answer("/bad", () => ({ status: 500 }));
  receiver.answer("/good", () => ({ status: 200 }));
  const svix = await start();
  await svix.application.upsert("shop", { name: "shop" });
  await svix.endpoint.upsert("shop", "bad", { url: receiver.url("/bad"), channels: ["bad"] });
  await svix.endpoint.upsert("shop", "good", { url: receiver.url("/good"), channels: ["good"] });
  const create = (channel: string) =>
    svix.message.create("shop", {
      eventType: "order.paid",
      payload: { note: channel },
      channels: [channel],
    });
  failedId = (await create("bad")).id;
  await create("good");
  await receiver.requests("/bad", 1);
  await receiver.requests("/good", 1);
  await stop();
  await start();
  await eventually(async () => isDrained(), Boolean);
  await stop();
  await start();
  const manifest = join(archive, "manifests/00000001.undelivered.json");
  await eventually(async () => existsSync(manifest), Boolean);
});

test("the commands of docs/archive.md list, search and verify it beside the server, which keeps its folder", async () => {
  const outputs = new Map<string, Result>();
  const commands = documentedLines().filter((line) => !line.endsWith("npm start"));
  for (const line of commands) outputs.set(line, await run(line));
  const outputOf = (line: string): Result => outputs.get(line) ?? assert.fail(line);
  const list = outputOf(command("list"));
  assert.equal(list.code, 0);
  assert.match(list.stdout, /^JobDb +kind +messages .*\n1 +undelivered +1 +1 +1 +\d+ +20\d\d-/);
  const { archives, damages } = JSON.parse(outputOf(command("verify --json")).stdout) as {
    archives: readonly { readonly messages: number; readonly from: string }[];
    damages: readonly unknown[];
  };
  assert.deepEqual([archives.length, archives[0]?.messages, damages], [1, 1, []]);
  for (const [line, { code, stdout }] of outputs) {
    if (line.startsWith("zcat")) assert.ok(code === 0 && stdout.includes(failedId), line);
  }
  const restore = outputOf(command("restore 1"));
  assert.equal(restore.code, 1);
  assert.match(restore.stderr, /is in use by another Posthorn process/);
});

test("a JobDb that is there is not replaced, and one that is not archived not restored", async () => {
  await stop();
  const present = await run(command("restore 1"));
  assert.equal(present.code, 1);
  assert.match(present.stderr, /00000001\.db is there already/);
  const missing = await run(command("restore 77"));
  assert.equal(missing.code, 1);
  assert.match(missing.stderr, /JobDb 77 is not in the archive/);
});

test("after its JobDb was dropped and restored, a message is found by its id, and sent again on request alone", async () => {
  removeJobDb();
  const before = await start();
  await assert.rejects(before.message.get("shop", failedId), { code: 404 });
  await stop();
  assert.deepEqual(await run(command("restore 1")), {
    code: 0,
    stdout: "JobDb 1 restored: undelivered, 1 messages\n",
    stderr: "",
  });
  const attempts = receiver.count("/bad");
  const svix = await start();
  const message = await svix.message.get("shop", failedId, { withContent: true });
  assert.deepEqual(message.payload, { note: "bad" });
  const { data: made } = await svix.messageAttempt.listByMsg("shop", failedId);
  assert.deepEqual(
    made.map(({ status, responseStatusCode }) => [status, responseStatusCode]),
    [[MessageStatus.Fail, 500]],
  );
  receiver.answer("/bad", () => ({ status: 200 }));
  await svix.messageAttempt.resend("shop", failedId, "bad");
  const requests = await receiver.requests("/bad", attempts + 1);
  assert.equal(requests.length, attempts + 1, "nothing was sent by itself");
  assert.equal(requests.at(-1)?.headers["webhook-id"], failedId);
});

test("damage is found, its block is named, and the exit code says so", async () => {
  await eventually(async () => isDrained(), Boolean); // again, after what was resent
  await stop(); // it may be archived anew, which would take the damage away
  const { manifest } = JSON.parse(
    readFileSync(join(archive, "manifests/00000001.undelivered.json"), "utf8"),
  ) as { readonly manifest: Manifest };
  const name = manifest.blocks[0]?.name ?? "";
  const bytes = readFileSync(join(archive, name));
  bytes[40] = (bytes[40] ?? 0) ^ 1;
  writeFileSync(join(archive, name), bytes);
  const { code, stderr, stdout } = await run(command("verify --json"));
  assert.equal(code, 1);
  const damage = { name, why: "its checksum is wrong" };
  assert.equal(stderr, `posthorn: ${damage.name} is damaged: ${damage.why}\n`);
  const { damages } = JSON.parse(stdout) as { readonly damages: unknown };
  assert.deepEqual(damages, [damage]);
});

test("with the archive off there is none to look into", async () => {
  const { code, stderr } = await run(`${command("list")} --archive off`);
  assert.equal(code, 1);
  assert.equal(stderr, "posthorn: nothing is archived: --archive is off\n");
});

test("with an archive in S3 the same goes there, and is restored from there", async (t) => {
  const s3 = await startS3Server();
  t.after(s3.stop);
  const location = { archive: `s3://${s3.bucket}/posthorn`, archiveS3Endpoint: s3.endpoint };
  await start(location);
  const flags = `--archive ${location.archive} --archive-s3-endpoint ${s3.endpoint}`;
  const archived = await eventually(
    () => run(`${command("list --json")} ${flags}`),
    ({ stdout }) => stdout.includes('"jobDb": 1'),
  );
  assert.equal(archived.code, 0);
  await stop();
  assert.equal((await run(`${command("verify")} ${flags}`)).code, 0);
  removeJobDb();
  const { code, stdout } = await run(`${command("restore 1")} ${flags}`);
  // What had failed was delivered in the meantime.
  assert.deepEqual([code, stdout], [0, "JobDb 1 restored: undelivered, 0 messages\n"]);
});

test("the settings in docs/archive.md are settings", () => {
  const starts = documentedLines().filter((line) => line.endsWith("npm start"));
  assert.equal(starts.length, 3);
  for (const line of starts) {
    const environment = Object.fromEntries(
      Array.from(line.matchAll(/([A-Z\d_]+)=(\S+)/g), ([, name = "", value = ""]) => [name, value]),
    );
    assert.equal(parseSettings({ flags: {}, environment, file: undefined }).kind, "ok", line);
  }
});
