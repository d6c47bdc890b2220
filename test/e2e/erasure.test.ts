/** Erasing through the whole program: no byte of what an application said is left in any file, whatever crashes meanwhile. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { type AddressInfo } from "node:net";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { createHash } from "node:crypto";
import { gunzipSync } from "node:zlib";
import { GetObjectCommand, ListObjectsV2Command, S3Client } from "@aws-sdk/client-s3";
import { type S3Server, startS3Server } from "../archive/s3-server.ts";
import { eventually } from "./eventually.ts";
import { makeScratchFolder, type ScratchFolder } from "./scratch-folder.ts";
import {
  issueToken,
  type ServerProcess,
  type ServerSettings,
  startServer,
} from "./server-process.ts";

const messagesOfEach = 24;
const jobDbRows = 20;

let folder: ScratchFolder;
let settings: ServerSettings;
let token: string;
let server: ServerProcess;
let receiver: Server;

before(async () => {
  // Refuses with what it was sent, so that answers are told apart like messages.
  receiver = createServer((request, response) => {
    request.on("data", (chunk: Buffer) => {
      response.writeHead(500).end(chunk.toString().replace("payload", "answer"));
    });
  });
  await once(receiver.listen(0, "127.0.0.1"), "listening");
  folder = makeScratchFolder("erasure");
  settings = {
    dataFolder: join(folder.path, "data"),
    listen: "127.0.0.1:0",
    jwtSecret: "a secret of at least thirty-two characters",
    retrySchedule: [],
    attemptTimeoutSeconds: 5,
    others: { POSTHORN_JOBDB_ROWS: String(jobDbRows) },
  };
  token = await issueToken(settings);
  server = await startServer(settings);
});
after(async () => {
  await server.end("SIGKILL");
  receiver.close();
  receiver.closeAllConnections();
  folder.remove();
});

async function ask<Answer>(method: string, path: string, body?: unknown): Promise<Answer> {
  const answer = await fetch(`${server.address}/api/v1${path}`, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(body === undefined ? {} : { "content-type": "application/json" }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  assert.ok(answer.ok, `${method} ${path}: ${answer.status} ${text}`);
  return JSON.parse(text || "null") as Answer; // as the API's document says
}

interface Erasure {
  readonly id: string;
  readonly status: string;
  readonly receipt: {
    readonly jobDbs: readonly { readonly messages: number; readonly attempts: number }[];
    readonly archives: readonly { readonly messages: number; readonly attempts: number }[];
    readonly damaged: readonly unknown[];
    readonly quarantined: readonly number[];
  };
  readonly receiptSha256: string | null;
}

/** All bytes of all files, archive blocks as they are and unpacked. */
function bytesOnDisk(): string {
  const texts: string[] = [];
  for (const entry of readdirSync(settings.dataFolder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const bytes = bytesOf(join(entry.parentPath, entry.name));
    texts.push(bytes.toString("latin1"));
    if (entry.name.endsWith(".gz") && bytes.length > 0)
      texts.push(gunzipSync(bytes).toString("latin1"));
  }
  return texts.join("\n");
}

/** None if the file is gone by now: the server goes on meanwhile. */
function bytesOf(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return Buffer.of();
    throw error;
  }
}

function kindsOnDisk(mark: string): readonly string[] {
  return kindsIn(bytesOnDisk(), mark);
}

function kindsIn(bytes: string, mark: string): readonly string[] {
  const found = bytes.match(new RegExp(`${mark}-(payload|answer|event|tag|channel|url)`, "g"));
  return [...new Set(found)].toSorted();
}

/** Whether all archives that have blocks, by the names in the bucket, have their manifests: they are written last. */
function arePublished(text: string): boolean {
  const archives = Array.from(text.matchAll(/blocks\/([^/\n]+)\//g), ([, archive = ""]) => archive);
  return archives.every((archive) => text.includes(`manifests/${archive}.json`));
}

/** All bytes of all objects of a bucket, archive blocks as they are and unpacked, by a client that is not the program's. */
async function bytesInBucket({ endpoint, bucket }: S3Server): Promise<string> {
  const client = new S3Client({ endpoint, forcePathStyle: true });
  const { Contents: objects = [] } = await client.send(
    new ListObjectsV2Command({ Bucket: bucket }),
  );
  const texts: string[] = [];
  for (const { Key } of objects) {
    const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key }));
    const bytes = Buffer.from((await Body?.transformToByteArray()) ?? []);
    texts.push(Key ?? "", bytes.toString("latin1"));
    if (Key?.endsWith(".gz") === true) texts.push(gunzipSync(bytes).toString("latin1"));
  }
  client.destroy();
  return texts.join("\n");
}

const everything = (mark: string): readonly string[] =>
  ["answer", "channel", "event", "payload", "tag"].map((kind) => `${mark}-${kind}`);

/** An application whose messages all fail, under a mark that is nowhere else. */
async function fill(mark: string): Promise<string> {
  const { id } = await ask<{ id: string }>("POST", "/app", {
    name: "Shop",
    uid: mark.toLowerCase(),
  });
  const { port } = receiver.address() as AddressInfo; // it listens on TCP
  await ask("POST", `/app/${id}/endpoint`, { url: `http://127.0.0.1:${port}/`, uid: "main" });
  for (let at = 0; at < messagesOfEach; at += 1) {
    await ask("POST", `/app/${id}/msg`, {
      eventType: "order.made",
      eventId: `${mark}-event-${at}`,
      tags: [`${mark}-tag`],
      channels: [`${mark}-channel`],
      payload: { is: `${mark}-payload` },
    });
  }
  await eventually(
    () => ask<{ fail: number }>("GET", `/app/${id}/endpoint/main/stats`),
    ({ fail }) => fail === messagesOfEach,
  );
  return id;
}

async function finished(id: string): Promise<Erasure> {
  return eventually(
    () => ask<Erasure>("GET", `/erasure/${id}`),
    ({ status }) => status === "finished",
  );
}

function sum(rows: readonly { readonly messages: number }[]): number {
  return rows.reduce((total, { messages }) => total + messages, 0);
}

test("nothing that an application said is left in any byte of the data folder, in JobDbs and archive, and another's is", async () => {
  const own = await fill("OWN");
  await fill("OTHER");
  // The next start finds what is drained, and archives what could not be delivered.
  await server.end("SIGTERM");
  server = await startServer(settings);
  const manifests = join(settings.dataFolder, "archive/manifests");
  await eventually(
    async () => (existsSync(manifests) ? readdirSync(manifests).length : 0),
    (count) => count > 3,
  );
  assert.deepEqual(kindsOnDisk("OWN"), everything("OWN"));

  const { id } = await ask<Erasure>("POST", "/erasure", { application: "own" });
  const { receipt, receiptSha256 } = await finished(id);
  assert.deepEqual(kindsOnDisk("OWN"), []);
  assert.deepEqual(kindsOnDisk("OTHER"), everything("OTHER"));
  assert.equal(sum(receipt.jobDbs), messagesOfEach);
  assert.ok(sum(receipt.archives) > 0, "some of it was in the archive");
  assert.deepEqual([receipt.damaged, receipt.quarantined], [[], []]);

  const sha256 = createHash("sha256").update(JSON.stringify(receipt)).digest("hex");
  assert.equal(receiptSha256, sha256);
  const { data: entries } = await ask<{ data: { outcome: string; subjects: object }[] }>(
    "GET",
    "/audit-log?operation=v1.erasure.create",
  );
  assert.deepEqual(
    entries.map(({ outcome, subjects }) => ({ outcome, ...subjects })),
    [
      { outcome: "done", erasure_id: id, receipt_sha256: sha256 },
      { outcome: "asked", erasure_id: id },
    ],
  );
  const { data } = await ask<{ data: { payload: unknown }[] }>("GET", `/app/${own}/msg`);
  assert.deepEqual(data[0]?.payload, { expired: true });
});

test("an erasure that was killed with the process goes on after the next start, also of a deleted application", async () => {
  const id = await fill("LATE");
  await ask("DELETE", `/app/${id}`);
  const erasure = await ask<Erasure>("POST", "/erasure", { application: id });
  await server.end("SIGKILL");
  server = await startServer(settings);
  const { receipt } = await finished(erasure.id);
  assert.equal(sum(receipt.jobDbs), messagesOfEach);
  assert.deepEqual(kindsOnDisk("LATE"), []);
});

test("of one message everything goes, and of an endpoint what it answered", async () => {
  const id = await fill("PART");
  const { data } = await ask<{ data: { id: string }[] }>("GET", `/app/${id}/msg?limit=1`);
  const message = data[0]?.id;
  const single = await ask<Erasure>("POST", "/erasure", { application: id, message });
  assert.equal(sum((await finished(single.id)).receipt.jobDbs), 1);
  const answers = await ask<Erasure>("POST", "/erasure", { application: id, endpoint: "main" });
  const { receipt } = await finished(answers.id);
  assert.equal(
    receipt.jobDbs.reduce((total, { attempts }) => total + attempts, 0),
    messagesOfEach,
  );
  assert.deepEqual(
    kindsOnDisk("PART"),
    everything("PART").filter((kind) => kind !== "PART-answer"),
  );
});

test("of an archive in S3 it goes as well: nothing of it is in any object, and another's is", async (t) => {
  const s3 = await startS3Server();
  t.after(s3.stop);
  await server.end("SIGTERM");
  settings = {
    ...settings,
    dataFolder: join(folder.path, "with-s3"),
    others: {
      ...settings.others,
      POSTHORN_ARCHIVE: `s3://${s3.bucket}/posthorn`,
      POSTHORN_ARCHIVE_S3_ENDPOINT: s3.endpoint,
    },
  };
  server = await startServer(settings);
  await fill("FAR");
  await fill("NEAR");
  await server.end("SIGTERM");
  server = await startServer(settings);
  for (const mark of ["FAR", "NEAR"]) {
    await eventually(
      () => bytesInBucket(s3),
      (text) => kindsIn(text, mark).length === everything(mark).length && arePublished(text),
    );
  }
  const { id } = await ask<Erasure>("POST", "/erasure", { application: "far" });
  const { receipt } = await finished(id);
  assert.ok(sum(receipt.archives) > 0, "some of it was in the archive");
  assert.deepEqual(kindsIn(await bytesInBucket(s3), "FAR"), []);
  assert.deepEqual(kindsIn(await bytesInBucket(s3), "NEAR"), everything("NEAR"));
  assert.deepEqual(kindsOnDisk("FAR"), []);
});
