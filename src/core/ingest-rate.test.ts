import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { IngestRates } from "./ingest-rate.ts";

test("a request is taken whole while its sender is not further ahead than the burst", () => {
  const rates = new IngestRates<string>({ perSecond: 10, burstMs: 1_000 });
  rates.take("one", 10, 0);
  assert.equal(rates.waitMs("one", 0), 0);
  rates.take("one", 100, 0); // 11 s ahead
  assert.equal(rates.waitMs("one", 0), 10_000);
  assert.equal(rates.waitMs("other", 0), 0);
  assert.equal(rates.waitMs("one", 9_999), 1);
  assert.equal(rates.waitMs("one", 10_000), 0);
});

const asking = fc.record({
  key: fc.nat(3),
  afterMs: fc.nat(500),
  messages: fc.integer({ min: 1, max: 50 }),
});
const rate = fc.record({
  perSecond: fc.integer({ min: 1, max: 200 }),
  burstMs: fc.integer({ min: 0, max: 2_000 }),
});

test("in any time there are no more messages than the rate, the burst and one request allow, and who waits is let in", () => {
  fc.assert(
    fc.property(fc.array(asking, { maxLength: 100 }), rate, (all, { perSecond, burstMs }) => {
      const rates = new IngestRates<number>({ perSecond, burstMs });
      const taken: { readonly key: number; readonly atMs: number; readonly messages: number }[] =
        [];
      let nowMs = 0;
      for (const { key, afterMs, messages } of all) {
        nowMs += afterMs;
        const waitMs = rates.waitMs(key, nowMs);
        assert.ok(waitMs === 0 || rates.waitMs(key, nowMs + waitMs) < 1e-6);
        if (waitMs > 0) continue;
        rates.take(key, messages, nowMs);
        taken.push({ key, atMs: nowMs, messages });
      }
      for (const own of Map.groupBy(taken, ({ key }) => key).values()) {
        for (const [first, { atMs: fromMs }] of own.entries()) {
          let before = 0; // of the window, without its last request
          for (const { atMs, messages } of own.slice(first)) {
            assert.ok(before <= (perSecond * (atMs - fromMs + burstMs)) / 1_000 + 1e-6);
            before += messages;
          }
        }
      }
    }),
  );
});

test("whoever is not ahead any more is forgotten, also behind somebody who is far ahead", () => {
  const rates = new IngestRates<number>({ perSecond: 1, burstMs: 0 });
  rates.take(-1, 1e9, 0);
  for (let key = 0; key < 10_000; key += 1) rates.take(key, 1, 10_000 * key);
  assert.ok(rates.size < 10, String(rates.size));
  assert.ok(rates.waitMs(-1, 10_000 * 10_000) > 0);
});
