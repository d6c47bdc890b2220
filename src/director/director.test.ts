import assert from "node:assert/strict";
import { setImmediate as turn } from "node:timers/promises";
import { test } from "node:test";
import {
  delivered,
  endless,
  endpoint,
  impatient,
  message,
  startDirector,
} from "../../test/conformance/scratch-director.ts";
import { limits } from "../core/limits.ts";
import type { IncomingMessage } from "../core/message.ts";
import { MemoryDisk } from "../jobdb/memory/memory-disk.ts";

test("attempts under way when their endpoint is deleted are recorded in the older JobDb that they belong to", async () => {
  const disk = new MemoryDisk();
  const first = await startDirector(disk, 1);
  const count = limits.concurrencyInitial + 8;
  await first.director.accept(Array.from({ length: count }, () => message));
  disk.crash();

  const { director, attempts, world, failures } = await startDirector(disk, 2);
  while (attempts.length < limits.concurrencyInitial) await turn();
  world.deleted = true;
  for (const end of attempts) end(delivered);
  const [file] = disk.files.values();
  while (failures.length === 0 && (file?.attempts.length ?? 0) < limits.concurrencyInitial)
    await turn();
  assert.deepEqual(failures, []);
  const isDrained = (): boolean => file?.drained ?? false;
  while (!isDrained()) await turn();
  assert.equal(attempts.length, limits.concurrencyInitial, "nothing more was sent");
  await director.stop(0);
});

test("answers are kept with the rows of the messages that they are about, however they share a commit", async () => {
  const disk = new MemoryDisk();
  const { director, failures } = await startDirector(disk, 1);
  const skipped = { ...message, recipients: [] };
  const three = [skipped, skipped, skipped];
  const answer = (text: string, from: number, count: number) => ({
    hash: new TextEncoder().encode(text.padEnd(32)),
    text,
    from,
    count,
  });
  const accepted = await Promise.all([
    director.accept(three, [answer("first", 0, 1), answer("second", 1, 2)]),
    director.accept([], [answer("none", 0, 0)]),
    director.accept([skipped]),
    director.accept(three, [answer("last", 2, 1)]),
  ]);
  assert.deepEqual(
    accepted.map((addresses) => addresses.map(({ row }) => row)),
    [[1, 2, 3], [], [4], [5, 6, 7]],
  );
  const [file] = disk.files.values();
  assert.deepEqual(
    file?.answers.map(({ text, firstMessage, messages }) => [text, firstMessage, messages]),
    [
      ["first", 1, 1],
      ["second", 2, 2],
      ["none", 4, 0],
      ["last", 7, 1],
    ],
  );
  await director.accept([], [answer("alone", 0, 0)]);
  assert.equal(file.answers.at(-1)?.text, "alone");
  assert.deepEqual(failures, []);
  await director.stop(0);
});

test("wherever a full JobDb is changed for the next one, a batch is in one of them with its answer and its deliveries", async () => {
  for (let rowsMax = 1; rowsMax <= 24; rowsMax += 1) {
    const disk = new MemoryDisk();
    const sealing = { ...endless, rowsMax };
    const { director, failures, attempts } = await startDirector(disk, 1, undefined, { sealing });
    const texts = ["first", "second", "third", "fourth", "fifth", "sixth"];
    for (const [index, text] of texts.entries()) {
      const answer = { hash: new Uint8Array(32).fill(index), text, from: 0, count: 2 };
      const addresses = await director.accept([message, message], [answer]);
      const jobDb = addresses[0]?.jobDb ?? assert.fail();
      const file = disk.files.get(jobDb) ?? assert.fail();
      assert.deepEqual(new Set(addresses.map((address) => address.jobDb)), new Set([jobDb]));
      const kept = file.answers.find((each) => each.text === text);
      assert.equal(kept?.firstMessage, addresses[0]?.row);
      for (const { row } of addresses) assert.ok(file.messages[row - 1] !== undefined);
      for (const end of attempts.splice(0)) end(delivered);
      await turn();
    }
    const files = [...disk.files.values()];
    const recorded = () => files.reduce((sum, file) => sum + file.attempts.length, 0);
    while (failures.length === 0 && recorded() < 12) {
      for (const end of attempts.splice(0)) end(delivered);
      await turn();
    }
    const full = files.slice(0, -1).filter(({ messages }) => messages.length > 0);
    while (failures.length === 0 && full.some(({ sealed, drained }) => !sealed || !drained))
      await turn();
    assert.deepEqual(failures, []);
    assert.ok(full.length > 0, `a JobDb of ${rowsMax} rows was sealed`);
    await director.stop(0);
  }
});

function saying(text: string): IncomingMessage {
  return { ...message, payload: new TextEncoder().encode(text) };
}

test("in strict order what is accepted waits for what an earlier run left, also before that is found", async () => {
  const disk = new MemoryDisk();
  const first = await startDirector(disk, 1, Promise.resolve());
  await first.director.accept([saying("one"), saying("two")]);
  disk.crash();

  const found = Promise.withResolvers<void>();
  const { director, attempts, sent, failures } = await startDirector(disk, 2, found.promise);
  await director.accept([saying("three")]);
  for (let count = 0; count < 20; count += 1) await turn();
  assert.deepEqual(sent, []);
  found.resolve();
  for (let count = 1; count <= 3; count += 1) {
    while (attempts.length < count) await turn();
    attempts[count - 1]?.(delivered);
  }
  assert.deepEqual(sent, ["one", "two", "three"]);
  assert.deepEqual(failures, []);
  await director.stop(0);
});

test("in strict order the next delivery starts when the outcome before it is durable", async () => {
  const flush = { current: Promise.resolve() };
  const disk = new MemoryDisk({ flush: () => flush.current, survives: () => true });
  const { director, attempts, sent, failures } = await startDirector(disk, 1, Promise.resolve());
  await director.accept([saying("one"), saying("two")]);
  while (attempts.length < 1) await turn();
  const flushed = Promise.withResolvers<void>();
  flush.current = flushed.promise;
  attempts[0]?.(delivered);
  for (let count = 0; count < 20; count += 1) await turn();
  assert.deepEqual(sent, ["one"]);
  flushed.resolve();
  while (attempts.length < 2) await turn();
  attempts[1]?.(delivered);
  assert.deepEqual(failures, []);
  await director.stop(0);
});

test("strict order can be taken off an endpoint while its head is under way", async () => {
  const disk = new MemoryDisk();
  const { director, attempts, sent, world, failures } = await startDirector(
    disk,
    1,
    Promise.resolve(),
  );
  await director.accept([saying("one"), saying("two"), saying("three")]);
  while (attempts.length < 1) await turn();
  world.ordered = false;
  director.endpointChanged(endpoint);
  attempts[0]?.({ ...delivered, statusCode: 500 });
  while (attempts.length < 3) await turn();
  assert.deepEqual(sent, ["one", "two", "three"]);
  for (const end of attempts.slice(1)) end(delivered);
  assert.deepEqual(failures, []);
  await director.stop(0);
});

test("attempts that are slow to start have a moment of each turn, and the rest start in the next ones", async (t) => {
  let steadyMs = 0;
  const turns: (() => void)[] = [];
  const clock = {
    ...impatient,
    steadyMs: () => (steadyMs += limits.startingTurnMs / 2), // each start takes so long
    soon: (callback: () => void) => void turns.push(callback),
  };
  const { director, sent } = await startDirector(new MemoryDisk(), 1, undefined, { clock });
  t.after(() => director.stop(0));
  await director.accept([message, message, message]);
  assert.equal(sent.length, 2);
  assert.equal(turns.length, 1, "one look in the next turn");
  turns.shift()?.();
  assert.equal(sent.length, 3);
});
