import assert from "node:assert/strict";
import { test } from "node:test";
import { Disk, everything, type Fate } from "./disk.ts";
import type { DiskEvent } from "./disk-event.ts";

const nothing: Fate = { name: () => false, write: () => "none", sector: () => false };

type Unplaced = DiskEvent extends infer Event
  ? Event extends DiskEvent
    ? Omit<Event, "beganAt" | "endedAt">
    : never
  : never;

/** A disk on which calls came one after the other. */
function diskAfter(...events: readonly Unplaced[]): Disk {
  const disk = new Disk("/data");
  for (const [place, event] of events.entries()) {
    disk.apply({ ...event, beganAt: place, endedAt: place });
  }
  return disk;
}

function textsOf(disk: Disk, fate: Fate): Readonly<Record<string, string>> {
  const files = Array.from(disk.image(fate), ([path, bytes]) => [
    path,
    Buffer.from(bytes).toString(),
  ]);
  return Object.fromEntries(files);
}

const create = { kind: "create", path: "/data/a", what: "file" } as const;
const syncFile = { kind: "sync", path: "/data/a" } as const;
const syncFolder = { kind: "sync", path: "/data" } as const;

function write(text: string, offset = 0) {
  return { kind: "write", path: "/data/a", offset, bytes: Buffer.from(text) } as const;
}

test("a power cut takes what was not synced, and may leave it", () => {
  const disk = diskAfter(create, write("old"), syncFile, syncFolder, write("new"));
  assert.deepEqual(textsOf(disk, nothing), { "/data/a": "old" });
  assert.deepEqual(textsOf(disk, everything), { "/data/a": "new" });
});

test("a file that was synced is not there if its folder was not", () => {
  const disk = diskAfter(create, write("old"), syncFile);
  assert.deepEqual(textsOf(disk, nothing), {});
  assert.deepEqual(textsOf(disk, everything), { "/data/a": "old" });
});

test("the name of a file is there without its bytes if only the folder was synced", () => {
  assert.deepEqual(textsOf(diskAfter(create, write("old"), syncFolder), nothing), {
    "/data/a": "",
  });
});

test("a file that was removed comes back with what was synced of it", () => {
  const remove = { kind: "remove", path: "/data/a" } as const;
  const disk = diskAfter(create, write("old"), syncFile, syncFolder, remove, create, write("new"));
  assert.deepEqual(textsOf(disk, nothing), { "/data/a": "old" });
  assert.deepEqual(textsOf(disk, everything), { "/data/a": "new" });
});

test("a link is another name of the same file, durable with its folder", () => {
  const link = { kind: "link", path: "/data/a", to: "/data/b" } as const;
  const remove = { kind: "remove", path: "/data/a" } as const;
  const made = diskAfter(create, write("new"), syncFile, syncFolder, link);
  assert.deepEqual(textsOf(made, nothing), { "/data/a": "new" });
  const disk = diskAfter(create, write("new"), syncFile, link, remove, syncFolder);
  assert.deepEqual(textsOf(disk, nothing), { "/data/b": "new" });
});

test("a rename happens as a whole or not at all", () => {
  const rename = { kind: "rename", path: "/data/a", to: "/data/b" } as const;
  const disk = diskAfter(create, write("old"), syncFile, syncFolder, rename);
  assert.deepEqual(textsOf(disk, nothing), { "/data/a": "old" });
  assert.deepEqual(textsOf(disk, everything), { "/data/b": "old" });
});

test("a folder that was not synced in its own folder takes its files with it", () => {
  const folder = { kind: "create", path: "/data/sub", what: "folder" } as const;
  const file = { kind: "create", path: "/data/sub/a", what: "file" } as const;
  const disk = diskAfter(folder, file, { kind: "sync", path: "/data/sub" });
  assert.deepEqual(textsOf(disk, nothing), {});
  assert.deepEqual(textsOf(disk, everything), { "/data/sub/a": "" });
});

test("a torn write reaches some of its sectors", () => {
  const old = "o".repeat(1536);
  const disk = diskAfter(create, write(old), syncFile, syncFolder, write("n".repeat(1200), 100));
  const firstSector: Fate = {
    name: () => true,
    write: () => "torn",
    sector: (share) => share === 0,
  };
  const torn = `${"o".repeat(100)}${"n".repeat(412)}${"o".repeat(1024)}`;
  assert.deepEqual(textsOf(disk, firstSector), { "/data/a": torn });
});

test("a write that had not ended when a sync began is not made durable by it", () => {
  const disk = diskAfter(create, syncFolder);
  disk.apply({ ...write("late"), beganAt: 10, endedAt: 12 });
  disk.apply({ ...syncFile, beganAt: 11, endedAt: 13 });
  assert.deepEqual(textsOf(disk, nothing), { "/data/a": "" });
  disk.apply({ ...syncFile, beganAt: 14, endedAt: 15 });
  assert.deepEqual(textsOf(disk, nothing), { "/data/a": "late" });
});

test("truncating and writing behind the end leave zeros between", () => {
  const truncate = { kind: "truncate", path: "/data/a", length: 2 } as const;
  const disk = diskAfter(create, write("abcd"), truncate, write("z", 3), syncFile, syncFolder);
  assert.deepEqual(textsOf(disk, nothing), { "/data/a": "ab\0z" });
});

test("any number of images can be taken, and none changes the disk", () => {
  const disk = diskAfter(create, syncFolder, write("new"));
  for (const fate of [everything, nothing, everything]) {
    assert.deepEqual(textsOf(disk, fate), { "/data/a": fate === nothing ? "" : "new" });
  }
  assert.equal(disk.pendingCount, 1);
});
