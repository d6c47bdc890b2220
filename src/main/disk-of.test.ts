import assert from "node:assert/strict";
import { statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { diskOf } from "./disk-of.ts";

test("what is not there yet is on the disk where it would be made", () => {
  const disk = statSync(tmpdir()).dev;
  assert.equal(diskOf(tmpdir()), disk);
  assert.equal(diskOf(join(tmpdir(), "not", "there", "yet")), disk);
  assert.equal(diskOf("not-there-yet"), statSync(process.cwd()).dev);
});

const isLinux = process.platform === "linux";
test("another file system is another disk", { skip: !isLinux && "only Linux has /proc" }, () => {
  assert.notEqual(diskOf("/proc/not-there"), diskOf(process.cwd()));
});
