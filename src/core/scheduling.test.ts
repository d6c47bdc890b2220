import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { FairQueue } from "./fair-queue.ts";
import { matches } from "./match.ts";
import { WakeHeap } from "./wake-heap.ts";

test("turns go round: whoever always has work, however much, gets every n-th turn", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 20 }),
      fc.integer({ min: 1, max: 200 }),
      (queues, turns) => {
        const fair = new FairQueue<number>();
        for (let queue = 0; queue < queues; queue += 1) fair.offer(queue);
        const counts = new Map<number, number>();
        for (let turn = 0; turn < turns; turn += 1) {
          const queue = fair.next();
          assert.ok(queue !== undefined);
          counts.set(queue, (counts.get(queue) ?? 0) + 1);
          fair.offer(queue);
          fair.offer(queue); // offering twice gives no second turn
        }
        const all = Array.from({ length: queues }, (_, queue) => counts.get(queue) ?? 0);
        assert.ok(Math.max(...all) - Math.min(...all) <= 1);
      },
    ),
  );
});

test("a queue leaves the ring with its turn, and an empty ring has none", () => {
  const fair = new FairQueue<string>();
  fair.offer("a");
  assert.equal(fair.next(), "a");
  assert.equal(fair.next(), undefined);
});

test("the wake heap gives what is due, soonest first, and keeps the rest", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(1000)), fc.nat(1000), (instants, nowMs) => {
      const heap = new WakeHeap<number>();
      for (const atMs of instants) heap.push(atMs, atMs);
      const popped: number[] = [];
      for (let item = heap.popDue(nowMs); item !== undefined; item = heap.popDue(nowMs))
        popped.push(item);
      const sorted = instants.toSorted((one, other) => one - other);
      assert.deepEqual(
        popped,
        sorted.filter((atMs) => atMs <= nowMs),
      );
      assert.equal(
        heap.nextAtMs,
        sorted.find((atMs) => atMs > nowMs),
      );
    }),
  );
});

test("an endpoint gets the event types and channels that it asks for", () => {
  const only = (...names: string[]) => new Set(names);
  const table: [
    ReadonlySet<string> | undefined,
    ReadonlySet<string> | undefined,
    string,
    string[] | undefined,
    boolean,
  ][] = [
    [undefined, undefined, "a", undefined, true],
    [undefined, undefined, "a", ["x"], true],
    [only("a", "b"), undefined, "b", undefined, true],
    [only("a"), undefined, "b", undefined, false],
    [undefined, only("x"), "a", ["x", "y"], true],
    [undefined, only("x"), "a", ["y"], false],
    [undefined, only("x"), "a", undefined, false],
    [only("a"), only("x"), "a", ["x"], true],
    [only("a"), only("x"), "b", ["x"], false],
  ];
  for (const [eventTypes, channels, eventType, on, expected] of table) {
    assert.equal(matches({ eventTypes, channels }, eventType, on), expected);
  }
});
