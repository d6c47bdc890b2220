import assert from "node:assert/strict";
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { makeScratchFolder } from "../../test/e2e/scratch-folder.ts";
import { FolderArchiveStore } from "./folder-archive-store.ts";

test("a folder that a killed process made is made durable by the next put into it", async (context) => {
  const scratch = makeScratchFolder("folder-archive");
  const root = join(scratch.path, "archive");
  const folder = join(root, "blocks", "00000004.history");
  fs.mkdirSync(folder, { recursive: true }); // and then it was killed, before it had synced any of them
  const synced = new Set<string>();
  const { fsyncSync } = fs;
  fs.fsyncSync = (descriptor) => {
    synced.add(fs.readlinkSync(`/proc/self/fd/${descriptor}`));
    fsyncSync(descriptor);
  };
  syncBuiltinESMExports();
  context.after(() => {
    fs.fsyncSync = fsyncSync;
    syncBuiltinESMExports();
    scratch.remove();
  });
  await new FolderArchiveStore(root).put("blocks/00000004.history/block", Buffer.from("rows"));
  assert.deepEqual(synced, new Set([folder, dirname(folder), root, scratch.path]));
});
