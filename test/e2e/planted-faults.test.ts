import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { plantedFaults } from "../crash/planted-faults.ts";

for (const { name, file, search } of plantedFaults) {
  test(`the fault ${name} still has exactly one place to be planted at`, () => {
    const source = readFileSync(join(import.meta.dirname, "../..", file), "utf8");
    assert.equal(source.split(search).length - 1, 1);
  });
}
