import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { lockDataFolder } from "./data-folder-lock.ts";

let parent: string;
let folder: string;

beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), "posthorn-lock-"));
  folder = join(parent, "data");
});
afterEach(() => rmSync(parent, { recursive: true }));

const holderSource = `
  const { lockDataFolder } = await import(process.argv[1]);
  const lock = lockDataFolder(process.argv[2]);
  process.stdout.write(String(lock.epoch));
  process.stdin.resume();
`;

/** A second process that takes the folder and keeps it; resolves to its epoch. */
async function startHolder(): Promise<{ readonly child: ChildProcess; readonly epoch: number }> {
  const module = new URL("./data-folder-lock.ts", import.meta.url).href;
  const arguments_ = ["--input-type=module", "--eval", holderSource, module, folder];
  const child = spawn(process.execPath, arguments_, { stdio: ["pipe", "pipe", "inherit"] });
  const [epoch] = (await once(child.stdout, "data")) as [Buffer]; // a stream without encoding
  return { child, epoch: Number(epoch.toString()) };
}

test("a folder that another process holds is refused with one line that says what to do", async () => {
  const { child } = await startHolder();
  try {
    assert.throws(() => lockDataFolder(folder), {
      code: "data_locked",
      message: `${folder} is in use by another Posthorn process: stop that one first, or give this one another data folder`,
    });
  } finally {
    child.kill();
    await once(child, "exit");
  }
});

test("after kill -9 of the holder the folder is free, and the epoch has risen", async () => {
  const { child, epoch } = await startHolder();
  child.kill("SIGKILL");
  await once(child, "exit");
  const lock = lockDataFolder(folder);
  assert.ok(lock.epoch > epoch);
  lock.release();
});

test("the same process can't take a folder twice, but again after it was released", () => {
  const first = lockDataFolder(folder);
  assert.throws(() => lockDataFolder(folder), { code: "data_locked" });
  first.release();
  first.release();
  const second = lockDataFolder(folder);
  assert.ok(second.epoch > first.epoch);
  second.release();
});

test("the epoch also rises when the lock's file was deleted", () => {
  const first = lockDataFolder(folder);
  first.release();
  rmSync(join(folder, "posthorn.lock"));
  const second = lockDataFolder(folder);
  assert.ok(second.epoch >= first.epoch);
  second.release();
});

test("a folder that can't be made is unwritable", () => {
  writeFileSync(join(parent, "file"), "");
  for (const path of [join(parent, "file"), join(parent, "file", "data")]) {
    assert.throws(() => lockDataFolder(path), { code: "data_unwritable" });
  }
});

test("a folder in which no file can be written is unwritable", () => {
  mkdirSync(join(folder, "posthorn.lock"), { recursive: true });
  assert.throws(() => lockDataFolder(folder), { code: "data_unwritable" });
});
