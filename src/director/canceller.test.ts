import assert from "node:assert/strict";
import { setImmediate as turn } from "node:timers/promises";
import { test } from "node:test";
import {
  delivered,
  endpoint,
  impatient,
  message,
  startDirector,
} from "../../test/conformance/scratch-director.ts";
import type { Outcome } from "../core/delivery.ts";
import { limits } from "../core/limits.ts";
import { MemoryDisk } from "../jobdb/memory/memory-disk.ts";
import type { Cancellation } from "./facade.ts";
import type { Clock } from "./ports.ts";

const atOnce = limits.concurrencyInitial;
/** More than a window. */
const many = limits.windowDeliveries + 50;
const failed: Outcome = { ...delivered, statusCode: 500 };
const minute = { schedule: [60] };
const nothing = { cancelled: 0, ending: 0 };

function messages(count: number) {
  return Array.from({ length: count }, () => message);
}

/** The settlements of all attempts, in the order of their recording. */
function settlementsOn(disk: MemoryDisk): readonly (string | undefined)[] {
  return [...disk.files.values()].flatMap((file) =>
    file.attempts.map(({ settlement }) => settlement),
  );
}

/** As ever, but that a cancellation waits for outcomes until its wait is called. */
function patientClock() {
  const waits: (() => void)[] = [];
  const after: Clock["after"] = (ms, callback) => {
    if (ms !== limits.cancellationWaitMs) return impatient.after(ms, callback);
    waits.push(callback);
    return { stop: () => undefined };
  };
  return { clock: { ...impatient, after }, waits };
}

async function recorded(disk: MemoryDisk, count: number): Promise<void> {
  while (settlementsOn(disk).length < count) await turn();
}

test("what waits is cancelled, in memory and on disk, and what is under way is not tried again", async () => {
  const disk = new MemoryDisk();
  const { director, attempts, failures } = await startDirector(disk, 1, undefined, minute);
  await director.accept(messages(many));
  while (attempts.length < atOnce) await turn();
  const told = await director.cancel(endpoint);
  assert.deepEqual(told, { cancelled: many - atOnce, ending: atOnce });
  const cancelled = settlementsOn(disk);
  assert.deepEqual(
    cancelled,
    cancelled.map(() => "cancelled"),
  );
  assert.equal(attempts.length, atOnce);
  for (const end of attempts) end(failed);
  await recorded(disk, many);
  assert.deepEqual(new Set(settlementsOn(disk)), new Set(["cancelled"]));
  assert.deepEqual(await director.cancel(endpoint), nothing);
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

test("a crash before the outcome of what was under way lets it wait again, and nobody was told that it is done", async () => {
  const disk = new MemoryDisk();
  const first = await startDirector(disk, 1, undefined, minute);
  await first.director.accept(messages(atOnce + 3));
  while (first.attempts.length < atOnce) await turn();
  const told = await first.director.cancel(endpoint);
  assert.deepEqual(told, { cancelled: 3, ending: atOnce });
  disk.crash();
  await first.director.stop(0);

  const second = await startDirector(disk, 2, undefined, minute);
  while (second.attempts.length < atOnce) await turn();
  assert.deepEqual(await second.director.cancel(endpoint), { cancelled: 0, ending: atOnce });
  for (const end of second.attempts) end(failed);
  await recorded(disk, atOnce + 3);
  assert.deepEqual(await second.director.cancel(endpoint), nothing);
  disk.crash();
  await second.director.stop(0);

  const third = await startDirector(disk, 3, undefined, minute);
  const [file] = disk.files.values();
  const isDrained = (): boolean => file?.drained ?? false;
  while (!isDrained()) await turn();
  assert.equal(third.attempts.length, 0);
  assert.deepEqual(
    [first, second, third].flatMap(({ failures }) => failures),
    [],
  );
  await third.director.stop(0);
});

test("it is told when what was under way has its outcome, whatever has begun meanwhile", async () => {
  const disk = new MemoryDisk();
  const { clock, waits } = patientClock();
  const world = await startDirector(disk, 1, undefined, { ...minute, clock });
  const { director, attempts } = world;
  await director.accept(messages(atOnce + 3));
  while (attempts.length < atOnce) await turn();
  const told: Cancellation[] = [];
  const cancelling = director.cancel(endpoint).then((cancellation) => told.push(cancellation));
  while (waits.length < 1) await turn();
  await director.accept([message]);
  for (const end of attempts.splice(0)) {
    assert.deepEqual(told, []);
    end(failed);
    await turn();
  }
  await cancelling;
  assert.deepEqual(told, [{ cancelled: 3, ending: 0 }]);
  while (attempts.length < 1) await turn();
  assert.deepEqual(world.failures, []);
  await director.stop(0);
});

test("it is told before, if that takes too long, so many wait already, or the Director stops", async () => {
  const { clock, waits } = patientClock();
  const world = await startDirector(new MemoryDisk(), 1, undefined, { ...minute, clock });
  const { director, attempts } = world;
  await director.accept(messages(atOnce));
  while (attempts.length < atOnce) await turn();
  const ask = () => director.cancel(endpoint);
  const waiting = Array.from({ length: limits.cancellationsWaitingMax }, ask);
  while (waits.length < limits.cancellationsWaitingMax) await turn();
  const told = { cancelled: 0, ending: atOnce };
  assert.deepEqual(await ask(), told);
  waits[0]?.();
  assert.deepEqual(await waiting[0], told);
  await director.stop(0);
  for (const each of await Promise.all(waiting)) assert.deepEqual(each, told);
  assert.deepEqual(world.failures, []);
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
  const cancelled = 2 + 2 + 2 + many - underWay;
  assert.deepEqual(await director.cancel(endpoint), { cancelled, ending: underWay });
  for (const end of attempts) end(delivered);
  await recorded(disk, 2 + 2 + 2 + 2 + many);
  assert.deepEqual(await director.cancel(endpoint), nothing);
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
  assert.equal((await director.cancel(endpoint)).cancelled, most);
  assert.equal((await director.cancel(endpoint)).cancelled, 10 - atOnce);
  await director.stop(0);
});

test("strict order goes on with what comes after a cancellation", async () => {
  const disk = new MemoryDisk();
  const { director, attempts, failures } = await startDirector(disk, 1, Promise.resolve(), minute);
  await director.accept(messages(5));
  while (attempts.length < 1) await turn();
  assert.deepEqual(await director.cancel(endpoint), { cancelled: 4, ending: 1 });
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
  assert.deepEqual(await director.cancel(endpoint), { cancelled: 1, ending: 0 });
  await director.accept([{ ...message, payload: new TextEncoder().encode('{"after":1}') }]);
  while (attempts.length < 2) await turn();
  assert.deepEqual(sent, ["{}", '{"after":1}']);
  attempts[1]?.(delivered);
  await recorded(disk, 3);
  assert.deepEqual(settlementsOn(disk), [undefined, "cancelled", "delivered"]);
  assert.deepEqual(failures, []);
  await director.stop(0);
});
