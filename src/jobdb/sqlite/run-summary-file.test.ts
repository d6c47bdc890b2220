import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { RunSummary } from "./run-summary.ts";
import { readRunSummary, removeRunSummaries, writeRunSummary } from "./run-summary-file.ts";

const place = { run: 3, entry: "delivery" } as const;
const nonce = 2 ** 47 + 1;
let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "posthorn-summaries-"));
  path = join(folder, "00000001.db");
});
afterEach(() => rmSync(folder, { recursive: true }));

function write(tag: string, at: Parameters<typeof writeRunSummary>[1] = place): void {
  const summary = new RunSummary();
  summary.add({ key: 1, field: "tag", value: tag });
  writeRunSummary(path, at, nonce, summary);
}

function tagsOf(at: Parameters<typeof writeRunSummary>[1] = place): readonly string[] | undefined {
  const summary = readRunSummary(path, at, nonce);
  return summary && ["a", "b", "c"].filter((tag) => summary.mayTake(1, { tag: [tag] }));
}

test("each summary is read as it was written, in whatever order", () => {
  write("a");
  write("b", { run: 0, entry: "message" });
  write("c", { run: 3, entry: "attempt" });
  assert.deepEqual(tagsOf(), ["a"]);
  assert.deepEqual(tagsOf({ run: 0, entry: "message" }), ["b"]);
  assert.deepEqual(tagsOf({ run: 3, entry: "attempt" }), ["c"]);
});

test("there is none where none was written", () => {
  assert.equal(tagsOf(), undefined);
  write("a");
  for (const other of [
    { run: 2, entry: "delivery" },
    { run: 3, entry: "message" },
    { run: 3, entry: "attempt" },
    { run: 9, entry: "message" },
  ] as const)
    assert.equal(tagsOf(other), undefined);
  removeRunSummaries(path);
  assert.equal(tagsOf(), undefined);
  removeRunSummaries(path);
});

test("one of a run that ends with another row is none", () => {
  write("a");
  assert.equal(readRunSummary(path, place, nonce + 1), undefined);
});

test("one that is not as it was written is none, and can be written again", () => {
  write("a");
  const file = `${path}-runs`;
  const sound = readFileSync(file);
  const start = sound.length - 8208;
  for (const at of [start, start + 4, start + 8, start + 16, start + 5000, sound.length - 1]) {
    const altered = Buffer.from(sound);
    altered[at] = (altered[at] ?? 0) ^ 4;
    writeFileSync(file, altered);
    assert.equal(tagsOf(), undefined, `byte ${at - start}`);
  }
  writeFileSync(file, sound);
  truncateSync(file, sound.length - 1);
  assert.equal(tagsOf(), undefined);
  const moved = Buffer.concat([sound.subarray(start), sound.subarray(start)]);
  writeFileSync(file, moved);
  assert.equal(tagsOf({ run: 0, entry: "delivery" }), undefined);
  write("b");
  assert.deepEqual(tagsOf(), ["b"]);
});
