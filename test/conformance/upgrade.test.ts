/** An upgrade that a crash interrupts at any statement leaves a version, and the next start goes on from there. */
import assert from "node:assert/strict";
import { copyFileSync, existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { after, before, test } from "node:test";
import { controlMigrations } from "../../src/control/control-migrations.ts";
import { jobDbMigrations } from "../../src/jobdb/sqlite/job-db-migrations.ts";
import { migrate, schemaVersionOf } from "../../src/sqlite/migrate.ts";
import { makeScratchFolder, type ScratchFolder } from "../e2e/scratch-folder.ts";
import { schemaDumpOf } from "./schema-dump.ts";

let folder: ScratchFolder;

before(() => {
  folder = makeScratchFolder("upgrade");
});
after(() => folder.remove());

/** A file with the first migrations. */
function fileOf(name: string, migrations: readonly string[]): string {
  const path = join(folder.path, name);
  const database = new DatabaseSync(path);
  database.exec("PRAGMA journal_mode = WAL");
  migrate(database, migrations, path);
  database.close();
  return path;
}

/** As a process finds it that starts after a power cut: what others have in their memory is lost. */
function crashImageOf(path: string): DatabaseSync {
  const image = `${path}.image`;
  for (const suffix of ["", "-wal"]) {
    rmSync(`${image}${suffix}`, { force: true });
    if (existsSync(`${path}${suffix}`)) copyFileSync(`${path}${suffix}`, `${image}${suffix}`);
  }
  rmSync(`${image}-shm`, { force: true });
  return new DatabaseSync(image);
}

function statementsOf(migration: string): readonly string[] {
  return migration.split(";").filter((text) => text.trim() !== "");
}

for (const [what, migrations] of [
  ["a JobDb", jobDbMigrations],
  ["the control store", controlMigrations],
] as const) {
  test(`an upgrade of ${what} that ends at any statement is done by the next start`, () => {
    const newest = new DatabaseSync(":memory:");
    migrate(newest, migrations, "");
    for (const [version, migration] of migrations.entries()) {
      const path = fileOf(`${what} ${version}.db`, migrations.slice(0, version));
      const database = new DatabaseSync(path);
      database.exec("PRAGMA cache_size = 0; PRAGMA cache_spill = 1; BEGIN IMMEDIATE");
      for (const statement of statementsOf(migration)) {
        database.exec(statement);
        const image = crashImageOf(path);
        assert.equal(schemaVersionOf(image, migrations, path), version);
        migrate(image, migrations, path);
        assert.equal(schemaDumpOf(image), schemaDumpOf(newest));
        image.close();
      }
      database.close();
    }
  });
}
