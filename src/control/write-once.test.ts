import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { test, type TestContext } from "node:test";
import { onceKeyOf } from "../../test/conformance/control-once.ts";
import { newApplication, somebody } from "../../test/conformance/new-control-rows.ts";
import { scratchControl } from "../../test/conformance/scratch-control.ts";
import { limits } from "../core/limits.ts";
import { openAnswer, sealAnswer } from "./sealed-answer.ts";
import { SqliteControlWriter } from "./sqlite-control-writer.ts";

function open(t: TestContext) {
  const { files, sources, clock } = scratchControl(t);
  const writer = new SqliteControlWriter(files, sources, () => {});
  t.after(() => writer.close());
  const rows = (): readonly Record<string, unknown>[] => {
    const database = new DatabaseSync(files.controlPath, { readOnly: true });
    const found = database.prepare("SELECT hash, at_ms, sealed FROM answer ORDER BY key").all();
    database.close();
    return found;
  };
  return { files, sources, clock, writer, rows };
}

test("a result is kept for twelve hours and no longer", async (t) => {
  const { writer, clock } = open(t);
  const key = onceKeyOf(1);
  assert.equal(await writer.audited(somebody).once(key).keep("first"), "first");
  clock.atMs += 12 * 60 * 60 * 1000;
  assert.equal(await writer.audited(somebody).once(key).keep("second"), "first");
  clock.atMs += 1;
  assert.equal(await writer.keptResult(key), undefined);
  assert.equal(await writer.audited(somebody).once(key).keep("third"), "third");
  clock.atMs += 1;
  assert.equal(await writer.audited(somebody).once(key).keep("fourth"), "third");
});

test("each result that is kept erases some that have aged out, but none that is still given", async (t) => {
  const { writer, clock, rows } = open(t);
  const old = limits.answersErasedPerWrite + 2;
  for (let byte = 1; byte <= old; byte += 1)
    await writer.audited(somebody).once(onceKeyOf(byte)).keep("old");
  clock.atMs += limits.answersKeptMs + 1;
  await writer.audited(somebody).once(onceKeyOf(100)).keep("new");
  assert.equal(rows().length, 3);
  await writer.audited(somebody).once(onceKeyOf(101)).keep("new");
  assert.equal(rows().length, 2);
  await writer.audited(somebody).once(onceKeyOf(102)).keep("new");
  assert.equal(rows().length, 3);
});

test("the next start has what was kept, and its change, or neither", async (t) => {
  const { files, sources, writer } = open(t);
  const key = onceKeyOf(1);
  const input = newApplication({ uid: "acme" });
  const first = await writer.audited(somebody).once(key).createApplication("org", input, false);
  const other = new DatabaseSync(files.controlPath);
  other.exec(
    "CREATE TRIGGER broken BEFORE INSERT ON answer BEGIN SELECT RAISE(ABORT, 'broken'); END",
  );
  const late = newApplication({ uid: "late" });
  await assert.rejects(
    writer.audited(somebody).once(onceKeyOf(2)).createApplication("org", late, false),
  );
  const count = other.prepare("SELECT count(*) AS count FROM application").get();
  assert.deepEqual({ ...count }, { count: 1 });
  other.close();
  writer.close();
  const next = new SqliteControlWriter(files, sources, () => {});
  t.after(() => next.close());
  assert.deepEqual(
    await next.audited(somebody).once(key).createApplication("org", late, false),
    first,
  );
});

test("no secret can be read in the database without the key", async (t) => {
  const { writer, rows } = open(t);
  const key = onceKeyOf(1);
  const input = { name: "CI", application: undefined, expiresAtMs: undefined };
  const made = await writer.audited(somebody).once(key).createApiKey("org", input);
  const [row] = rows();
  const sealed = row?.["sealed"];
  assert.ok(sealed instanceof Uint8Array);
  assert.equal(Buffer.from(sealed).includes(made.secret.slice(3, 20)), false);
  assert.deepEqual(openAnswer(key, sealed), made);
  assert.throws(() => openAnswer({ ...key, sealingKey: key.hash }, sealed));
  assert.throws(() => openAnswer({ ...key, hash: key.sealingKey }, sealed));
});

test("a sealed result that was altered is not opened", () => {
  const key = onceKeyOf(1);
  const sealed = sealAnswer(key, { a: undefined, b: [1] }, (count) => new Uint8Array(count));
  assert.deepEqual(openAnswer(key, sealed), { a: undefined, b: [1] });
  for (const at of [0, 12, sealed.length - 1]) {
    const altered = Uint8Array.from(sealed);
    altered[at] = (altered[at] ?? 0) ^ 1;
    assert.throws(() => openAnswer(key, altered));
  }
});
