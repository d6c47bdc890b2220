import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import { schemaDumpOf } from "../../test/conformance/schema-dump.ts";
import { migrate } from "../sqlite/migrate.ts";
import { controlMigrations } from "./control-migrations.ts";
import { ldbSchema } from "./ldb-schema.ts";
import { columnsOf, tableNames } from "./tables.ts";

function controlDatabase(): DatabaseSync {
  const database = new DatabaseSync(":memory:");
  migrate(database, controlMigrations, "control.db");
  return database;
}

function ldbDatabase(): DatabaseSync {
  const database = new DatabaseSync(":memory:");
  database.exec(ldbSchema);
  return database;
}

for (const { name, open } of [
  { name: "control", open: controlDatabase },
  { name: "ldb", open: ldbDatabase },
]) {
  test(`${name}-schema.sql is what the program makes`, () => {
    const database = open();
    const file = new URL(`./${name}-schema.sql`, import.meta.url);
    assert.equal(readFileSync(file, "utf8"), schemaDumpOf(database));
    database.close();
  });

  test(`each table of ${name}.db has the columns of its row, in their order`, () => {
    const database = open();
    for (const table of tableNames) {
      const columns = database.prepare("SELECT name FROM pragma_table_info(?)").all(table);
      assert.deepEqual(
        columns.map((column) => column["name"]),
        columnsOf(table),
      );
    }
    database.close();
  });
}

test("a migration that has been released stays as it is", () => {
  const released = [
    "bd909163cf2eb3ec4383895a5e5e979a02e6162800456323f8e8248857d3dd8b",
    "298cf6777ca20a25764f4fbd1cea9b36ee4e1ba8487391d37b47168606375359",
    "38dcf195cbc26dbe85e7995d64a2d4ea420624d22f5d7b86875ff53707608716",
    "6eb5fcfbd65bb68c7b2a9c2b70d6d25e98c6afd3805f2364f6a853102f5e70a8",
    "41332f1d6fa3d08c134a2c38a12cf3d161b24c3174bb6e52cfec61e9641c06c9",
    "5ecb8d251be3d65783cb98e72194dac099785bfea82518f41627e07124787d1a",
    "86abbcc1a0fda1070d2a92b2000d303c10d672a4b4e2affcb70b7725cf21ec84",
    "3b57c34f3cd4907ba2bb8151deda8fdb812d5bebb1830c5f465f4efe02d8050d",
    "850d808cb197f9da9aff240e63ad166a399f1fd277b24a6e5a87af2bc371df43",
    "c5c459fea2f8db90bc29d97fe549d24d15e4caa656aab1ef3ed671f1909f7fd0",
    "4e5ccab20b0e862cea40d42d1337742d050145ff76be5826d6a81b0b3b9671b9",
    "d7cd5588c1fd0a292ffa2e2e34bf88af666c38d65dad5ee78cc0d641494da0e6",
    "a85258a7f6adbe734fff8b1090a397035b9b709019eeab67a1340fd18fd30f86",
    "28a50c3a423a4cff0c6cb7a743a34b38d805d68bd237cf001d66323cfe8cd0b6",
  ];
  const digests = controlMigrations.map((migration) =>
    createHash("sha256").update(migration).digest("hex"),
  );
  assert.deepEqual(digests, released);
});
