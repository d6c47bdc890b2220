import assert from "node:assert/strict";
import { test } from "node:test";
import { manifestOf, putManifests } from "../../test/archive/manifests.ts";
import { MemoryArchiveStore } from "../../test/archive/memory-archive-store.ts";
import { createTestApi } from "../../test/api/test-api.ts";
import { archivesPage } from "../archive/archives-page.ts";
import { PosthornError } from "../core/errors.ts";

interface Page {
  readonly data: readonly { readonly name: string; readonly damage: string | null }[];
  readonly iterator: string | null;
  readonly prevIterator: string | null;
  readonly done: boolean;
}

async function apiOf(store: MemoryArchiveStore) {
  const api = await createTestApi({ archives: { page: (query) => archivesPage(store, query) } });
  const page = async (query: string): Promise<Page> =>
    (await api.ask("GET", `/api/v1/archive?${query}`)).json<Page>();
  return { api, page };
}

test("an archive is told with its JobDb, rows, bytes, span, and when it was written", async (t) => {
  const store = new MemoryArchiveStore();
  const beforeMs = Date.now();
  await putManifests(store, 12);
  const { api } = await apiOf(store);
  t.after(() => api.server.close());
  const page = (await api.ask("GET", "/api/v1/archive?limit=1")).json<{
    readonly data: readonly { readonly writtenAt: string }[];
  }>();
  const { writtenAt, ...told } = page.data[0] ?? assert.fail();
  assert.ok(Date.parse(writtenAt) >= beforeMs && Date.parse(writtenAt) <= Date.now(), writtenAt);
  const { fromMs, toMs } = manifestOf(12, "history");
  assert.deepEqual(told, {
    name: "00000012.history.json",
    jobDb: 12,
    kind: "history",
    content: {
      messages: 24,
      deliveries: 36,
      attempts: 48,
      undelivered: 12,
      blocks: 2,
      bytes: 513 * 1024,
      from: new Date(fromMs ?? NaN).toISOString(),
      to: new Date(toMs ?? NaN).toISOString(),
    },
    damage: null,
  });
});

test("pages lead through all archives and back, 50 each if nothing is said, and 250 at the most", async (t) => {
  const store = new MemoryArchiveStore();
  await putManifests(store, 260);
  const { api, page } = await apiOf(store);
  t.after(() => api.server.close());
  const first = await page("");
  assert.equal(first.data.length, 50);
  assert.equal(first.data[0]?.name, "00000260.history.json");
  const second = await page(`iterator=${first.iterator}`);
  assert.deepEqual(second.data[0]?.name, "00000210.history.json");
  const { data, done } = await page(`iterator=${second.prevIterator}`);
  assert.deepEqual({ data, done }, { data: first.data, done: true });
  const most = await page("limit=1000");
  assert.deepEqual([most.data.length, most.done], [250, false]);
  const rest = await page(`limit=1000&iterator=${most.iterator}`);
  assert.deepEqual([rest.data.length, rest.done], [10, true]);
});

test("whatever somebody has put among the manifests is told as damaged, and pages go on behind it", async (t) => {
  const store = new MemoryArchiveStore();
  const strange = ["-a&b=c", ":x", "a b\n#", "\u202ex", "z/ü%"];
  for (const name of strange) await store.put(`manifests/${name}`, Buffer.from("?"));
  const { api, page } = await apiOf(store);
  t.after(() => api.server.close());
  const told: string[] = [];
  const back: string[] = [];
  const encoded = (iterator: string | null) => encodeURIComponent(iterator ?? "");
  let last = await page("limit=1");
  for (; !last.done; last = await page(`limit=1&iterator=${encoded(last.iterator)}`))
    told.push(...last.data.map(({ name }) => name));
  for (
    let before = await page(`limit=1&iterator=${encoded(last.prevIterator)}`);
    before.data.length > 0;
    before = await page(`limit=1&iterator=${encoded(before.prevIterator)}`)
  )
    back.unshift(...before.data.map(({ name }) => name));
  assert.equal(last.data[0]?.damage, "it is not a manifest of this program");
  assert.deepEqual(told, back);
  assert.deepEqual([...told, last.data[0]?.name].toSorted(), strange.toSorted());
});

test("a server that archives nothing says so", async (t) => {
  const api = await createTestApi({ archives: undefined });
  t.after(() => api.server.close());
  const answer = await api.ask("GET", "/api/v1/archive");
  assert.equal(answer.statusCode, 404);
  assert.match(answer.json<{ readonly detail: string }>().detail, /--archive off/);
});

test("an archive that can't be reached is told as passing, and the log says why", async (t) => {
  const page = async () => {
    throw new PosthornError("archive_failed", "s3://attic/: NoSuchBucket");
  };
  const api = await createTestApi({ archives: { page } });
  t.after(() => api.server.close());
  const answer = await api.ask("GET", "/api/v1/archive");
  assert.deepEqual([answer.statusCode, answer.headers["retry-after"]], [503, "10"]);
  assert.ok(!answer.body.includes("attic"), "where it is, is the operator's");
  assert.ok(api.log.some((line) => line.includes("NoSuchBucket")));
});
