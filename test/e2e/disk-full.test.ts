/** The program on a disk that gets full: it refuses, delivers what it has, and comes back by itself. */
import assert from "node:assert/strict";
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { after, before, type TestContext, test } from "node:test";
import { ApiException, MessageStatus, Svix } from "svix";
import { eventually } from "./eventually.ts";
import { PathReceiver } from "./path-receiver.ts";
import { makeScratchFolder, type ScratchFolder } from "./scratch-folder.ts";
import {
  issueToken,
  type ServerProcess,
  type ServerSettings,
  startServer,
} from "./server-process.ts";
import { mountSmallDisk, type SmallDisk } from "./small-disk.ts";
import { within } from "./within.ts";

const mebibyte = 1024 * 1024;
const receiver = new PathReceiver();
let folder: ScratchFolder;

before(async () => {
  await receiver.start();
  folder = makeScratchFolder("disk-full");
});

after(() => {
  receiver.stop();
  folder.remove();
});

interface Stage {
  readonly disk: SmallDisk;
  readonly settings: ServerSettings;
  readonly ballast: string;
}

/** A disk of 16 MiB, of which 4 are kept for outcomes. Undefined: the test is skipped. */
function stageOf(context: TestContext, name: string): Stage | undefined {
  const disk = mountSmallDisk(join(folder.path, name), 16);
  if (typeof disk === "string") {
    context.skip(disk);
    return undefined;
  }
  context.after(() => disk.unmount());
  const dataFolder = join(disk.path, "data");
  const settings = {
    dataFolder,
    listen: "127.0.0.1:0",
    jwtSecret: "a secret for this test",
    retrySchedule: Array.from({ length: 50 }, () => 0.5),
    attemptTimeoutSeconds: 5,
    others: { POSTHORN_DISK_LOW_WATER: "4" },
  };
  return { disk, settings, ballast: join(dataFolder, "jobdb", "ballast") };
}

async function clientOf(server: ServerProcess, settings: ServerSettings): Promise<Svix> {
  // One try is to tell: the client would try again by itself.
  return new Svix(await issueToken(settings), { serverUrl: server.address, numRetries: 0 });
}

async function ping(server: ServerProcess): Promise<number> {
  return (await fetch(`${server.address}/api/v1/health/ping`)).status;
}

function isRefused(error: unknown): boolean {
  return (
    error instanceof ApiException &&
    error.code === 503 &&
    error.headers["retry-after"] === "10" &&
    JSON.stringify(error.body).includes("disk_full")
  );
}

/** An application whose one endpoint is at this path and fails, with so many messages for it. */
async function applicationAt(svix: Svix, path: string, messages: number) {
  receiver.answer(path, () => ({ status: 500 }));
  const { id } = await svix.application.create({ name: path });
  const endpoint = await svix.endpoint.create(id, { url: receiver.url(path) });
  const sent = [];
  for (let index = 0; index < messages; index += 1) {
    sent.push((await svix.message.create(id, { eventType: "a.b", payload: { index } })).id);
  }
  return { id, path, endpoint: endpoint.id, sent };
}

/** From now on the endpoint works: resolves when all that was sent is known to be delivered. */
async function allDelivered(
  svix: Svix,
  { id, path, endpoint, sent }: Awaited<ReturnType<typeof applicationAt>>,
): Promise<void> {
  receiver.answer(path, () => ({ status: 200 }));
  const query = { status: MessageStatus.Success, limit: 250 };
  const { data } = await eventually(
    () => svix.messageAttempt.listByEndpoint(id, endpoint, query),
    (list) => list.data.length >= sent.length,
  );
  assert.deepEqual(data.map(({ msgId }) => msgId).toSorted(), sent.toSorted());
}

test("below the mark new messages get 503 and the others are delivered, on the last byte too; with room again all goes on", async (context) => {
  const stage = stageOf(context, "low");
  if (stage === undefined) return;
  const { disk, settings, ballast } = stage;
  const server = await startServer(settings);
  context.after(() => server.end("SIGKILL"));
  const svix = await clientOf(server, settings);
  const one = await applicationAt(svix, "/one", 20);
  const two = await applicationAt(svix, "/two", 20);
  await eventually(async () => existsSync(ballast), Boolean);

  disk.fill(3 * mebibyte);
  await eventually(
    () => ping(server),
    (status) => status === 503,
  );
  const create = () => svix.message.create(one.id, { eventType: "a.b", payload: {} });
  await assert.rejects(create(), isRefused);
  await assert.rejects(svix.application.create({ name: "another" }), isRefused);
  await svix.endpoint.patch(one.id, one.endpoint, { description: "changed on a full disk" });
  await allDelivered(svix, one);
  assert.ok(existsSync(ballast));

  disk.fill(0);
  await allDelivered(svix, two);
  assert.equal(existsSync(ballast), false);

  disk.free();
  await eventually(
    () => ping(server),
    (status) => status === 204,
  );
  await create();
  await receiver.requests("/one", one.sent.length + 1);
  await eventually(async () => existsSync(ballast), Boolean);
  assert.deepEqual(await server.end("SIGTERM"), { code: 0, signal: null });
});

test("without room for an outcome the program ends in order, does not start before there is room, and has lost nothing", async (context) => {
  const stage = stageOf(context, "full");
  if (stage === undefined) return;
  const { disk, settings, ballast } = stage;
  const server = await startServer(settings);
  const svix = await clientOf(server, settings);
  const one = await applicationAt(svix, "/last", 20);
  await eventually(async () => existsSync(ballast), Boolean);
  disk.fill(0);
  rmSync(ballast);
  disk.fill(0);
  receiver.answer("/last", () => ({ status: 200 }));
  const exit = await within(server.exited, 30_000, "the server's end");
  assert.deepEqual(exit, { code: 1, signal: null });
  assert.match(server.lastWords(), /database or disk is full/);
  await assert.rejects(
    startServer(settings),
    /the disk of .* has \d+ bytes free, and a start needs/,
  );

  disk.free();
  const again = await startServer(settings);
  context.after(() => again.end("SIGKILL"));
  await allDelivered(await clientOf(again, settings), one);
  assert.deepEqual(await again.end("SIGTERM"), { code: 0, signal: null });
});
