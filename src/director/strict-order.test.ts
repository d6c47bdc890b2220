/** A virtual queue with strict order, over a disk of which only the rows that it reads are modelled. */
import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import type { PendingDelivery, Step } from "../core/delivery.ts";
import { applicationKeyOf, endpointKeyOf } from "../core/ids.ts";
import { limits } from "../core/limits.ts";
import { EndpointGate } from "./endpoint-gate.ts";
import type { DueDelivery } from "./ports.ts";
import type { Refill } from "./queue-source.ts";
import { VirtualQueue } from "./virtual-queue.ts";

const startMs = 1_000_000;
const settled: Step = { kind: "settle", settlement: "delivered" };

interface Row {
  readonly jobDb: number;
  readonly delivery: number;
  /** That are durable. */
  attempts: number;
  retryAtMs: number;
  isSettled: boolean;
}

/** The queue of one endpoint, what is on the disk of it, and what is under way. */
class World {
  readonly rows: Row[] = [];
  readonly underWay: PendingDelivery[] = [];
  queue = newQueue(true);
  nowMs = startMs;
  jobDb = 1;

  accept(): void {
    const delivery = this.rows.length + 1;
    this.rows.push({ jobDb: this.jobDb, delivery, attempts: 0, retryAtMs: 0, isSettled: false });
    this.queue.admit(this.jobDb, delivery, this.nowMs);
  }

  /** Starts what may start, and says in what strict order is broken. */
  start(): void {
    if (!this.queue.runnable || this.queue.readyAtMs > this.nowMs) return;
    const taken = this.queue.take(this.nowMs);
    if (taken === undefined) return;
    this.underWay.push(taken);
    const row = this.#rowOf(taken);
    assert.equal(taken.attempt, row.attempts + 1);
    assert.ok(row.retryAtMs <= this.nowMs, "no retry is early");
    if (!this.queue.ordered) return;
    assert.deepEqual(row, this.#oldestUnsettled(), "the oldest that is not settled");
    assert.equal(this.underWay.length, 1, "one at a time");
  }

  /** The outcome of what started first is known and durable. */
  end(retryAfterMs: number | undefined): void {
    const delivery = this.underWay.shift();
    if (delivery === undefined) return;
    const row = this.#rowOf(delivery);
    row.attempts = delivery.attempt;
    row.isSettled = retryAfterMs === undefined;
    row.retryAtMs = this.nowMs + (retryAfterMs ?? 0);
    this.queue.release();
    this.queue.recorded(
      delivery,
      retryAfterMs === undefined ? settled : { kind: "retry", atMs: row.retryAtMs },
    );
  }

  /** One page. */
  read(): boolean {
    const refill = this.queue.nextRefill(this.nowMs);
    if (refill === undefined) return false;
    this.#answer(refill);
    return true;
  }

  /** A page is read, and the order changed before it arrives. */
  readWhileOrderChanges(): void {
    const refill = this.queue.nextRefill(this.nowMs);
    this.queue.order(!this.queue.ordered);
    if (refill !== undefined) this.#answer(refill);
  }

  /** What is under way is forgotten; the next run accepts at once, and finds what was left afterwards. */
  restart(strict: boolean, accepted: number): void {
    this.underWay.length = 0;
    this.queue = newQueue(strict);
    this.queue.complete = false;
    const left = new Set(this.rows.filter(({ isSettled }) => !isSettled).map(({ jobDb }) => jobDb));
    this.jobDb += 1;
    for (let count = 0; count < accepted; count += 1) this.accept();
    this.start();
    for (const jobDb of left) this.queue.recover(jobDb);
    this.queue.complete = true;
  }

  /** Lets everything succeed. */
  finish(): void {
    for (let step = 0; this.rows.some(({ isSettled }) => !isSettled); step += 1) {
      assert.ok(step < 20 * this.rows.length + 1_000, "nothing is left waiting for ever");
      while (this.read());
      this.start();
      this.end(undefined);
      this.nowMs += 50;
    }
    while (this.read());
    assert.equal(this.queue.idle, true);
    assert.equal(this.queue.pending, 0);
  }

  #answer({ kind, jobDb, after, rowsMax }: Refill): void {
    const own = this.rows.filter((row) => row.jobDb === jobDb);
    if (kind === "due") {
      const planned = own
        .filter(({ attempts, isSettled }) => attempts > 0 && !isSettled)
        .map(({ delivery, attempts, retryAtMs }) => {
          const due: DueDelivery = {
            delivery,
            round: 0,
            attempt: attempts + 1,
            trigger: "scheduled",
          };
          return { atMs: retryAtMs, place: delivery, due };
        })
        .filter(({ atMs, place }) => (atMs - after.atMs || place - after.place) > 0)
        .toSorted((one, other) => one.atMs - other.atMs || one.place - other.place);
      const scanned = planned.filter(({ atMs }) => atMs <= this.nowMs).slice(0, rowsMax);
      this.queue.refilledDue(jobDb, {
        deliveries: scanned.map(({ due }) => due),
        scannedTo: scanned.at(-1) ?? after,
        nextAtMs: planned[scanned.length]?.atMs,
      });
      return;
    }
    const following = own.filter(({ delivery }) => delivery > after);
    const scanned = following.slice(0, rowsMax);
    const scannedTo = scanned.at(-1)?.delivery ?? after;
    const page = { scannedTo, end: scanned.length === following.length };
    const open = scanned.filter(({ isSettled }) => !isSettled);
    if (kind === "unattempted") {
      const deliveries = open.filter(({ attempts }) => attempts === 0);
      const numbers = deliveries.map(({ delivery }) => delivery);
      this.queue.refilledUnattempted(jobDb, { deliveries: numbers, ...page });
    } else {
      const deliveries = open.map(({ delivery, attempts, retryAtMs }) => ({
        delivery,
        attempt: attempts + 1,
        dueAtMs: retryAtMs,
      }));
      this.queue.refilledFirstRounds(jobDb, { deliveries, ...page });
    }
  }

  #rowOf({ delivery }: PendingDelivery): Row {
    const row = this.rows[delivery - 1];
    assert.ok(row !== undefined);
    return row;
  }

  #oldestUnsettled(): Row | undefined {
    return this.rows.find(({ isSettled }) => !isSettled);
  }
}

function newQueue(strict: boolean): VirtualQueue {
  const queue = new VirtualQueue(endpointKeyOf(1), applicationKeyOf(1), new EndpointGate());
  queue.order(strict);
  return queue;
}

interface Chosen {
  readonly size: number;
  readonly strict: boolean;
}

const acts: Readonly<Record<string, (world: World, chosen: Chosen) => void>> = {
  accept: (world, { size }) => {
    for (let count = 0; count < size; count += 1) world.accept();
  },
  acceptMore: (world) => {
    for (let count = 0; count <= limits.windowDeliveries; count += 1) world.accept();
  },
  start: (world) => world.start(),
  succeed: (world) => world.end(undefined),
  fail: (world, { size }) => world.end(size * 10),
  read: (world) => world.read(),
  wait: (world, { size }) => {
    world.nowMs += size * 8;
  },
  order: (world, { strict }) => world.queue.order(strict),
  readWhileOrderChanges: (world) => world.readWhileOrderChanges(),
  restart: (world, { size, strict }) => world.restart(strict, size),
};

const step = fc.record({
  act: fc.constantFrom(...Object.keys(acts), "start", "start", "succeed", "fail", "read"),
  size: fc.integer({ min: 1, max: 9 }),
  strict: fc.boolean(),
});

test("nothing overtakes the oldest that is not settled, whatever fails, crashes and changes meanwhile", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
      const world = new World();
      for (const { act, ...chosen } of steps) acts[act]?.(world, chosen);
      world.finish();
    }),
    { numRuns: 300 },
  );
});

test("of a backlog no more than a window and one page are in memory", () => {
  const world = new World();
  for (let count = 0; count < 3 * limits.windowDeliveries; count += 1) world.accept();
  world.start();
  world.end(5_000);
  assert.equal(world.queue.nextRefill(world.nowMs), undefined, "the window is full");
  assert.equal(world.queue.pending, 3 * limits.windowDeliveries);
  assert.equal(world.queue.readyAtMs, world.nowMs + 5_000);
  world.finish();
});

test("turned on while many wait for retries, the oldest of them is next, though others are due before", () => {
  const world = new World();
  world.queue.order(false);
  for (let count = 0; count < 3; count += 1) world.accept();
  for (let count = 0; count < 3; count += 1) world.start();
  for (const retryAfterMs of [300, 100]) world.end(retryAfterMs);
  world.queue.order(true);
  assert.equal(world.queue.nextRefill(world.nowMs), undefined, "one is still under way");
  world.end(200);
  while (world.read());
  assert.equal(world.queue.readyAtMs, startMs + 300);
  world.finish();
});

test("turned off, what waited behind the head goes out at once", () => {
  const world = new World();
  for (let count = 0; count < 3; count += 1) world.accept();
  world.start();
  world.end(60_000);
  assert.equal(world.queue.readyAtMs, startMs + 60_000);
  world.queue.order(false);
  while (world.read());
  assert.equal(world.queue.take(world.nowMs)?.delivery, 2);
  assert.equal(world.queue.take(world.nowMs)?.delivery, 3);
});

test("after a restart nothing new starts before all that earlier runs left is known", () => {
  const world = new World();
  world.accept();
  world.restart(true, 0);
  world.queue.complete = false;
  world.accept();
  while (world.read());
  assert.equal(world.queue.readyAtMs, Infinity);
  world.queue.complete = true;
  while (world.read());
  assert.equal(world.queue.take(world.nowMs)?.jobDb, 1);
});

test("what is resent goes out between the others, and one that delivers the head frees the next", () => {
  const world = new World();
  for (let count = 0; count < 2; count += 1) world.accept();
  world.start();
  world.end(60_000);
  world.queue.resent(1, startMs + 1);
  world.nowMs += 1;
  assert.equal(world.queue.nextRefill(world.nowMs)?.kind, "due");
  const resend = { delivery: 1, round: 7, attempt: 1, trigger: "manual" } as const;
  const head = { delivery: 1, round: 0, attempt: 2, trigger: "scheduled" } as const;
  const scannedTo = { atMs: startMs + 70_000, place: 3 };
  world.queue.refilledDue(1, { deliveries: [resend, head], scannedTo, nextAtMs: undefined });
  const taken = world.queue.take(world.nowMs);
  assert.equal(taken?.round, 7);
  assert.equal(world.queue.runnable, false, "one at a time");
  world.queue.release();
  if (taken !== undefined) world.queue.recorded(taken, settled);
  assert.equal(world.queue.take(world.nowMs)?.delivery, 2);
});
