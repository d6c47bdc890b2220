import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import { PosthornError } from "../core/errors.ts";
import { isDamage } from "../sqlite/result-code.ts";
import { isFatal, toControlError } from "./sqlite-failure.ts";

function sqliteError(errcode: number): Error {
  return Object.assign(new Error("what SQLite says"), { code: "ERR_SQLITE_ERROR", errcode });
}

for (const [name, errcode, expected] of [
  ["busy", 5, { code: "control_unavailable", fatal: false, damage: false }],
  ["busy in recovery", 261, { code: "control_unavailable", fatal: false, damage: false }],
  ["a full disk", 13, { code: "control_unavailable", fatal: false, damage: false }],
  ["a failed fsync", 1034, { code: "control_unavailable", fatal: true, damage: false }],
  ["a damaged file", 11, { code: "control_unavailable", fatal: true, damage: true }],
  ["no database", 26, { code: "control_unavailable", fatal: true, damage: true }],
  ["a read-only file", 8, { code: "data_unwritable", fatal: true, damage: false }],
  ["no such folder", 14, { code: "data_unwritable", fatal: true, damage: false }],
] as const) {
  test(`SQLite's failure "${name}" is ${expected.code}`, () => {
    const error = sqliteError(errcode);
    const translated = toControlError(error, "/data/control.db");
    assert(translated instanceof PosthornError);
    assert.equal(translated.message, "/data/control.db: what SQLite says");
    assert.equal(translated.cause, error);
    const { code } = translated;
    assert.deepEqual({ code, fatal: isFatal(error), damage: isDamage(error) }, expected);
  });
}

test("SQLite's own errors are known for such, and others stay what they are", () => {
  const database = new DatabaseSync(":memory:");
  assert.throws(
    () => database.exec("nonsense"),
    (error) => isFatal(error) && toControlError(error, "") instanceof PosthornError,
  );
  database.close();
  const other = new RangeError("mine");
  assert.equal(toControlError(other, ""), other);
  assert.equal(isFatal(other), false);
});
