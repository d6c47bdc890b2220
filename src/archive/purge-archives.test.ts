import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { gunzipSync, gzipSync } from "node:zlib";
import { dumpOf, makeDrainedJobDb, testNames } from "../../test/archive/drained-job-db.ts";
import { failingAt } from "../../test/archive/failing-archive-store.ts";
import { MemoryArchiveStore } from "../../test/archive/memory-archive-store.ts";
import {
  attemptOf,
  commitOf,
  firstDeliveryOf,
  messageTo,
} from "../../test/conformance/job-db-rows.ts";
import { applicationKeyOf, endpointKeyOf } from "../core/ids.ts";
import type { PurgeScope } from "../core/purge.ts";
import { listArchives, verifyArchive } from "./archive-listing.ts";
import { manifestName } from "./archive-names.ts";
import type { ArchiveStore } from "./archive-store.ts";
import { purgeArchives } from "./purge-archives.ts";
import { restoreJobDb } from "./restore-job-db.ts";
import { storeJobDb } from "./store-job-db.ts";

const own = applicationKeyOf(7);
const other = applicationKeyOf(8);
const count = 6;
const wholeApplication: PurgeScope = { application: own, endpoint: undefined, message: undefined };

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "posthorn-purge-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Six messages, of two applications in turns, each with an answer of endpoint 1; all say whose they are. */
async function archived(): Promise<{ store: MemoryArchiveStore; jobDb: number }> {
  const store = new MemoryArchiveStore();
  const messages = Array.from({ length: count }, (_, index) => {
    const [application, mark] = index % 2 === 0 ? [own, "OWN"] : [other, "OTHER"];
    return messageTo([1], index + 1, {
      application,
      payload: Buffer.from(`{"is":"${mark}-payload"}`),
      eventId: `${mark}-event-${index}`,
      channels: [`${mark}-channel`],
      tags: [`${mark}-tag`],
    });
  });
  const attempts = messages.map(({ row, application }) => {
    const mark = application === own ? "OWN" : "OTHER";
    return attemptOf(firstDeliveryOf(row), endpointKeyOf(1), row, {
      response: Buffer.from(`${mark}-answer`),
      url: `https://${mark}-url.example/`,
    });
  });
  const jobDb = await makeDrainedJobDb(folder, [commitOf({ messages, attempts })]);
  const options = { store, folder, names: testNames, blockBytes: 700, betweenBlocks };
  await storeJobDb(jobDb, "history", options);
  return { store, jobDb };
}

const betweenBlocks = async (): Promise<void> => undefined;

function purge(store: ArchiveStore, scope: PurgeScope = wholeApplication, jobDb?: number) {
  return purgeArchives(scope, jobDb, { store, nowMs: 1, betweenBlocks });
}

/** All marks that are anywhere in the archive's objects, once each, in order. */
function marksIn(store: MemoryArchiveStore): readonly string[] {
  const texts = Array.from(store.objects, ([name, bytes]) =>
    (name.endsWith(".gz") ? gunzipSync(bytes) : Buffer.from(bytes)).toString("latin1"),
  );
  const marks = texts.join("\n").match(/(OWN|OTHER)-(payload|event|channel|tag|answer|url)/g);
  return [...new Set(marks)].toSorted();
}

const kinds = ["answer", "channel", "event", "payload", "tag", "url"];
const marksOf = (...whose: readonly string[]): readonly string[] =>
  whose.flatMap((each) => kinds.map((kind) => `${each}-${kind}`)).toSorted();

async function isWhole(store: ArchiveStore): Promise<boolean> {
  for await (const listed of listArchives(store)) {
    if (listed.kind === "damaged") return false;
    for await (const _ of verifyArchive(store, listed.manifest)) return false;
  }
  return true;
}

test("nothing of an application is left in any object, everything of another is, and the rows are", async () => {
  const { store, jobDb } = await archived();
  assert.deepEqual(marksIn(store), marksOf("OWN", "OTHER"));
  const { purged, damaged } = await purge(store);
  assert.deepEqual(marksIn(store), marksOf("OTHER"));
  assert.deepEqual(damaged, []);
  assert.deepEqual(
    purged.map(({ name, rows }) => ({ name, ...rows })),
    [{ name: "00000001.history", messages: 3, attempts: 3 }],
  );
  assert.ok(await isWhole(store));
  const target = join(folder, "restored");
  for await (const listed of listArchives(store)) {
    if (listed.kind === "whole")
      await restoreJobDb(listed.manifest, { store, folder: target, betweenBlocks });
  }
  const rowsOf = (dump: ReturnType<typeof dumpOf>) => JSON.stringify(dump).split("nonce").length;
  assert.equal(rowsOf(dumpOf(target, jobDb)), rowsOf(dumpOf(folder, jobDb)));
});

test("of one message, or of what one endpoint answered, only that goes", async () => {
  const { store, jobDb } = await archived();
  const answers = await purge(store, { ...wholeApplication, endpoint: endpointKeyOf(1) });
  assert.deepEqual(answers.purged[0]?.rows, { messages: 0, attempts: 3 });
  assert.deepEqual(
    marksIn(store),
    marksOf("OWN", "OTHER").filter((mark) => !/^OWN-(answer|url)/.test(mark)),
  );
  const single = await purge(store, { ...wholeApplication, message: 1 }, jobDb);
  assert.deepEqual(single.purged[0]?.rows, { messages: 1, attempts: 1 });
  const foreign = await purge(store, { ...wholeApplication, message: 2 }, jobDb);
  assert.deepEqual(foreign.purged[0]?.rows, { messages: 0, attempts: 0 });
  assert.deepEqual((await purge(store, wholeApplication, jobDb + 1)).purged, []);
});

test("whichever call to the store fails, the archive is whole, and the next time it is purged", async () => {
  let calls = 0;
  for (let purged = false; !purged; calls += 1) {
    const { store } = await archived();
    purged = await purge(failingAt(calls, store)).then(
      () => true,
      () => false,
    );
    assert.ok(await isWhole(store), `after ${calls} calls`);
    await purge(store);
    assert.deepEqual(marksIn(store), marksOf("OTHER"), `after ${calls} calls and another purge`);
    rmSync(folder, { recursive: true });
    folder = mkdtempSync(join(tmpdir(), "posthorn-purge-"));
  }
  assert.ok(calls > 10, `${calls} calls`);
});

test("a damaged archive is told, and keeps no other from being purged", async () => {
  const { store } = await archived();
  store.objects.set("manifests/00000000.history.json", Buffer.from("{}"));
  const { purged, damaged } = await purge(store);
  assert.equal(purged.length, 1);
  assert.deepEqual(
    damaged.map(({ name }) => name),
    ["manifests/00000000.history.json"],
  );
  const [block] = [...store.objects.keys()].filter((name) => name.startsWith("blocks/"));
  store.objects.set(block ?? "", Buffer.from("damaged"));
  const again = await purge(store);
  assert.deepEqual(
    again.damaged.map(({ name }) => name),
    ["manifests/00000000.history.json", "00000001.history"],
  );
});

test("nothing is left in blocks of an archiving that came to no end, as of a JobDb that was purged meanwhile", async () => {
  const { store, jobDb } = await archived();
  await store.delete(manifestName(jobDb, "history"));
  assert.deepEqual((await purge(store)).purged, []);
  assert.deepEqual(marksIn(store), []);
});

test("blocks of an archive with a damaged manifest, of another JobDb, and of nobody here are left alone", async () => {
  const { store, jobDb } = await archived();
  const strange = "blocks/somebody-elses/000001.ndjson.gz";
  await store.put(strange, gzipSync("OTHER-payload"));
  const before = [...store.objects.keys()];
  await store.put(manifestName(jobDb, "history"), Buffer.from("damaged"));
  await purge(store);
  assert.deepEqual([...store.objects.keys()], before);
  await store.delete(manifestName(jobDb, "history"));
  await purge(store, wholeApplication, jobDb + 1);
  assert.deepEqual([...store.objects.keys()].length, before.length - 1);
  await purge(store, wholeApplication, jobDb);
  assert.deepEqual([...store.objects.keys()], [strange]);
});
