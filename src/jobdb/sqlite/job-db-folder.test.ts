import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { makeScratchFolder } from "../../../test/e2e/scratch-folder.ts";
import { makeUnreadableParent } from "../../../test/conformance/unreadable-parent.ts";
import { makeFolder } from "./job-db-folder.ts";

const module = new URL("./job-db-folder.ts", import.meta.url);

test("a folder is made with those above it, wherever it is called from, and may be there already", () => {
  const scratch = makeScratchFolder("folder");
  const before = process.cwd();
  try {
    process.chdir(scratch.path);
    for (let times = 0; times < 2; times += 1) {
      makeFolder("a/b/");
      makeFolder("a/b/c/d", { root: "a" });
      makeFolder(".", { root: "." });
      makeFolder("/");
    }
  } finally {
    process.chdir(before);
  }
  assert.ok(existsSync(join(scratch.path, "a/b/c/d")));
  scratch.remove();
});

test("a folder under one that can't be read is used if it is there", async (t) => {
  const { make, run } = makeUnreadableParent(t);
  make();
  await run(module, "loaded.makeFolder(folder); loaded.makeFolder(folder + '/jobdb')");
});

test("a new folder under one that can't be read is an error, or told to whoever wants to go on all the same", async (t) => {
  const { folder, run } = makeUnreadableParent(t);
  const refused = "try { loaded.makeFolder(folder) } catch ({ code }) { return code }";
  assert.equal(await run(module, refused), "data_unwritable");
  const told = await run(
    module,
    `const told = [];
     loaded.makeFolder(folder + "/a/b", { root: folder, onUndurable: ({ code }) => told.push(code) });
     return told;`,
  );
  assert.deepEqual(told, ["EACCES"], "of the one name of three");
  assert.ok(existsSync(join(folder, "a/b")));
});
