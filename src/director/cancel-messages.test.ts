/** Cancelling what waits of some messages, while the queue goes on with the others. */
import assert from "node:assert/strict";
import { setImmediate as turn } from "node:timers/promises";
import { test } from "node:test";
import {
  delivered,
  endpoint,
  message,
  startDirector,
} from "../../test/conformance/scratch-director.ts";
import { messageRowOf, type Outcome } from "../core/delivery.ts";
import { limits } from "../core/limits.ts";
import { MemoryDisk } from "../jobdb/memory/memory-disk.ts";

type Scratch = Awaited<ReturnType<typeof startDirector>>;

const atOnce = limits.concurrencyInitial;
/** More than a window and its first refill. */
const many = limits.windowDeliveries + 200;
const failed: Outcome = { ...delivered, statusCode: 500 };
const minute = { schedule: [60] };

/** Each with its number as payload, from 1. */
function numbered(count: number, from = 1) {
  return Array.from({ length: count }, (_, index) => ({
    ...message,
    payload: new TextEncoder().encode(String(from + index)),
  }));
}

/** Ends every attempt as it comes, until so many have come. */
async function endAll({ attempts }: Scratch, count: number, outcome = delivered): Promise<void> {
  for (let ended = 0; ended < count; ended += 1) {
    while (attempts.length <= ended) await turn();
    attempts[ended]?.(outcome);
  }
}

/** The numbers of messages by how their newest attempt settled them. */
function settlementsOn(disk: MemoryDisk): Record<string, number[]> {
  const settlements: Record<string, number[]> = {};
  for (const { messages, attempts } of disk.files.values()) {
    for (const { delivery, settlement } of attempts) {
      if (settlement === undefined) continue;
      const { payload } = messages[messageRowOf(delivery) - 1] ?? assert.fail();
      (settlements[settlement] ??= []).push(Number(new TextDecoder().decode(payload)));
    }
  }
  return settlements;
}

async function settled(disk: MemoryDisk, count: number): Promise<void> {
  while (Object.values(settlementsOn(disk)).flat().length < count) await turn();
}

const isOdd = (_: unknown, index: number): boolean => index % 2 === 0;
const numbers = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

test("what is chosen is cancelled, in memory and on disk, and all else is sent in its order", async () => {
  const disk = new MemoryDisk();
  const world = await startDirector(disk, 1, undefined, minute);
  const { director, attempts, sent, failures } = world;
  const addresses = await director.accept(numbered(many));
  while (attempts.length < atOnce) await turn();
  const { cancelled, ending } = await director.cancelMessages(endpoint, addresses.filter(isOdd));
  const underWay = atOnce / 2;
  assert.deepEqual([cancelled, ending], [many / 2 - underWay, underWay]);
  assert.equal((await director.queue(endpoint, [endpoint])).pending, many / 2 + underWay);
  await endAll(world, many / 2 + underWay);
  await settled(disk, many);
  const even = numbers(many).filter((number) => number % 2 === 0);
  assert.deepEqual(sent.map(Number), [1, 2, 3, 4, ...even.filter((number) => number > atOnce)]);
  const { cancelled: rows } = settlementsOn(disk);
  assert.deepEqual(
    rows,
    numbers(many).filter((number) => number > atOnce && number % 2 === 1),
  );
  const after = await director.cancelMessages(endpoint, addresses);
  assert.deepEqual(after, { cancelled: 0, ending: 0 });
  assert.deepEqual(failures, []);
  await director.stop(0);
});

test("what is under way is the last try of what is chosen, and of nothing else", async () => {
  const disk = new MemoryDisk();
  const world = await startDirector(disk, 1, undefined, minute);
  const { director, attempts, failures } = world;
  const addresses = await director.accept(numbered(atOnce));
  while (attempts.length < atOnce) await turn();
  assert.equal((await director.cancelMessages(endpoint, addresses.filter(isOdd))).ending, 2);
  for (const end of attempts) end(failed);
  await settled(disk, 2);
  assert.deepEqual(settlementsOn(disk), { cancelled: [1, 3] });
  const { pending } = await director.queue(endpoint, [endpoint]);
  assert.equal(pending, 2, "the others wait for their retries");
  const rest = await director.cancelMessages(endpoint, addresses);
  assert.deepEqual(rest, { cancelled: 2, ending: 0 });
  assert.equal((await director.queue(endpoint, [endpoint])).pending, 0);
  assert.deepEqual(failures, []);
  await director.stop(0);
});

test("a crash after it finds nothing of what was chosen, retries and resends of earlier runs included", async () => {
  const disk = new MemoryDisk();
  const first = await startDirector(disk, 1, undefined, minute);
  const addresses = await first.director.accept(numbered(atOnce));
  while (first.attempts.length < atOnce) await turn();
  for (const end of first.attempts) end(failed);
  const isRecorded = () => [...disk.files.values()].some((file) => file.attempts.length === atOnce);
  while (!isRecorded()) await turn();
  disk.crash();
  await first.director.stop(0);

  const second = await startDirector(disk, 2, undefined, minute);
  const chosen = addresses.filter(isOdd);
  await second.director.resend(
    addresses.map((address) => ({
      message: address,
      endpoint,
      trigger: "scheduled",
      asker: undefined,
    })),
  );
  const { cancelled } = await second.director.cancelMessages(endpoint, chosen);
  assert.equal(cancelled, chosen.length, "messages, not rounds");
  disk.crash();
  await second.director.stop(0);

  const third = await startDirector(disk, 3, undefined, minute);
  const { cancelled: others } = await third.director.cancel(endpoint);
  assert.equal(others, 2 + 2, "retries and resends of the others");
  const rows = settlementsOn(disk)["cancelled"] ?? [];
  assert.deepEqual(
    rows.toSorted((left, right) => left - right),
    [1, 1, 2, 2, 3, 3, 4, 4],
  );
  assert.deepEqual([second.sent, third.sent], [[], []]);
  await third.director.stop(0);
});

test("strict order: the head is cancelled, and what follows starts when that is durable, not before", async () => {
  const gate = { open: Promise.resolve() };
  const disk = new MemoryDisk({ flush: () => gate.open });
  const world = await startDirector(disk, 1, Promise.resolve(), minute);
  const { director, attempts, sent, failures } = world;
  const addresses = await director.accept(numbered(4));
  while (attempts.length < 1) await turn();
  attempts[0]?.(failed);
  while ([...disk.files.values()].every((file) => file.attempts.length === 0)) await turn();
  const shut = Promise.withResolvers<void>();
  gate.open = shut.promise;
  const cancelling = director.cancelMessages(endpoint, addresses.slice(0, 2));
  for (let turns = 0; turns < 20; turns += 1) await turn();
  director.endpointChanged(endpoint); // has its queue looked at again
  assert.deepEqual(sent, ["1"]);
  gate.open = Promise.resolve();
  shut.resolve();
  assert.deepEqual(await cancelling, { cancelled: 2, ending: 0 });
  for (const number of [1, 2]) {
    while (attempts.length <= number) await turn();
    attempts[number]?.(delivered);
  }
  await settled(disk, 4);
  assert.deepEqual(sent, ["1", "3", "4"]);
  assert.deepEqual(settlementsOn(disk), { cancelled: [2, 1], delivered: [3, 4] });
  assert.deepEqual(failures, []);
  await director.stop(0);
});

test("cancellations at once settle each round once", async () => {
  const disk = new MemoryDisk();
  const { director, attempts, failures } = await startDirector(disk, 1, undefined, minute);
  const addresses = await director.accept(numbered(many));
  while (attempts.length < atOnce) await turn();
  const [some, all, rest] = await Promise.all([
    director.cancelMessages(endpoint, addresses.filter(isOdd)),
    director.cancel(endpoint),
    director.cancelMessages(endpoint, addresses),
  ]);
  assert.deepEqual([some.cancelled + all.cancelled, rest.cancelled], [many - atOnce, 0]);
  const { cancelled = [] } = settlementsOn(disk);
  assert.deepEqual(
    cancelled.toSorted((left, right) => left - right),
    numbers(many).slice(atOnce),
  );
  assert.deepEqual(failures, []);
  await director.stop(0);
});

test("it does not wait for what comes on and on meanwhile", async () => {
  // A commit takes longer than the next message is away, so there is always one to commit.
  const slow = async (): Promise<void> => {
    for (let turns = 0; turns < 3; turns += 1) await turn();
  };
  const { director, attempts, failures } = await startDirector(new MemoryDisk({ flush: slow }), 1);
  const addresses = await director.accept(numbered(many));
  while (attempts.length < atOnce) await turn();
  const flooding = new AbortController();
  const flood = async (): Promise<void> => {
    const accepting: Promise<unknown>[] = [];
    for (; !flooding.signal.aborted; await turn()) accepting.push(director.accept(numbered(1)));
    await Promise.all(accepting);
  };
  const flooded = flood();
  const { cancelled } = await director.cancelMessages(endpoint, addresses);
  assert.equal(cancelled, many - atOnce);
  assert.ok((await director.cancel(endpoint)).cancelled > 0);
  flooding.abort();
  await flooded;
  assert.deepEqual(failures, []);
  await director.stop(0);
});

test("of an endpoint without a queue, or one that is deleted meanwhile, nothing is left", async () => {
  const disk = new MemoryDisk();
  const { director, attempts, failures, world } = await startDirector(disk, 1);
  const nothing = { cancelled: 0, ending: 0 };
  assert.deepEqual(await director.cancelMessages(endpoint, [{ jobDb: 1, row: 1 }]), nothing);
  const addresses = await director.accept(numbered(many));
  while (attempts.length < atOnce) await turn();
  const cancelling = director.cancelMessages(endpoint, addresses);
  world.deleted = true;
  for (const end of attempts) end(delivered);
  await cancelling;
  while ((await director.queue(endpoint, [endpoint])).pending > 0) await turn();
  assert.deepEqual(await director.cancelMessages(endpoint, addresses), nothing);
  assert.deepEqual(failures, []);
  await director.stop(0);
});
