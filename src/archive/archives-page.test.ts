import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import fc from "fast-check";
import { manifestOf, putManifest, putManifests } from "../../test/archive/manifests.ts";
import { MemoryArchiveStore } from "../../test/archive/memory-archive-store.ts";
import type { ArchiveOutline } from "../director/archives.ts";
import { archivesPage } from "./archives-page.ts";
import { encodeManifest } from "./manifest.ts";

/** Counts what is asked of it. */
class CountingStore extends MemoryArchiveStore {
  lists = 0;
  gets = 0;

  override async list(prefix: string) {
    this.lists += 1;
    return super.list(prefix);
  }

  override async get(name: string) {
    this.gets += 1;
    return super.get(name);
  }
}

function namesOf(archives: readonly ArchiveOutline[]): readonly string[] {
  return archives.map(({ name }) => name);
}

const ofHistory = (jobDb: number): string => `${String(jobDb).padStart(8, "0")}.history.json`;

test("a page tells of the newest archives what their manifests say, and leads to the next and back", async () => {
  const store = new MemoryArchiveStore();
  await putManifests(store, 12);
  await putManifest(store, 12, "undelivered");
  const first = await archivesPage(store, { limit: 3, edge: undefined, direction: "older" });
  assert.deepEqual(namesOf(first.archives), [
    "00000012.undelivered.json",
    ofHistory(12),
    ofHistory(11),
  ]);
  assert.equal(first.isLast, false);
  assert.partialDeepStrictEqual(first.archives[1], {
    of: { jobDb: 12, kind: "history" },
    content: {
      state: "whole",
      messages: 24,
      deliveries: 36,
      attempts: 48,
      undelivered: 12,
      blocks: 2,
      bytes: 513 * 1024,
      fromMs: manifestOf(12, "history").fromMs,
      toMs: manifestOf(12, "history").toMs,
    },
  });
  const next = await archivesPage(store, { limit: 3, edge: ofHistory(11), direction: "older" });
  assert.deepEqual(namesOf(next.archives), [ofHistory(10), ofHistory(9), ofHistory(8)]);
  const back = await archivesPage(store, { limit: 3, edge: ofHistory(10), direction: "newer" });
  assert.deepEqual(back, { archives: first.archives.toReversed(), isLast: true });
  const last = await archivesPage(store, { limit: 3, edge: ofHistory(4), direction: "older" });
  assert.deepEqual(namesOf(last.archives), [ofHistory(3), ofHistory(2), ofHistory(1)]);
  assert.equal(last.isLast, true);
});

test("of a thousand archives a page reads its own manifests, and no other, wherever it is", async () => {
  const store = new CountingStore();
  await putManifests(store, 1_000);
  for (const edge of [undefined, ofHistory(900), ofHistory(500), ofHistory(20)]) {
    store.lists = 0;
    store.gets = 0;
    const { archives } = await archivesPage(store, { limit: 50, edge, direction: "older" });
    assert.deepEqual([store.lists, store.gets], [1, archives.length]);
  }
});

test("however archives come and go between two pages, what stays is told once", async () => {
  const names = fc.uniqueArray(fc.integer({ min: 1, max: 60 }), { maxLength: 30 });
  await fc.assert(
    fc.asyncProperty(
      names,
      fc.array(fc.record({ come: names, go: names }), { minLength: 1, maxLength: 5 }),
      fc.integer({ min: 1, max: 7 }),
      fc.constantFrom("older", "newer"),
      async (present, changes, limit, direction) => {
        const store = new MemoryArchiveStore();
        for (const jobDb of present) await putManifest(store, jobDb, "history");
        const stays = new Set(present);
        const told: string[] = [];
        for (let edge: string | undefined, at = 0; ; at += 1) {
          const page = await archivesPage(store, { limit, edge, direction });
          told.push(...namesOf(page.archives));
          edge = told.at(-1);
          if (page.isLast) break;
          const { come, go } = changes[at % changes.length] ?? { come: [], go: [] };
          for (const jobDb of go) {
            await store.delete(`manifests/${ofHistory(jobDb)}`);
            stays.delete(jobDb);
          }
          for (const jobDb of come) await putManifest(store, jobDb, "history");
        }
        assert.equal(new Set(told).size, told.length, "nothing twice");
        for (const jobDb of stays) assert.ok(told.includes(ofHistory(jobDb)), `${jobDb} is told`);
      },
    ),
    { numRuns: 100 },
  );
});

test("what is damaged, of a newer program, misplaced or none of ours is told, and hides no other", async () => {
  const store = new MemoryArchiveStore();
  await putManifests(store, 4);
  const flipped = store.objects.get(`manifests/${ofHistory(1)}`) ?? assert.fail();
  flipped[flipped.length >> 1] = (flipped[flipped.length >> 1] ?? 0) ^ 1;
  await store.put(`manifests/${ofHistory(2)}`, encodeManifest(manifestOf(3, "history")));
  const newer = JSON.stringify({ ...manifestOf(4, "history"), format: 2 });
  const sha256 = createHash("sha256").update(newer).digest("hex");
  const bytes = Buffer.from(`{"manifest":${newer},"sha256":"${sha256}"}`);
  await store.put(`manifests/${ofHistory(4)}`, bytes);
  await store.put("manifests/", new Uint8Array());
  await store.put("manifests/.DS_Store", Buffer.from("whose?"));
  const page = await archivesPage(store, { limit: 50, edge: undefined, direction: "older" });
  assert.deepEqual(
    page.archives.map(({ name, of, content }) => [
      name,
      of?.jobDb,
      content.state === "damaged" ? content.why : content.messages,
    ]),
    [
      [
        ofHistory(4),
        4,
        "an archive of JobDb 4 has format 2, this program knows 1: a newer one has written it",
      ],
      [ofHistory(3), 3, 6],
      [ofHistory(2), 2, "it is what should be manifests/00000003.history.json"],
      [ofHistory(1), 1, "it is not a manifest of this program"],
      [".DS_Store", undefined, "it is not a manifest of this program"],
    ],
  );
});

test("what goes between the listing and the reading is told as not there, and as without a time", async () => {
  const store = new MemoryArchiveStore();
  await putManifests(store, 2);
  store.get = async (name) =>
    name.endsWith(ofHistory(2)) ? undefined : MemoryArchiveStore.prototype.get.call(store, name);
  const { archives } = await archivesPage(store, { limit: 5, edge: undefined, direction: "older" });
  const why = "it is not there any more, or its name can't be read";
  assert.deepEqual(archives[0]?.content, { state: "damaged", why });
  assert.equal(archives[0]?.writtenAtMs, undefined);
  assert.equal(archives[1]?.content.state, "whole");
});
