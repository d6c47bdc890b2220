import { rulesBy } from "../../test/loopback/guard-by.ts";
import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { join } from "node:path";
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
import { jobDbPath } from "../jobdb/sqlite/job-db-folder.ts";
import type { StoredArchive } from "./archiver-protocol.ts";
import { SystemClock } from "./system-clock.ts";
import { ThreadedArchive } from "./threaded-archive.ts";

/** A data folder with an application, its endpoint, and a drained JobDb of theirs. */
async function createWorld(t: TestContext) {
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
    place: { location: { kind: "folder", path }, s3Endpoint: undefined },
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
