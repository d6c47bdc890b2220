import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

const root = join(import.meta.dirname, "../..");
/** A name of something secret, or made of it, compared by `===` or `!==` with anything but a literal. */
const comparison =
  /(?:hash|mac|signature|secret|token|digest|password)(?:Bytes|Text|Hex)?\s*[!=]==(?!\s*(?:undefined|null|true|false|"|\d))/i;

test("nothing secret is compared character by character, which tells by its time how far it was right", () => {
  const found = globSync("src/**/*.ts", { cwd: root })
    .filter((path) => !path.endsWith(".test.ts"))
    .flatMap((path) =>
      readFileSync(join(root, path), "utf8")
        .split("\n")
        .filter((line) => comparison.test(line))
        .map((line) => `${path}: ${line.trim()}`),
    );
  assert.deepEqual(found, []);
});
