import assert from "node:assert/strict";
import { test } from "node:test";
import { diagnose, type Symptoms } from "./diagnosis.ts";

const mebibyte = 1024 * 1024;

const sound: Symptoms = {
  nodeVersion: "v24.21.0",
  sqlite: { version: "3.53.4", newEnough: true },
  syncsMicroseconds: [180, 200, 900],
  fileSystem: "ext4",
  freeBytes: 10_000 * mebibyte,
  lowWaterBytes: 512 * mebibyte,
  nowMs: 1_795_564_800_000,
  newestMs: 1_795_564_800_000,
  openFilesMax: 20_000,
  folderMode: 0o750,
  serverRuns: true,
  encryptionKeys: { given: ["new", "old"], used: ["new"] },
  databases: [{ name: "JobDb 1", bytes: mebibyte, state: "drained", failure: undefined }],
  quarantined: [],
  scrubbed: [],
  leftovers: [],
};

/** What is not as it should be, as `verdict check`. */
function findingsOf(changed: Partial<Symptoms>): readonly string[] {
  return diagnose({ ...sound, ...changed })
    .filter(({ verdict }) => verdict !== "ok")
    .map(({ verdict, check, advice }) => {
      assert.ok(advice !== undefined, "what is wrong comes with what to do");
      return `${verdict} ${check}`;
    });
}

for (const [what, changed, expected] of [
  ["nothing", {}, []],
  ["an old SQLite", { sqlite: { version: "3.51.2", newEnough: false } }, ["fail sqlite"]],
  ["a sync that reaches no disk", { syncsMicroseconds: [5, 9, 12] }, ["warn sync"]],
  ["a slow disk", { syncsMicroseconds: [60_000, 70_000] }, ["warn sync"]],
  ["a file system in memory", { fileSystem: "tmpfs" }, ["warn file system"]],
  ["a file system over a network", { fileSystem: "nfs" }, ["fail file system"]],
  ["one that has no name here", { fileSystem: undefined }, []],
  ["room below the mark", { freeBytes: 511 * mebibyte }, ["fail space"]],
  ["room near the mark", { freeBytes: 1_000 * mebibyte }, ["warn space"]],
  ["a clock that was never set", { nowMs: 0, newestMs: 0 }, ["fail clock"]],
  ["a clock set back", { newestMs: sound.nowMs + 3_600_000 }, ["warn clock"]],
  ["few open files", { openFilesMax: 1_024 }, ["warn open files"]],
  ["a folder that everybody reads", { folderMode: 0o755 }, ["warn permissions"]],
  [
    "a file that can't be read",
    { databases: [{ name: "JobDb 1", bytes: 1, state: undefined, failure: "malformed" }] },
    ["fail JobDb 1"],
  ],
  ["a file set aside", { quarantined: [{ jobDb: 3, reason: "malformed" }] }, ["fail quarantine"]],
  ["what was scrubbed", { scrubbed: [{ jobDb: 3, damage: "altered" }] }, ["fail scrub"]],
  [
    "an encryption key that is still needed",
    { encryptionKeys: { given: ["new", "old"], used: ["new", "old"] } },
    ["warn encryption keys"],
  ],
  [
    "an encryption key that is gone",
    { encryptionKeys: { given: ["new"], used: ["new", "old"] } },
    ["fail encryption keys"],
  ],
  ["a WAL of nothing", { leftovers: ["00000009.db-wal"] }, ["warn leftovers"]],
] as const satisfies readonly (readonly [string, Partial<Symptoms>, readonly string[]])[]) {
  test(`a doctor objects to ${what}: ${expected.join(", ") || "no"}`, () => {
    assert.deepEqual(findingsOf(changed), expected);
  });
}
