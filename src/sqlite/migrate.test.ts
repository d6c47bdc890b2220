import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import { schemaDumpOf } from "../../test/conformance/schema-dump.ts";
import { inTransaction } from "./in-transaction.ts";
import { migrate, migrateWithin, schemaVersionOf } from "./migrate.ts";

test("a migration that fails leaves the version before it", () => {
  const database = new DatabaseSync(":memory:");
  const migrations = ["CREATE TABLE a (x)", "CREATE TABLE b (x); nonsense"];
  assert.throws(() => migrate(database, migrations, "x.db"), /syntax error/);
  assert.equal(schemaDumpOf(database), "CREATE TABLE a (x);\n");
  assert.deepEqual({ ...database.prepare("PRAGMA user_version").get() }, { user_version: 1 });
  migrate(database, ["CREATE TABLE a (x)", "CREATE TABLE c (x)"], "x.db");
  assert.equal(schemaDumpOf(database), "CREATE TABLE a (x);\n\nCREATE TABLE c (x);\n");
  database.close();
});

test("within the caller's transaction a migration that fails leaves nothing of those before it", () => {
  const database = new DatabaseSync(":memory:");
  const migrations = ["CREATE TABLE a (x)", "CREATE TABLE b (x)"];
  const withFault = [...migrations, "nonsense"];
  const failing = (): void => migrateWithin(database, withFault, "x.db");
  assert.throws(() => inTransaction(database, failing), /syntax error/);
  assert.equal(schemaVersionOf(database, migrations, "x.db"), 0);
  assert.equal(schemaDumpOf(database), "");
  inTransaction(database, () => migrateWithin(database, migrations, "x.db"));
  assert.equal(schemaVersionOf(database, migrations, "x.db"), 2);
  assert.equal(schemaDumpOf(database), "CREATE TABLE a (x);\n\nCREATE TABLE b (x);\n");
  database.close();
});

test("a file of a newer program is refused, however it would be migrated", () => {
  const database = new DatabaseSync(":memory:");
  database.exec("PRAGMA user_version = 2");
  for (const refuse of [migrate, migrateWithin, schemaVersionOf]) {
    assert.throws(() => refuse(database, ["CREATE TABLE a (x)"], "x.db"), {
      code: "data_newer",
      message: /^x\.db has schema version 2, this program knows 1/,
    });
  }
  assert.equal(schemaDumpOf(database), "");
  database.close();
});
