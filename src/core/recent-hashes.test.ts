import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { limits } from "./limits.ts";
import { RecentHashes } from "./recent-hashes.ts";

const sliceMs = limits.recentHashesSliceMs;
const startMs = 1000 * sliceMs;
const somewhere = { beforeMs: Infinity };

/** Different in their first bytes for different numbers. */
function hashOf(number: number): Uint8Array {
  const hash = new Uint8Array(32);
  new DataView(hash.buffer).setUint32(0, Math.imul(number, 0x9e37_79b1) >>> 0);
  return hash;
}

function complete(hashesMax = 1e6): RecentHashes {
  const recent = new RecentHashes(4 * sliceMs, hashesMax);
  recent.becomeComplete();
  return recent;
}

test("what was added is found, and what was not is known not to be there", () => {
  const recent = complete();
  for (let number = 1; number <= 10_000; number += 1) recent.add(hashOf(number), startMs);
  for (let number = 1; number <= 10_000; number += 1) {
    assert.deepEqual(recent.find(hashOf(number), startMs), somewhere);
  }
  for (let number = 10_001; number <= 20_000; number += 1) {
    assert.equal(recent.find(hashOf(number), startMs), undefined);
  }
});

test("nothing is known not to be there before everything from earlier has been added", () => {
  const recent = new RecentHashes(4 * sliceMs, 100);
  recent.add(hashOf(1), startMs);
  assert.deepEqual(recent.find(hashOf(2), startMs), somewhere);
  recent.becomeComplete();
  assert.equal(recent.find(hashOf(2), startMs), undefined);
  assert.deepEqual(recent.find(hashOf(1), startMs), somewhere);
});

test("what is too old is dropped with its slice, and never within the span", () => {
  const recent = complete();
  recent.add(hashOf(1), startMs + sliceMs - 1);
  recent.add(hashOf(2), startMs + 4 * sliceMs);
  assert.deepEqual(recent.find(hashOf(1), startMs + 4 * sliceMs), somewhere);
  recent.add(hashOf(3), startMs + 5 * sliceMs);
  assert.equal(recent.find(hashOf(1), startMs + 5 * sliceMs), undefined);
  assert.deepEqual(recent.find(hashOf(2), startMs + 5 * sliceMs), somewhere);
});

test("of more than can be kept the oldest slice is forgotten, and only its time is unknown", () => {
  const recent = complete(4);
  for (const [slice, numbers] of [[1, 2], [3, 4], [5]].entries()) {
    for (const number of numbers) recent.add(hashOf(number), startMs + slice * sliceMs);
  }
  const nowMs = startMs + 3 * sliceMs;
  assert.deepEqual(recent.find(hashOf(1), nowMs), { beforeMs: startMs + sliceMs });
  assert.deepEqual(recent.find(hashOf(3), nowMs), somewhere);
  assert.deepEqual(recent.find(hashOf(9), nowMs), { beforeMs: startMs + sliceMs });
  assert.equal(recent.find(hashOf(9), startMs + 5 * sliceMs), undefined);
});

test("whatever is added in whatever order, nothing of the span is missed", () => {
  const added = fc.record({ number: fc.nat(60), slice: fc.nat(9) });
  fc.assert(
    fc.property(
      fc.array(added, { maxLength: 80 }),
      fc.integer({ min: 1, max: 40 }),
      (all, most) => {
        const recent = complete(most);
        let nowMs = startMs;
        for (const [index, { number, slice }] of all.entries()) {
          const atMs = startMs + slice * sliceMs;
          nowMs = Math.max(nowMs, atMs);
          recent.add(hashOf(number), atMs);
          for (const { number: other, slice: at } of all.slice(0, index + 1)) {
            const otherMs = startMs + at * sliceMs;
            if (otherMs < nowMs - 4 * sliceMs) continue;
            const found = recent.find(hashOf(other), nowMs);
            assert.ok(found !== undefined && otherMs < found.beforeMs);
          }
        }
      },
    ),
  );
});
