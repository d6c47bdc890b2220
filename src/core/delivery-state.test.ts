import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type DeliveryFacts,
  deliveryFactsOf,
  type DeliveryState,
  deliveryStateOf,
  factBitsOf,
} from "./delivery-state.ts";

const nothing: DeliveryFacts = {
  skipped: false,
  delivered: false,
  settled: false,
  planned: false,
};

const cases: readonly (readonly [string, Partial<DeliveryFacts>, DeliveryState])[] = [
  ["never attempted waits", {}, "waiting"],
  ["failed once and to be retried waits", { planned: true }, "waiting"],
  ["delivered at once is delivered", { delivered: true, settled: true }, "delivered"],
  [
    "delivered by a retry is delivered",
    { planned: true, delivered: true, settled: true },
    "delivered",
  ],
  ["exhausted or gone has failed", { planned: true, settled: true }, "failed"],
  ["skipped has failed", { skipped: true }, "failed"],
  [
    "skipped and sent later is delivered",
    { skipped: true, delivered: true, settled: true },
    "delivered",
  ],
  ["skipped, sent later and to be retried waits", { skipped: true, planned: true }, "waiting"],
];

for (const [name, facts, state] of cases) {
  test(`a delivery that is ${name}`, () => {
    assert.equal(deliveryStateOf({ ...nothing, ...facts }), state);
  });
}

test("every combination of facts has its number among those of exactly one state", () => {
  const states = ["delivered", "waiting", "failed"] as const;
  const bits = states.flatMap((state) => factBitsOf(state));
  assert.deepEqual(
    bits.toSorted((left, right) => left - right),
    Array.from({ length: 16 }, (_, number) => number),
  );
  assert.deepEqual(deliveryFactsOf(0), nothing);
  assert.deepEqual(deliveryFactsOf(9), { ...nothing, skipped: true, planned: true });
  assert.deepEqual(deliveryFactsOf(6), { ...nothing, delivered: true, settled: true });
});
