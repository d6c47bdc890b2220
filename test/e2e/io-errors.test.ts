/** The program on a disk that fails: nothing is acknowledged any more, it ends in order, and the next start has all that was. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { after, before, test, type TestContext } from "node:test";
import { ApiException, Svix } from "svix";
import { assertStrace, type Injection, injectingLauncher } from "../crash/system-calls/strace.ts";
import { eventually } from "./eventually.ts";
import { PathReceiver } from "./path-receiver.ts";
import { makeScratchFolder, type ScratchFolder } from "./scratch-folder.ts";
import {
  issueToken,
  type ServerProcess,
  type ServerSettings,
  StartFailure,
  startServer,
} from "./server-process.ts";
import { mountSmallDisk } from "./small-disk.ts";
import { within } from "./within.ts";

const receiver = new PathReceiver();
let folder: ScratchFolder;

before(async () => {
  await receiver.start();
  folder = makeScratchFolder("io-errors");
});

after(() => {
  receiver.stop();
  folder.remove();
});

function settingsIn(dataFolder: string): ServerSettings {
  return {
    dataFolder,
    listen: "127.0.0.1:0",
    jwtSecret: "a secret of at least thirty-two characters",
    retrySchedule: [0.1],
    attemptTimeoutSeconds: 5,
    others: { POSTHORN_DISK_LOW_WATER: "0" },
  };
}

async function clientOf(server: ServerProcess, settings: ServerSettings): Promise<Svix> {
  // One try is to tell.
  return new Svix(await issueToken(settings), { serverUrl: server.address, numRetries: 0 });
}

/** Sends one message after the other until one is not acknowledged; returns the ids of those that were. */
async function sendUntilRefused(svix: Svix, most: number): Promise<readonly string[]> {
  const acknowledged: string[] = [];
  while (acknowledged.length < most) {
    try {
      const { id } = await svix.message.create("shop", { eventType: "a.b", payload: {} });
      acknowledged.push(id);
    } catch (error) {
      if (error instanceof ApiException) assert.equal(error.code, 503);
      else assert.ok(isDisconnected(error), String(error));
      return acknowledged;
    }
  }
  assert.fail(`all of ${most} messages were acknowledged`);
}

/** The server has ended already, or did before it answered. */
function isDisconnected(error: unknown): boolean {
  return error instanceof TypeError && error.message === "fetch failed";
}

/** A server whose disk begins to fail in the middle of messages: what it has acknowledged is delivered by the next one. */
async function failUnder(
  context: TestContext,
  name: string,
  injection: Pick<Injection, "calls" | "nth" | "effect">,
): Promise<void> {
  try {
    assertStrace();
  } catch (error) {
    context.skip(String(error));
    return;
  }
  const settings = settingsIn(join(folder.path, name));
  const path = `/${name}`;
  const first = await startServer(settings);
  const svix = await clientOf(first, settings);
  await svix.application.create({ name: "Shop", uid: "shop" });
  await svix.endpoint.create("shop", { url: receiver.url(path) });
  await first.end("SIGTERM");
  const launcher = injectingLauncher(injection);
  const failing = await startServer({ ...settings, launcher });
  context.after(() => failing.end("SIGKILL"));
  const acknowledged = await sendUntilRefused(await clientOf(failing, settings), 100);
  const exit = await within(failing.exited, 30_000, "the server's end");
  assert.deepEqual(exit, { code: 1, signal: null }, failing.lastWords());
  assert.match(failing.lastWords(), /"jobdb_failed"/);
  assert.doesNotMatch(failing.lastWords(), /assertion/);
  const next = await startServer(settings);
  try {
    const arrivedIds = async () =>
      new Set(
        (await receiver.requests(path, 0)).map(({ headers }) => String(headers["webhook-id"])),
      );
    const arrived = await eventually(arrivedIds, (ids) => acknowledged.every((id) => ids.has(id)));
    assert.ok(arrived.size <= acknowledged.length + 1, "nothing else, but what got no answer");
    await (
      await clientOf(next, settings)
    ).message.create("shop", { eventType: "a.b", payload: {} });
  } finally {
    await next.end("SIGTERM");
  }
}

test("a failed sync is not tried again: no acknowledgement, an end in order, and a recovery", async (t) => {
  await failUnder(t, "eio", {
    calls: ["fsync", "fdatasync"], // which one it is depends on how SQLite was built
    nth: 20,
    effect: { error: "EIO", lasting: false },
  });
});

test("a disk that turns read-only under a running server ends it in order, and loses nothing", async (t) => {
  await failUnder(t, "erofs", {
    calls: ["pwrite64"],
    nth: 150,
    effect: { error: "EROFS", lasting: true },
  });
});

test("a start on a read-only disk says so, and goes on where it was once that can be written", async (t) => {
  const disk = mountSmallDisk(join(folder.path, "read-only"), 64);
  if (typeof disk === "string") {
    t.skip(disk);
    return;
  }
  try {
    const settings = settingsIn(join(disk.path, "data"));
    const first = await startServer(settings);
    const svix = await clientOf(first, settings);
    await svix.application.create({ name: "Shop", uid: "shop" });
    const { id } = await svix.message.create("shop", { eventType: "a.b", payload: {} });
    await first.end("SIGTERM");
    execFileSync("mount", ["-o", "remount,ro", disk.path]);
    await assert.rejects(startServer(settings), (error: unknown) => {
      assert.ok(error instanceof StartFailure);
      assert.deepEqual(error.exit, { code: 1, signal: null });
      assert.match(error.lastWords, /read-only file system|attempt to write a readonly database/i);
      assert.doesNotMatch(error.lastWords, /assertion|\.ts:\d/);
      return true;
    });
    execFileSync("mount", ["-o", "remount,rw", disk.path]);
    const next = await startServer(settings);
    assert.equal((await (await clientOf(next, settings)).message.get("shop", id)).id, id);
    await next.end("SIGTERM");
  } finally {
    disk.unmount();
  }
});
