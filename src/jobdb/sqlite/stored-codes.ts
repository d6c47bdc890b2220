/** Unions as the small integers that are stored. A number that was ever written keeps its meaning. */
import type { Settlement, Trigger } from "../../core/delivery.ts";
import { assert } from "../../core/errors.ts";

const triggerCodes = { scheduled: 0, manual: 1 } as const satisfies Record<Trigger, number>;
const settlementCodes = {
  delivered: 0,
  gone: 1,
  exhausted: 2,
  cancelled: 3,
} as const satisfies Record<Settlement, number>;

const triggers = ["scheduled", "manual"] as const satisfies readonly Trigger[];
const settlements = [
  "delivered",
  "gone",
  "exhausted",
  "cancelled",
] as const satisfies readonly Settlement[];

export function triggerCodeOf(trigger: Trigger): number {
  return triggerCodes[trigger];
}

export function triggerOf(code: number): Trigger {
  const trigger = triggers[code];
  assert(trigger !== undefined, `stored trigger ${code}`);
  return trigger;
}

export function settlementCodeOf(settlement: Settlement): number {
  return settlementCodes[settlement];
}

export function settlementOf(code: number): Settlement {
  const settlement = settlements[code];
  assert(settlement !== undefined, `stored settlement ${code}`);
  return settlement;
}
