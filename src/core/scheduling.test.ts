import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { matches } from "./match.ts";
import { WakeHeap } from "./wake-heap.ts";

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
