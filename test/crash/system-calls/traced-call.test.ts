import assert from "node:assert/strict";
import { test } from "node:test";
import { DiskEvents } from "../power-cut/disk-event.ts";
import {
  descriptorPathOf,
  numbersAfterStrings,
  parseTrace,
  stringsOf,
  type TracedCall,
} from "./traced-call.ts";

function hexOf(text: string): string {
  return Buffer.from(text)
    .toString("hex")
    .replaceAll(/../g, String.raw`\x$&`);
}

function callsOf(...lines: readonly string[]): readonly TracedCall[] {
  return parseTrace(lines.map((line) => `${line}\n`).join(""), 100).calls;
}

const path = hexOf("/data/a.db");

test("a call is read with its path, its bytes, its offset and its place", () => {
  const [call] = callsOf(`7 pwrite64(22<${path}>, "${hexOf("abc")}", 3, 4096) = 3`);
  assert.ok(call !== undefined);
  assert.equal(call.name, "pwrite64");
  assert.equal(descriptorPathOf(call), "/data/a.db");
  assert.deepEqual(stringsOf(call).map(String), ["abc"]);
  assert.deepEqual(numbersAfterStrings(call), [3, 4096]);
  assert.deepEqual([call.result, call.beganAt, call.endedAt], [3, 100, 100]);
});

test("a call that another thread's interrupts keeps the place of its begin and of its end", () => {
  const calls = callsOf(
    `7 fdatasync(22<${path}> <unfinished ...>`,
    `8 unlink("${path}") = 0`,
    "7 <... fdatasync resumed>)       = 0",
  );
  assert.deepEqual(
    calls.map(({ name, beganAt, endedAt }) => [name, beganAt, endedAt]),
    [
      ["fdatasync", 100, 102],
      ["unlink", 101, 101],
    ],
  );
});

test("a call that the process was killed in has no result and no end", () => {
  const cut = callsOf(`7 fsync(22<${path}> <unfinished ...>`, "7 +++ killed by SIGKILL +++");
  const resumed = callsOf(`7 fsync(22<${path}> <unfinished ...>`, "7 <... fsync resumed>) = ?");
  for (const [call] of [cut, resumed]) {
    assert.deepEqual([call?.result, call?.endedAt], [undefined, Infinity]);
  }
});

test("a failed call has a negative result, and signals are no calls", () => {
  const calls = callsOf(
    `7 unlink("${path}") = -1 ENOENT (No such file or directory)`,
    "7 --- SIGTERM {si_signo=SIGTERM, si_code=SI_USER, si_pid=1, si_uid=0} ---",
    "7 +++ exited with 0 +++",
  );
  assert.deepEqual(
    calls.map(({ result }) => result),
    [-1],
  );
});

test("bytes that strace has cut off are an error, as they can't be told", () => {
  const [call] = callsOf(`7 write(22<${path}>, "${hexOf("a")}"..., 2) = 2`);
  assert.ok(call !== undefined);
  assert.throws(() => stringsOf(call), /more bytes/);
});

test("a write without an offset goes where the last one ended", () => {
  const calls = callsOf(
    `7 openat(AT_FDCWD<${hexOf("/")}>, "${hexOf("/data/log")}", O_WRONLY|O_CREAT|O_TRUNC, 0666) = 9`,
    `7 write(9<${hexOf("/data/log")}>, "${hexOf("ab")}", 2) = 2`,
    `7 writev(9<${hexOf("/data/log")}>, [{iov_base="${hexOf("c")}", iov_len=1}, {iov_base="${hexOf("d")}", iov_len=1}], 2) = 2`,
  );
  const meaning = new DiskEvents("/data");
  const events = calls.flatMap((call) => meaning.of(call));
  assert.deepEqual(
    events.map((event) => [event.kind, "offset" in event ? event.offset : undefined]),
    [
      ["create", undefined],
      ["truncate", undefined],
      ["write", 0],
      ["write", 2],
    ],
  );
});

test("a call that nothing here understands is an error only within the folder", () => {
  const [ours, others] = callsOf(
    `7 symlink("${hexOf("/data/a")}", "${hexOf("/data/b")}") = 0`,
    `7 symlink("${hexOf("/tmp/a")}", "${hexOf("/tmp/b")}") = 0`,
  );
  assert.ok(ours !== undefined && others !== undefined);
  const meaning = new DiskEvents("/data");
  assert.throws(() => meaning.of(ours), /nothing here knows/);
  assert.deepEqual(meaning.of(others), []);
});
