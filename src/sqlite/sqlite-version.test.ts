import assert from "node:assert/strict";
import { test } from "node:test";
import { isSqliteNewEnough } from "./sqlite-version.ts";

test("a SQLite with the WAL-reset bug, before 3.51.3, is told from one without it", () => {
  for (const version of ["3.7.0", "3.9.9", "3.50.4", "3.51", "3.51.2", "2.99.99"]) {
    assert.equal(isSqliteNewEnough(version), false, version);
  }
  for (const version of ["3.51.3", "3.51.10", "3.52.0", "3.100.0", "4.0.0"]) {
    assert.equal(isSqliteNewEnough(version), true, version);
  }
});
