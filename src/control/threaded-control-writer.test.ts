import assert from "node:assert/strict";
import { once } from "node:events";
import { DatabaseSync } from "node:sqlite";
import { test, type TestContext } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { Worker } from "node:worker_threads";
import { newApplication, newEndpoint } from "../../test/conformance/new-control-rows.ts";
import { scratchControl } from "../../test/conformance/scratch-control.ts";
import { endpointKeyOf } from "../core/ids.ts";
import { limits } from "../core/limits.ts";
import type { ControlChange } from "./control-change.ts";
import { LdbReader } from "./ldb-reader.ts";
import { ThreadedControlWriter } from "./threaded-control-writer.ts";

async function start(t: TestContext) {
  const { files, sources } = scratchControl(t);
  const failed = Promise.withResolvers<Error>();
  const made = once(process, "worker");
  const { keyRing } = sources;
  const writer = await ThreadedControlWriter.start({
    ...files,
    keyRing,
    onResealed: () => {},
    onFailure: failed.resolve,
  });
  const [worker]: Worker[] = await made;
  assert(worker !== undefined);
  const reader = new LdbReader(files.ldbPath, { ...sources, generation: writer.generation });
  t.after(async () => {
    reader.close();
    await writer.stop();
  });
  return { files, keyRing, writer, worker, reader, failure: failed.promise };
}

const unavailable = { name: "PosthornError", code: "control_unavailable", retryable: true };

test("changes are told before their write resolves, and until one asks no more", async (t) => {
  const { writer, reader } = await start(t);
  const told: string[] = [];
  const listen = (changes: readonly ControlChange[]): void => {
    told.push(...changes.map(({ table }) => table));
    assert.notEqual(reader.application("org", "acme"), undefined);
  };
  const unsubscribe = writer.onChange(listen);
  const input = newApplication({ uid: "acme" });
  const { application } = await writer.createApplication("org", input, false);
  assert.deepEqual(told, ["application"]);
  await writer.createEndpoint(application.key, newEndpoint());
  assert.deepEqual(told, ["application", "endpoint", "signing_secret"]);
  unsubscribe();
  await writer.createApplication("org", newApplication(), false);
  assert.equal(told.length, 3);
});

test("a killed thread fails the writes under way and all later ones; reading goes on", async (t) => {
  const { files, writer, worker, reader, failure } = await start(t);
  const input = newApplication({ uid: "acme" });
  const { application } = await writer.createApplication("org", input, false);
  const lock = new DatabaseSync(files.controlPath);
  lock.exec("BEGIN IMMEDIATE"); // so that the next write can't be done before the thread is killed
  const pending = writer.createApplication("org", newApplication({ uid: "late" }), false);
  const ended = assert.rejects(pending, unavailable);
  const terminated = worker.terminate();
  lock.exec("ROLLBACK");
  lock.close();
  await Promise.all([ended, terminated]);
  assert.equal((await failure).message, "the control store is not available");
  await assert.rejects(writer.createEndpoint(application.key, newEndpoint()), unavailable);
  assert.deepEqual(reader.application("org", "acme"), application);
  assert.deepEqual(reader.subscriptions(application.key), []);
  assert.equal(reader.application("org", "late"), undefined);
});

const afterCommit = { timeout: 30_000 };

test("what a killed thread has not shown is there after the next start", afterCommit, async (t) => {
  const { files, keyRing, writer, worker, failure } = await start(t);
  const lock = new DatabaseSync(files.ldbPath);
  lock.exec("BEGIN IMMEDIATE"); // so that the write gets as far as the control store
  const pending = writer.createApplication("org", newApplication({ uid: "acme" }), false);
  const ended = assert.rejects(pending, unavailable);
  const store = new DatabaseSync(files.controlPath, { readOnly: true });
  const count = store.prepare("SELECT count(*) AS count FROM ledger");
  while (count.get()?.["count"] === 0) await nextTurn(); // nothing tells of another thread's commit
  store.close();
  const terminated = worker.terminate();
  lock.exec("ROLLBACK");
  lock.close();
  await Promise.all([ended, terminated, failure]);
  const again = await ThreadedControlWriter.start({
    ...files,
    keyRing,
    onResealed: () => {},
    onFailure: () => {},
  });
  const { generation } = again;
  const reader = new LdbReader(files.ldbPath, { nowMs: () => 0, generation, keyRing });
  assert.equal(reader.application("org", "acme")?.name, "Acme");
  reader.close();
  await again.stop();
});

test("stopping finishes the writes that were called before, and refuses later ones", async (t) => {
  const { writer, reader } = await start(t);
  const before = writer.createApplication("org", newApplication({ uid: "acme" }), false);
  const stopped = writer.stop();
  await assert.rejects(writer.createApplication("org", newApplication(), false), unavailable);
  const { application } = await before;
  await Promise.all([stopped, writer.stop()]);
  assert.deepEqual(reader.application("org", "acme"), application);
});

test("more writes than may wait for their turn are refused", async (t) => {
  const { files, writer } = await start(t);
  const lock = new DatabaseSync(files.controlPath);
  lock.exec("BEGIN IMMEDIATE");
  const nothing = endpointKeyOf(1); // is not there, so that these writes need no disk
  const waiting = Array.from({ length: limits.controlWritesPendingMax }, () =>
    writer.disableEndpoint(nothing),
  );
  await assert.rejects(writer.disableEndpoint(nothing), { code: "overloaded", retryable: true });
  lock.exec("ROLLBACK");
  lock.close();
  await Promise.all(waiting);
  await writer.disableEndpoint(nothing);
});

test("why a start fails comes out of the thread", async (t) => {
  const { files, sources } = scratchControl(t);
  const newer = new DatabaseSync(files.controlPath);
  newer.exec("PRAGMA user_version = 99");
  newer.close();
  const onFailure = (): never => assert.fail("a start that fails is told by its promise");
  const { keyRing } = sources;
  const options = { ...files, keyRing, onResealed: () => {}, onFailure };
  await assert.rejects(ThreadedControlWriter.start(options), {
    name: "PosthornError",
    code: "data_newer",
    message: /control\.db has schema version 99/,
  });
});
