import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { FolderArchiveStore } from "../../src/archive/folder-archive-store.ts";
import { S3ArchiveStore } from "../../src/archive/s3-archive-store.ts";
import { createArchiveAgents } from "../../src/main/archive-agents.ts";
import { rulesBy } from "../loopback/guard-by.ts";
import { MemoryArchiveStore } from "../archive/memory-archive-store.ts";
import { startS3Server } from "../archive/s3-server.ts";
import { archiveStoreConformance } from "./archive-store.ts";

/** As the program opens it, by rules that allow nothing but what is its own endpoint. */
function openS3(options: { bucket: string; prefix: string; endpoint: string }): S3ArchiveStore {
  const outbound = { rules: rulesBy(), egressProxy: undefined };
  return new S3ArchiveStore({
    ...options,
    agents: createArchiveAgents(outbound, options.endpoint),
  });
}

archiveStoreConformance("a folder", async () => {
  const folder = mkdtempSync(join(tmpdir(), "posthorn-archive-"));
  return {
    open: () => new FolderArchiveStore(join(folder, "archive")),
    remove: async () => rmSync(folder, { recursive: true }),
  };
});

archiveStoreConformance("S3", async () => {
  const { endpoint, bucket, stop } = await startS3Server();
  return {
    open: () => openS3({ bucket, prefix: "posthorn/", endpoint }),
    remove: stop,
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
  writeFileSync(join(folder, "a/.part"), "half of something");
  assert.deepEqual(await store.list("a/"), []);
  assert.equal(await store.get("a/one"), undefined);
  await store.put("a/one", Buffer.from("whole"));
  assert.deepEqual(await store.list(""), ["a/one"]);
  assert.deepEqual(readdirSync(join(folder, "a")), ["one"]);
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

test("a listing that S3 gives in several pages is whole", async () => {
  const { endpoint, bucket, stop } = await startS3Server();
  const store = openS3({ bucket, prefix: "", endpoint });
  const names = Array.from({ length: 1_001 }, (_, index) => `a/${10_000 + index}`);
  for (let at = 0; at < names.length; at += 50) {
    await Promise.all(names.slice(at, at + 50).map((name) => store.put(name, new Uint8Array())));
  }
  assert.deepEqual(await store.list("a/"), names);
  store.close();
  await stop();
});

test("archives in one bucket with different prefixes don't see each other", async () => {
  const { endpoint, bucket, stop } = await startS3Server();
  const one = openS3({ bucket, prefix: "one/", endpoint });
  const two = openS3({ bucket, prefix: "two/", endpoint });
  await one.put("a", Buffer.from("1"));
  assert.deepEqual(await two.list(""), []);
  assert.equal(await two.get("a"), undefined);
  one.close();
  two.close();
  await stop();
});

test("a bucket that is not there, and a service that is not there, are told as the archive's failure", async () => {
  const { endpoint, stop } = await startS3Server();
  const lost = openS3({ bucket: "no-such-bucket", prefix: "", endpoint });
  const uses = [() => lost.put("a", Buffer.from("1")), () => lost.get("a"), () => lost.list("")];
  for (const use of uses) {
    await assert.rejects(use(), {
      code: "archive_failed",
      message: /^s3:\/\/no-such-bucket\/: NoSuchBucket/,
    });
  }
  lost.close();
  await stop();
  const gone = openS3({ bucket: "posthorn-archive", prefix: "", endpoint });
  await assert.rejects(gone.get("a"), { code: "archive_failed", message: /ECONNREFUSED/ });
  gone.close();
});
