import assert from "node:assert/strict";
import { setImmediate as turn } from "node:timers/promises";
import { test } from "node:test";
import {
  delivered,
  endpoint,
  message,
  startDirector,
} from "../../test/conformance/scratch-director.ts";
import type { Outcome } from "../core/delivery.ts";
import { limits } from "../core/limits.ts";
import { MemoryDisk } from "../jobdb/memory/memory-disk.ts";

const atOnce = limits.concurrencyInitial;
/** More than a window. */
const many = limits.windowDeliveries + 50;
const failed: Outcome = { ...delivered, statusCode: 500 };
const minute = { schedule: [60] };

function messages(count: number) {
  return Array.from({ length: count }, () => message);
}

/** The settlements of all attempts, in the order of their recording. */
function settlementsOn(disk: MemoryDisk): readonly (string | undefined)[] {
  return [...disk.files.values()].flatMap((file) =>
    file.attempts.map(({ settlement }) => settlement),
  );
}

async function recorded(disk: MemoryDisk, count: number): Promise<void> {
  while (settlementsOn(disk).length < count) await turn();
}

test("what waits is cancelled, in memory and on disk, and what is under way is not tried again", async () => {
  const disk = new MemoryDisk();
  const { director, attempts, failures } = await startDirector(disk, 1, undefined, minute);
  await director.accept(messages(many));
  while (attempts.length < atOnce) await turn();
  assert.equal(await director.cancel(endpoint), many - atOnce);
  const cancelled = settlementsOn(disk);
  assert.deepEqual(
    cancelled,
    cancelled.map(() => "cancelled"),
  );
  assert.equal(attempts.length, atOnce);
  for (const end of attempts) end(failed);
  await recorded(disk, many);
  assert.deepEqual(new Set(settlementsOn(disk)), new Set(["cancelled"]));
  assert.equal(await director.cancel(endpoint), 0);
  const { pending } = await director.queue(endpoint, [endpoint]);
  assert.equal(pending, 0);
  await director.accept([message]);
  while (attempts.length === atOnce) await turn();
  assert.equal(attempts.length, atOnce + 1, "what comes afterwards is sent");
  assert.deepEqual(failures, []);
  await director.stop(0);
});

test("a crash after a cancellation finds nothing to send", async () => {
  const disk = new MemoryDisk();
  const first = await startDirector(disk, 1, undefined, minute);
  await first.director.accept(messages(many));
  while (first.attempts.length < atOnce) await turn();
  await first.director.cancel(endpoint);
  for (const end of first.attempts) end(delivered);
  await recorded(disk, many);
  disk.crash();
  await first.director.stop(0);
  const { director, attempts, failures } = await startDirector(disk, 2);
  const [file] = disk.files.values();
  const isDrained = (): boolean => file?.drained ?? false;
  while (!isDrained()) await turn();
  assert.deepEqual([attempts.length, failures], [0, []]);
  await director.stop(0);
});

test("retries and resends that wait are cancelled too, of what earlier runs left as well", async () => {
  const disk = new MemoryDisk();
  const first = await startDirector(disk, 1, undefined, minute);
  const [address] = await first.director.accept(messages(2));
  assert.ok(address !== undefined);
  while (first.attempts.length < 2) await turn();
  for (const end of first.attempts) end(failed);
  await recorded(disk, 2);
  await first.director.accept(messages(2));
  while (first.attempts.length < 3) await turn();
  disk.crash();
  await first.director.stop(0);

  const { director, attempts, failures } = await startDirector(disk, 2, undefined, minute);
  await director.accept(messages(many));
  while (attempts.length < atOnce) await turn();
  const resend = { message: address, endpoint, trigger: "scheduled", asker: undefined } as const;
  await director.resend([resend, { ...resend, trigger: "manual" }]);
  const underWay = attempts.length;
  // Two retries and two first attempts of the earlier run, two resends, and all of this run; less what is under way.
  assert.equal(await director.cancel(endpoint), 2 + 2 + 2 + many - underWay);
  for (const end of attempts) end(delivered);
  await recorded(disk, 2 + 2 + 2 + 2 + many);
  assert.equal(await director.cancel(endpoint), 0);
  assert.equal(attempts.length, underWay);
  assert.equal((await director.queue(endpoint, [endpoint])).pending, 0);
  assert.deepEqual(failures, []);
  await director.stop(0);
});

test("one request cancels so much, and says that more may wait", async () => {
  const disk = new MemoryDisk();
  const { director } = await startDirector(disk, 1);
  const most = limits.cancelledTogetherMax;
  await director.accept(messages(most));
  await director.accept(messages(10));
  assert.equal(await director.cancel(endpoint), most);
  assert.equal(await director.cancel(endpoint), 10 - atOnce);
  await director.stop(0);
});

test("strict order goes on with what comes after a cancellation", async () => {
  const disk = new MemoryDisk();
  const { director, attempts, failures } = await startDirector(disk, 1, Promise.resolve(), minute);
  await director.accept(messages(5));
  while (attempts.length < 1) await turn();
  assert.equal(await director.cancel(endpoint), 4);
  await director.accept(messages(2));
  attempts[0]?.(failed);
  while (attempts.length < 2) await turn();
  attempts[1]?.(delivered);
  while (attempts.length < 3) await turn();
  assert.deepEqual(failures, []);
  await director.stop(0);
});

test("strict order does not try the head again whose failure becomes durable amid a cancellation", async () => {
  const disk = new MemoryDisk();
  const atOnceAgain = { schedule: [0] };
  const world = await startDirector(disk, 1, Promise.resolve(), atOnceAgain);
  const { director, attempts, sent, failures } = world;
  await director.accept([message]);
  while (attempts.length < 1) await turn();
  attempts[0]?.(failed);
  // It is decided on, in this turn of the event loop, and durable only in a later one.
  for (let microtask = 0; microtask < 4; microtask += 1) await Promise.resolve();
  assert.equal(await director.cancel(endpoint), 1);
  await director.accept([{ ...message, payload: new TextEncoder().encode('{"after":1}') }]);
  while (attempts.length < 2) await turn();
  assert.deepEqual(sent, ["{}", '{"after":1}']);
  attempts[1]?.(delivered);
  await recorded(disk, 3);
  assert.deepEqual(settlementsOn(disk), [undefined, "cancelled", "delivered"]);
  assert.deepEqual(failures, []);
  await director.stop(0);
});
