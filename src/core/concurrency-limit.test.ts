import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  concurrencyAfter,
  concurrencyAfterPause,
  initialConcurrency,
  slotsOf,
  type ConcurrencyLimit,
} from "./concurrency-limit.ts";
import type { Outcome } from "./delivery.ts";
import { limits } from "./limits.ts";

function answered(statusCode: number): Outcome {
  const body = new Uint8Array();
  return { kind: "answered", statusCode, body, retryAfterMs: undefined, durationMs: 5 };
}

const overloads: readonly Outcome[] = [
  ...[429, 500, 502, 503, 504].map((code) => answered(code)),
  ...(["timeout", "connection", "certificate", "protocol"] as const).map((reason): Outcome => ({
    kind: "unanswered",
    reason,
    durationMs: 5,
  })),
];

/** A window: as many attempts as may be open, all started together, ending one after the other. */
function window(before: ConcurrencyLimit, outcome: Outcome, started?: number): ConcurrencyLimit {
  const { era } = before;
  let after = before;
  for (let inFlight = started ?? slotsOf(before); inFlight > 0; inFlight -= 1) {
    after = concurrencyAfter(after, { outcome, era, inFlight: started ?? slotsOf(after) });
  }
  return after;
}

test("it starts small and grows by about one with each window of successes, up to the cap", () => {
  let concurrency = initialConcurrency;
  assert.equal(slotsOf(concurrency), limits.concurrencyInitial);
  for (let windows = 1; windows <= 100; windows += 1) {
    const before = concurrency.limit;
    concurrency = window(concurrency, answered(204));
    assert.ok(concurrency.limit <= before + 1);
    assert.ok(concurrency.limit >= Math.min(before + 0.7, limits.concurrencyPerEndpoint));
  }
  assert.equal(slotsOf(concurrency), limits.concurrencyPerEndpoint);
});

test("it does not grow while the limit is not reached", () => {
  let concurrency = initialConcurrency;
  for (let count = 0; count < 1_000; count += 1) {
    const inFlight = limits.concurrencyInitial - 1;
    concurrency = concurrencyAfter(concurrency, { outcome: answered(200), era: 0, inFlight });
  }
  assert.deepEqual(concurrency, initialConcurrency);
});

test("a burst of failures halves it once, and never below one", () => {
  for (const outcome of overloads) {
    let concurrency: ConcurrencyLimit = { limit: 32, era: 0 };
    for (const expected of [16, 8, 4, 2, 1, 1, 1]) {
      concurrency = window(concurrency, outcome);
      assert.equal(slotsOf(concurrency), expected);
    }
  }
});

test("what comes of attempts from before says nothing about the new limit", () => {
  const halved = window({ limit: 16, era: 3 }, answered(503));
  assert.deepEqual(halved, { limit: 8, era: 4 });
  for (const outcome of [answered(200), answered(503)]) {
    assert.deepEqual(concurrencyAfter(halved, { outcome, era: 3, inFlight: 16 }), halved);
  }
});

test("a refusal neither raises nor lowers it", () => {
  for (const code of [301, 400, 401, 404, 410, 422]) {
    assert.deepEqual(window(initialConcurrency, answered(code)), initialConcurrency);
  }
});

test("after a pause it ramps up from one", () => {
  let concurrency = concurrencyAfterPause({ limit: 20, era: 7 });
  const late = { outcome: answered(200), era: 7, inFlight: 20 };
  assert.deepEqual(concurrencyAfter(concurrency, late), { limit: 1, era: 8 });
  const ramp = [1, 2, 3, 4].map(() => {
    const slots = slotsOf(concurrency);
    while (slotsOf(concurrency) === slots) concurrency = window(concurrency, answered(200));
    return slots;
  });
  assert.deepEqual(ramp, [1, 2, 3, 4]);
});

test("whatever happens it stays between one and the cap, and settles near what an endpoint bears", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 64 }), (bears, from) => {
      let concurrency: ConcurrencyLimit = {
        limit: Math.min(from, limits.concurrencyPerEndpoint),
        era: 0,
      };
      for (let windows = 0; windows < 200; windows += 1) {
        const slots = slotsOf(concurrency);
        concurrency = window(concurrency, answered(slots > bears ? 503 : 200));
        assert.ok(concurrency.limit >= 1 && concurrency.limit <= limits.concurrencyPerEndpoint);
        if (windows < 100) continue;
        const most = Math.min(bears, limits.concurrencyPerEndpoint);
        assert.ok(slotsOf(concurrency) >= Math.floor((most + 1) / 2) - 1);
        assert.ok(slotsOf(concurrency) <= most + 1);
      }
    }),
    { seed: 1 },
  );
});
