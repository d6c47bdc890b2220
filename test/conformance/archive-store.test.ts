import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { FolderArchiveStore } from "../../src/archive/folder-archive-store.ts";
import { MemoryArchiveStore } from "../archive/memory-archive-store.ts";
import { archiveStoreConformance } from "./archive-store.ts";

archiveStoreConformance("a folder", async () => {
  const folder = mkdtempSync(join(tmpdir(), "posthorn-archive-"));
  return {
    open: () => new FolderArchiveStore(join(folder, "archive")),
    remove: async () => rmSync(folder, { recursive: true }),
  };
});

archiveStoreConformance("memory", async () => {
  const store = new MemoryArchiveStore();
  return { open: () => store, remove: async () => undefined };
});

test("what a crash left of a file in a folder is neither listed nor read, and written over", async () => {
  const folder = mkdtempSync(join(tmpdir(), "posthorn-archive-"));
  const store = new FolderArchiveStore(folder);
  mkdirSync(join(folder, "a"));
  writeFileSync(join(folder, "a/one.part"), "ha");
  assert.deepEqual(await store.list("a/"), []);
  assert.equal(await store.get("a/one"), undefined);
  await store.put("a/one", Buffer.from("whole"));
  assert.deepEqual(await store.list(""), ["a/one"]);
  rmSync(folder, { recursive: true });
});

test("a folder that can't be used is told as the archive's failure", async () => {
  const folder = mkdtempSync(join(tmpdir(), "posthorn-archive-"));
  writeFileSync(join(folder, "file"), "");
  const store = new FolderArchiveStore(join(folder, "file"));
  await assert.rejects(store.put("a/one", Buffer.from("1")), { code: "archive_failed" });
  await assert.rejects(store.get("a/one"), { code: "archive_failed" });
  rmSync(folder, { recursive: true });
});
