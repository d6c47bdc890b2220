import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import { prepareInsertRows } from "./insert-rows.ts";

test("any number of rows is inserted, each with its own values, in their order", () => {
  for (const count of [0, 1, 4, 5, 49, 50, 57, 100, 1_234]) {
    const database = new DatabaseSync(":memory:");
    database.exec(
      "CREATE TABLE pair (place INTEGER PRIMARY KEY AUTOINCREMENT, one ANY, other ANY) STRICT",
    );
    const insert = prepareInsertRows<number>(database, {
      table: "pair",
      columns: ["one", "other"],
      valuesOf: (row) => [row, row % 3 === 0 ? null : `the ${row}th`],
    });
    insert(Array.from({ length: count }, (_, row) => row));
    const found = database.prepare("SELECT one, other FROM pair ORDER BY place").all();
    assert.deepEqual(
      found.map(({ one, other }) => [one, other]),
      Array.from({ length: count }, (_, row) => [row, row % 3 === 0 ? null : `the ${row}th`]),
    );
    database.close();
  }
});
