import assert from "node:assert/strict";
import { copyFileSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, test } from "node:test";
import { openJobDbFile } from "./job-db-file.ts";
import { jobDbPath } from "./job-db-folder.ts";
import { takeUpJobDbs } from "./take-up-job-dbs.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "posthorn-take-up-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

function makeJobDb(number: number): void {
  openJobDbFile({ path: jobDbPath(folder, number), number, epoch: 1, taken: false }).close();
}

/** All that is in the folder but the first JobDb, which is always there. */
function besidesFirst(): readonly string[] {
  const names = readdirSync(folder).toSorted();
  assert.ok(names.includes("00000001.db"));
  return names.filter((name) => !name.startsWith("00000001.db"));
}

test("there may be no folder yet", () => {
  assert.deepEqual(takeUpJobDbs(join(folder, "absent")), { quarantined: [], lives: new Map() });
});

test("what a crash left of JobDbs that were being dropped goes, and nothing else", () => {
  makeJobDb(1);
  for (const name of ["00000002.db-wal", "00000002.db-shm", "notes-wal"])
    writeFileSync(join(folder, name), "");
  assert.deepEqual(takeUpJobDbs(folder), { quarantined: [], lives: new Map() });
  assert.deepEqual(besidesFirst(), ["notes-wal"]);
});

test("a JobDb that a crash left in the middle of being made is taken back, and made again", async () => {
  const path = jobDbPath(folder, 1);
  const making = new DatabaseSync(join(folder, "making"));
  making.exec("PRAGMA cache_size = 1; CREATE TABLE before (x); BEGIN; CREATE TABLE during (x)");
  making.exec(
    `INSERT INTO during WITH RECURSIVE n (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 100)
     SELECT zeroblob(4000) FROM n`,
  );
  copyFileSync(join(folder, "making"), path);
  copyFileSync(join(folder, "making-journal"), `${path}-journal`);
  making.close();
  const torn = new DatabaseSync(path, { readOnly: true });
  assert.throws(() => torn.prepare("SELECT * FROM sqlite_schema").all(), /readonly/);
  torn.close();
  assert.deepEqual(takeUpJobDbs(folder), { quarantined: [], lives: new Map() });
  assert.ok(!existsSync(`${path}-journal`));
});

test("one that can't be taken back is set aside, and the others are taken up", () => {
  makeJobDb(1);
  const path = jobDbPath(folder, 2);
  writeFileSync(path, "no database at all, ".repeat(1000));
  writeFileSync(`${path}-journal`, "nor a journal");
  const { quarantined } = takeUpJobDbs(folder);
  assert.deepEqual(
    quarantined.map(({ jobDb }) => jobDb),
    [2],
  );
  assert.deepEqual(besidesFirst(), ["quarantine"]);
  assert.deepEqual(readdirSync(join(folder, "quarantine")).toSorted(), [
    "00000002.db",
    "00000002.db.damaged",
  ]);
});
