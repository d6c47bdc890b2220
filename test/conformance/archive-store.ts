/** What every ArchiveStore does. */
import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, test } from "node:test";
import type { ArchiveStore } from "../../src/archive/archive-store.ts";

export interface ArchiveStoreSubject {
  /** A new one of the same archive, as another process would open it. */
  readonly open: () => ArchiveStore;
  readonly remove: () => Promise<void>;
}

export function archiveStoreConformance(
  name: string,
  makeSubject: () => Promise<ArchiveStoreSubject>,
): void {
  describe(`${name}, as an archive's store`, () => {
    let subject: ArchiveStoreSubject;
    let store: ArchiveStore;
    beforeEach(async () => {
      subject = await makeSubject();
      store = subject.open();
    });
    afterEach(async () => {
      store.close();
      await subject.remove();
    });

    test("what was put is there, byte for byte, for whoever opens it next", async () => {
      const bytes = Uint8Array.from({ length: 70_000 }, (_, index) => (index * 7) % 256);
      await store.put("blocks/00000001.history/000001-0f.ndjson.gz", bytes);
      const other = subject.open();
      const read = await other.get("blocks/00000001.history/000001-0f.ndjson.gz");
      assert.deepEqual(new Uint8Array(read?.bytes ?? []), bytes);
      other.close();
    });

    test("nothing can be put, too", async () => {
      await store.put("a/nothing", new Uint8Array());
      assert.equal((await store.get("a/nothing"))?.bytes.length, 0);
      assert.deepEqual(await store.list("a/"), ["a/nothing"]);
    });

    test("what is put again replaces what was there, whole", async () => {
      await store.put("a/one", Buffer.from("a long first version"));
      await store.put("a/one", Buffer.from("short"));
      assert.equal(Buffer.from((await store.get("a/one"))?.bytes ?? []).toString(), "short");
    });

    test("when it was put is told to the second", async () => {
      const beforeMs = Date.now();
      await store.put("a/one", Buffer.from("1"));
      const { writtenAtMs = 0 } = (await store.get("a/one")) ?? {};
      assert.ok(writtenAtMs >= beforeMs - 1_000 && writtenAtMs <= Date.now(), `${writtenAtMs}`);
    });

    test("what is not there is undefined, and an empty archive lists nothing", async () => {
      assert.equal(await store.get("a/none"), undefined);
      assert.deepEqual(await store.list(""), []);
      assert.deepEqual(await store.list("a/"), []);
    });

    test("names are listed by their beginning, in order", async () => {
      for (const each of ["b/2", "a/10", "a/2/x", "a/1", "c"]) {
        await store.put(each, Buffer.from(each));
      }
      assert.deepEqual(await store.list("a/"), ["a/1", "a/10", "a/2/x"]);
      assert.deepEqual(await store.list("a/1"), ["a/1", "a/10"]);
      assert.deepEqual(await store.list(""), ["a/1", "a/10", "a/2/x", "b/2", "c"]);
    });

    test("what was deleted is gone, and deleting it again does nothing", async () => {
      await store.put("a/one", Buffer.from("1"));
      await store.put("a/two", Buffer.from("2"));
      await store.delete("a/one");
      await store.delete("a/one");
      assert.equal(await store.get("a/one"), undefined);
      assert.deepEqual(await store.list("a/"), ["a/two"]);
    });
  });
}
