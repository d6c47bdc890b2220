import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { makeScratchFolder } from "../../test/e2e/scratch-folder.ts";
import { makeUnreadableParent } from "../../test/conformance/unreadable-parent.ts";
import { takeDataFolder } from "./take-data-folder.ts";

/** Takes the folder and lets it go. Returns what was logged. */
const take = `
  const warnings = [];
  const logger = { warn: ({ err, data }, text) => warnings.push([err.code, data, text]) };
  const lock = await loaded.takeDataFolder({ data: folder }, logger);
  lock.release();
  return warnings;
`;

test("under a folder that can't be read the first start goes on and says so, the next one as ever", async (t) => {
  const { folder, run } = makeUnreadableParent(t);
  const module = new URL("./take-data-folder.ts", import.meta.url);
  const text = "could not make the name of the data folder durable";
  assert.deepEqual(await run(module, take), [["EACCES", folder, text]]);
  assert.deepEqual(await run(module, take), []);
});

test("whoever keeps a secret there before makes the folder, and the first start says it", async (t) => {
  const { folder, run } = makeUnreadableParent(t);
  const secrets = new URL("./jwt-secret.ts", import.meta.url);
  const keep = "return loaded.jwtSecretOf({ data: folder })";
  const secret = await run(secrets, keep);
  assert.equal(await run(secrets, keep), secret);
  const warnings = await run(new URL("./take-data-folder.ts", import.meta.url), take);
  assert.partialDeepStrictEqual(warnings, [["EACCES", folder]]);
});

test("elsewhere there is nothing to say", async () => {
  const scratch = makeScratchFolder("take");
  const data = join(scratch.path, "data");
  const logger = { warn: () => assert.fail("nothing is wrong") };
  const lock = await takeDataFolder({ data }, logger);
  assert.ok(existsSync(join(data, "jobdb")));
  lock.release();
  scratch.remove();
});
