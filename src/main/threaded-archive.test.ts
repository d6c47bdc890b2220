import { rulesBy } from "../../test/loopback/guard-by.ts";
import assert from "node:assert/strict";
import { once } from "node:events";
import { rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import process from "node:process";
import { test, type TestContext } from "node:test";
import {
  commitsWithOneUndelivered,
  dumpOf,
  makeDrainedJobDb,
} from "../../test/archive/drained-job-db.ts";
import { newApplication, newEndpoint } from "../../test/conformance/new-control-rows.ts";
import { scratchControl } from "../../test/conformance/scratch-control.ts";
import { listArchives } from "../archive/archive-listing.ts";
import { readBlock } from "../archive/block.ts";
import { FolderArchiveStore } from "../archive/folder-archive-store.ts";
import { unarchivedTables } from "../archive/job-db-rows.ts";
import type { Manifest } from "../archive/manifest.ts";
import { SqliteControlWriter } from "../control/sqlite-control-writer.ts";
import { limits } from "../core/limits.ts";
import { jobDbPath } from "../jobdb/sqlite/job-db-folder.ts";
import type { StoredArchive } from "./archiver-protocol.ts";
import { SystemClock } from "./system-clock.ts";
import { ThreadedArchive } from "./threaded-archive.ts";

/**
 * A data folder with an application, its endpoint, and a drained JobDb of theirs.
 *
 * @param s3Endpoint of the service that the archive is in; undefined: it is in a folder
 */
async function createWorld(t: TestContext, s3Endpoint?: string) {
  const { files, sources } = scratchControl(t);
  const control = new SqliteControlWriter(files, sources, () => {});
  t.after(() => control.close());
  const { application } = await control.createApplication("org", newApplication(), false);
  const endpoint = await control.createEndpoint(application.key, newEndpoint());
  const data = join(files.controlPath, "..");
  const jobDbFolder = join(data, "jobdb");
  const jobDb = await makeDrainedJobDb(jobDbFolder, commitsWithOneUndelivered());
  const stored: StoredArchive[] = [];
  const path = join(data, "archive");
  const archive = new ThreadedArchive({
    place: {
      location:
        s3Endpoint === undefined
          ? { kind: "folder", path }
          : { kind: "s3", bucket: "attic", prefix: "" },
      s3Endpoint,
    },
    outbound: { rules: rulesBy(), egressProxy: undefined },
    jobDbFolder,
    ldbPath: files.ldbPath,
    clock: new SystemClock(),
    rests: () => false,
    onStored: (each) => stored.push(each),
  });
  t.after(() => archive.stop());
  const store = new FolderArchiveStore(path);
  return { archive, store, application, endpoint, jobDbFolder, jobDb, stored };
}

async function manifestsIn(store: FolderArchiveStore): Promise<readonly Manifest[]> {
  const manifests: Manifest[] = [];
  for await (const listed of listArchives(store)) {
    if (listed.kind === "whole") manifests.push(listed.manifest);
  }
  return manifests;
}

test("a thread archives history and what was not delivered, with the names that the LDB has, and tells of it", async (t) => {
  const { archive, store, application, endpoint, jobDb, stored } = await createWorld(t);
  await archive.storeUndelivered();
  await archive.storeUndelivered();
  await archive.store(jobDb);
  assert.deepEqual(
    stored.map(({ kind, messages, undelivered }) => [kind, messages, undelivered]),
    [
      ["undelivered", 1, 1],
      ["history", 2, 1],
    ],
  );
  const [history] = await manifestsIn(store);
  const [block] = history?.blocks ?? [];
  assert.ok(block !== undefined);
  const read = await readBlock(store, block);
  assert.ok(read.kind === "whole");
  assert.ok(read.lines.some((line) => line.includes(`"applicationId":"${application.id}"`)));
  assert.ok(read.lines.some((line) => line.includes(`"endpointId":"${endpoint.id}"`)));
});

test("what may match is found missing, and restored into the folder that it was archived from", async (t) => {
  const { archive, application, jobDb, jobDbFolder } = await createWorld(t);
  await archive.store(jobDb);
  const source = dumpOf(jobDbFolder, jobDb, unarchivedTables);
  for (const suffix of ["", "-wal", "-shm"])
    rmSync(`${jobDbPath(jobDbFolder, jobDb)}${suffix}`, { force: true });
  const filter = {
    application: application.key,
    endpoint: undefined,
    eventTypes: undefined,
    sinceMs: undefined,
    untilMs: undefined,
    failed: true,
  };
  const missing = await archive.findMissing(filter);
  assert.deepEqual(
    missing.map((each) => each.jobDb),
    [jobDb],
  );
  await archive.restore(jobDb);
  await archive.restore(jobDb);
  assert.deepEqual(await archive.findMissing(filter), []);
  assert.deepEqual(dumpOf(jobDbFolder, jobDb, unarchivedTables), source);
});

/** A service of S3's protocol that has nothing, and lets what is put there wait until it is let go. */
async function startHoldingService(t: TestContext) {
  const held = Promise.withResolvers<() => void>();
  const server = createServer((request, response) => {
    request.resume();
    if (request.method === "PUT") {
      held.resolve(() => response.end());
      return;
    }
    const isListing = request.url?.includes("list-type=2") === true;
    response.writeHead(isListing ? 200 : 404, { "content-type": "application/xml" });
    response.end(isListing ? "<ListBucketResult/>" : "<Error><Code>NoSuchKey</Code></Error>");
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  const { port } = server.address() as AddressInfo; // it listens on TCP
  return { endpoint: `http://127.0.0.1:${port}`, held: held.promise };
}

const firstPage = { limit: 50, edge: undefined, direction: "older" } as const;

test("what is there is told in pages, with when it was put there", async (t) => {
  const { archive, jobDb } = await createWorld(t);
  const beforeMs = Date.now() - 1_000;
  assert.deepEqual(await archive.page(firstPage), { archives: [], isLast: true });
  await archive.store(jobDb);
  const { archives } = await archive.page(firstPage);
  assert.partialDeepStrictEqual(archives, [
    {
      name: "00000001.history.json",
      of: { jobDb, kind: "history" },
      content: { state: "whole", messages: 2 },
    },
  ]);
  const [{ writtenAtMs = 0 } = {}] = archives;
  assert.ok(writtenAtMs >= beforeMs && writtenAtMs <= Date.now(), `${writtenAtMs}`);
});

test("who looks into the archive does not wait for what is being put there", async (t) => {
  Object.assign(process.env, {
    AWS_ACCESS_KEY_ID: "test",
    AWS_SECRET_ACCESS_KEY: "test",
    AWS_REGION: "eu-central-1",
  });
  const { endpoint, held } = await startHoldingService(t);
  const { archive, jobDb } = await createWorld(t, endpoint);
  const storing = assert.rejects(archive.store(jobDb), /is missing/);
  const letGo = await held;
  assert.deepEqual(await archive.page(firstPage), { archives: [], isLast: true });
  letGo();
  await storing;
});

test("so many pages may be asked for at once, and no more wait", async (t) => {
  const { archive } = await createWorld(t);
  const asked = Array.from({ length: limits.archivePagesWaitingMax + 1 }, () =>
    archive.page(firstPage).then(
      () => "told",
      (error: { readonly code?: string }) => error.code,
    ),
  );
  const told = asked.slice(0, -1).map(() => "told");
  assert.deepEqual(await Promise.all(asked), [...told, "overloaded"]);
  assert.equal((await archive.page(firstPage)).isLast, true);
});

test("a JobDb that is not there is told, and the next call is carried out all the same", async (t) => {
  const { archive, jobDb, stored } = await createWorld(t);
  await assert.rejects(archive.store(99), { code: "jobdb_failed" });
  await archive.store(jobDb);
  assert.equal(stored.length, 1);
});

test("once stopped it archives nothing more, and what was asked for before fails or is done", async (t) => {
  const { archive, jobDb } = await createWorld(t);
  const before = archive.store(jobDb).then(
    () => "done",
    (error: { readonly code?: string }) => error.code,
  );
  await archive.stop();
  assert.match(String(await before), /^(done|shutting_down)$/);
  await assert.rejects(archive.store(jobDb), { code: "shutting_down" });
  await archive.stop();
});
