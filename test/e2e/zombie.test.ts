/** An owner of a data folder that was thought dead: it is stopped, and goes on when somebody else wants or has the folder. */
import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { Svix } from "svix";
import { makeScratchFolder, type ScratchFolder } from "./scratch-folder.ts";
import {
  issueToken,
  type ServerProcess,
  type ServerSettings,
  StartFailure,
  startServer,
} from "./server-process.ts";
import { within } from "./within.ts";

let folder: ScratchFolder;

before(() => {
  folder = makeScratchFolder("zombie");
});

after(() => folder.remove());

function settingsOf(name: string): ServerSettings {
  return {
    dataFolder: join(folder.path, name),
    listen: "127.0.0.1:0",
    jwtSecret: "the zombies' secret, 32 bytes or more",
    retrySchedule: [1],
    attemptTimeoutSeconds: 5,
  };
}

async function clientOf(settings: ServerSettings, server: ServerProcess): Promise<Svix> {
  return new Svix(await issueToken(settings), { serverUrl: server.address, numRetries: 0 });
}

const message = { eventType: "a.b", payload: {} } as const;

test("a stopped owner keeps its data folder, and goes on where it was", async () => {
  const settings = settingsOf("kept");
  const owner = await startServer(settings);
  const svix = await clientOf(settings, owner);
  await svix.application.create({ name: "one", uid: "one" });
  process.kill(owner.pid, "SIGSTOP");
  await assert.rejects(startServer(settings), (error) => {
    assert.ok(error instanceof StartFailure);
    assert.equal(error.exit.code, 1);
    assert.match(error.lastWords, /is in use by another Posthorn process/);
    return true;
  });
  process.kill(owner.pid, "SIGCONT");
  await svix.message.create("one", message);
  assert.equal((await owner.end("SIGTERM")).code, 0);
});

test("an owner that lost its lock while it was stopped acknowledges nothing more, and ends", async () => {
  const settings = settingsOf("lost");
  const owner = await startServer(settings);
  const ofOwner = await clientOf(settings, owner);
  await ofOwner.application.create({ name: "one", uid: "one" });
  const first = await ofOwner.message.create("one", message);
  process.kill(owner.pid, "SIGSTOP");
  // As when somebody takes it for left over, or a network file system forgets a lock.
  for (const suffix of ["", "-journal"]) {
    rmSync(join(settings.dataFolder, `posthorn.lock${suffix}`), { force: true });
  }
  const successor = await startServer(settings);
  const ofSuccessor = await clientOf(settings, successor);
  const second = await ofSuccessor.message.create("one", message);
  process.kill(owner.pid, "SIGCONT");
  await assert.rejects(ofOwner.message.create("one", message));
  assert.equal((await within(owner.exited, 30_000, "the end of the old owner")).code, 1);
  assert.match(owner.lastWords(), /taken over by the owner with epoch/);

  const third = await ofSuccessor.message.create("one", message);
  const stored = await ofSuccessor.message.list("one");
  const ids = [third, second, first].map(({ id }) => id);
  assert.deepEqual(
    stored.data.map(({ id }) => id),
    ids,
  );
  assert.equal((await successor.end("SIGTERM")).code, 0);
});
