import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { newApplication, newEndpoint } from "../../test/conformance/new-control-rows.ts";
import { makeScratchFolder } from "../../test/e2e/scratch-folder.ts";
import { LdbReader } from "../control/ldb-reader.ts";
import { SqliteControlWriter } from "../control/sqlite-control-writer.ts";
import { controlPathOf, ldbPathOf } from "./data-layout.ts";
import { keyStatuses, rotateKeys } from "./key-access.ts";
import { keyRingOf } from "./key-ring-of.ts";

/** Rotates in another process, which kills itself when it is about to do this for the nth time. */
function killRotation(data: string, what: "COMMIT" | "renameSync", count: number): void {
  const access = JSON.stringify(new URL("./key-access.ts", import.meta.url).href);
  const script = `
    import fs from "node:fs";
    import { syncBuiltinESMExports } from "node:module";
    import { DatabaseSync } from "node:sqlite";
    let done = 0;
    const may = (what) => {
      if (what === "${what}" && (done += 1) === ${count}) process.kill(process.pid, "SIGKILL");
    };
    const { exec } = DatabaseSync.prototype;
    DatabaseSync.prototype.exec = function (sql) { may(sql); return exec.call(this, sql); };
    const { renameSync } = fs;
    fs.renameSync = (...paths) => { may("renameSync"); renameSync(...paths); };
    syncBuiltinESMExports();
    const { rotateKeys } = await import(${access});
    rotateKeys({ data: ${JSON.stringify(data)}, encryptionKeys: undefined });`;
  const child = spawnSync(process.execPath, ["--input-type=module", "--eval", script]);
  assert.equal(child.signal, "SIGKILL", child.stderr.toString());
}

test("a rotation that is killed anywhere is finished by the next, with one key left", async () => {
  const folder = makeScratchFolder("rotation");
  const data = folder.path;
  const settings = { data, encryptionKeys: undefined };
  const files = { controlPath: controlPathOf(settings), ldbPath: ldbPathOf(settings) };
  const sources = { nowMs: Date.now, randomBytes, keyRing: keyRingOf(settings) };
  const writer = new SqliteControlWriter(files, sources, () => {});
  const { application } = await writer.createApplication("org", newApplication(), false);
  const headers = { "X-Token": "of the endpoint" };
  const { key } = await writer.createEndpoint(application.key, newEndpoint({ headers }));
  writer.close();
  for (const what of ["renameSync", "COMMIT"] as const) {
    for (const count of what === "COMMIT" ? [1, 2, 3, 4, 5] : [1, 2]) {
      killRotation(data, what, count);
      const id = rotateKeys(settings);
      assert.deepEqual(
        keyStatuses(settings).map((status) => [status.id, status.role]),
        [[id, "seals"]],
      );
      const reader = new LdbReader(files.ldbPath, {
        nowMs: Date.now,
        generation: undefined,
        keyRing: keyRingOf(settings),
      });
      assert.deepEqual(reader.endpointHeaders(key), headers);
      reader.close();
      assert.match(readFileSync(join(data, "encryption-keys"), "utf8"), /^\S+\n$/);
    }
  }
  folder.remove();
});
