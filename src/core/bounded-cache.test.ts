import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { BoundedCache } from "./bounded-cache.ts";

test("what is asked for lately stays, what is not goes, and no more is held than the weight", () => {
  const cache = new BoundedCache<number, { readonly key: number }>(10);
  const hot = { key: 0 };
  cache.put(0, hot, 1);
  for (let key = 1; key < 100; key += 1) {
    cache.put(key, { key }, 1);
    assert.equal(cache.get(0), hot);
  }
  const held = Array.from({ length: 100 }, (_, key) => key).filter(
    (key) => cache.get(key) !== undefined,
  );
  assert.ok(held.length <= 11, `${held.length} held`);
  assert.equal(cache.get(1), undefined);
});

test("a cache returns what was put last under a key, or nothing", () => {
  const step = fc.record({
    kind: fc.constantFrom("put", "get", "delete", "deleteOdd", "clear"),
    key: fc.nat({ max: 5 }),
    weight: fc.integer({ min: 1, max: 6 }),
  });
  const property = fc.property(fc.array(step), (steps) => {
    const cache = new BoundedCache<number, { readonly put: number }>(10);
    const last = new Map<number, { readonly put: number }>();
    for (const [put, { kind, key, weight }] of steps.entries()) {
      if (kind === "put") {
        last.set(key, { put });
        cache.put(key, last.get(key) ?? { put }, weight);
        assert.equal(cache.get(key), last.get(key));
      }
      if (kind === "get" && cache.get(key) !== undefined) {
        assert.equal(cache.get(key), last.get(key));
      }
      if (kind === "delete") cache.delete(key);
      if (kind === "deleteOdd") cache.deleteWhere((value) => value.put % 2 === 1);
      if (kind === "clear") cache.clear();
      if (kind === "delete") last.delete(key);
      if (kind === "clear") last.clear();
      if (kind === "deleteOdd") {
        for (const [each, value] of last) if (value.put % 2 === 1) last.delete(each);
      }
      for (const each of [0, 1, 2, 3, 4, 5]) {
        if (!last.has(each)) assert.equal(cache.get(each), undefined);
      }
    }
  });
  fc.assert(property);
});
