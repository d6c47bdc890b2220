import assert from "node:assert/strict";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, test } from "node:test";
import { openReader, openWriter } from "./open-connection.ts";
import { readPragma } from "./read-pragma.ts";

let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "posthorn-sqlite-"));
  path = join(folder, "x.db");
});
afterEach(() => rmSync(folder, { recursive: true }));

function settingsOf(database: DatabaseSync, names: readonly string[]): readonly unknown[] {
  const values = names.map((name) => readPragma(database, name));
  database.close();
  return values;
}

for (const { synchronous, level, autocheckpointPages } of [
  { synchronous: "FULL", level: 2, autocheckpointPages: 0 },
  { synchronous: "NORMAL", level: 1, autocheckpointPages: 1_000 },
] as const) {
  test(`a writer with synchronous ${synchronous} has the settings that it was opened with`, () => {
    const database = openWriter(path, { synchronous, autocheckpointPages, cacheKiB: 512 });
    const names = ["journal_mode", "synchronous", "wal_autocheckpoint", "cache_size"];
    const syncs = ["fullfsync", "checkpoint_fullfsync"];
    assert.deepEqual(settingsOf(database, [...names, ...syncs]), [
      "wal",
      level,
      autocheckpointPages,
      -512,
      1,
      1,
    ]);
  });
}

test("a writer is refused if a setting doesn't hold", () => {
  const options = { synchronous: "FULL", autocheckpointPages: 0, cacheKiB: 512 } as const;
  assert.throws(() => openWriter(":memory:", options), {
    message: "assertion failed: PRAGMA journal_mode is memory instead of wal",
  });
});

test("a reader makes no file and writes nothing", () => {
  assert.throws(() => openReader(path, 256), /unable to open database file/);
  assert.equal(existsSync(path), false);
  const options = { synchronous: "FULL", autocheckpointPages: 0, cacheKiB: 512 } as const;
  openWriter(path, options).close();
  const reader = openReader(path, 256);
  assert.throws(() => reader.exec("CREATE TABLE a (x)"), /readonly/);
  assert.deepEqual(settingsOf(reader, ["query_only", "cache_size"]), [1, -256]);
});
