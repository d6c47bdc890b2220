/**
 * Where a delivery stands, from what its rows say. Nothing stores a state: rows are only ever added, and what they say
 * together is few enough to be counted and looked for by.
 */

/** What a delivery's row and those of its attempts say. */
export interface DeliveryFacts {
  /** Its endpoint was disabled when the message came, and no schedule was begun for it since. */
  readonly skipped: boolean;
  /** An attempt delivered it, in whatever round. */
  readonly delivered: boolean;
  /** An attempt settled its newest round that goes by the schedule, delivered or not. */
  readonly settled: boolean;
}

/** `waiting`: for its first attempt or its retry; `failed`: settled without success, or skipped. */
export type DeliveryState = "delivered" | "waiting" | "failed";

/** Success counts whenever it came, also after the delivery was given up on or skipped. */
export function deliveryStateOf(facts: DeliveryFacts): DeliveryState {
  if (facts.delivered) return "delivered";
  return facts.settled || facts.skipped ? "failed" : "waiting";
}

/** The facts as bits of one number, from the lowest: skipped, delivered, settled. */
export function deliveryFactsOf(bits: number): DeliveryFacts {
  return {
    skipped: (bits & 1) !== 0,
    delivered: (bits & 2) !== 0,
    settled: (bits & 4) !== 0,
  };
}

/** Of deliveries that were never sent by the schedule: they were skipped, and no attempt by hand has delivered them. */
export const missingFactBits = Array.from({ length: 8 }, (_, bits) => bits).filter((bits) => {
  const { skipped, delivered, settled } = deliveryFactsOf(bits);
  return skipped && !delivered && !settled;
});

/** All numbers whose facts make this state. */
export function factBitsOf(state: DeliveryState): readonly number[] {
  const all = Array.from({ length: 8 }, (_, bits) => bits);
  return all.filter((bits) => deliveryStateOf(deliveryFactsOf(bits)) === state);
}
