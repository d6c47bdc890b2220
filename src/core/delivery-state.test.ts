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
};

const cases: readonly (readonly [string, Partial<DeliveryFacts>, DeliveryState])[] = [
  ["neither settled nor skipped waits", {}, "waiting"],
  ["delivered at once is delivered", { delivered: true, settled: true }, "delivered"],
  ["exhausted or gone has failed", { settled: true }, "failed"],
  [
    "delivered by hand and waiting for its schedule's retry is delivered",
    { delivered: true },
    "delivered",
  ],
  ["skipped has failed", { skipped: true }, "failed"],
  [
    "skipped and sent later is delivered",
    { skipped: true, delivered: true, settled: true },
    "delivered",
  ],
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
    Array.from({ length: 8 }, (_, number) => number),
  );
  assert.deepEqual(deliveryFactsOf(0), nothing);
  assert.deepEqual(deliveryFactsOf(5), { ...nothing, skipped: true, settled: true });
  assert.deepEqual(deliveryFactsOf(6), { ...nothing, delivered: true, settled: true });
});
