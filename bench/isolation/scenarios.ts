import { disturbancesOf } from "./disturbances.ts";
import { measureDisturbed } from "./disturbed.ts";
import type { IsolationOptions, ScenarioResult } from "./isolation-result.ts";
import { measureBacklog } from "./backlog.ts";
import { measureRecovery } from "./recovery.ts";
import { measureSlotTime, slotTimeCases } from "./slot-time.ts";

/** What measures each scenario, by its name, in the order in which they run. */
export function scenariosOf(
  options: IsolationOptions,
): ReadonlyMap<string, () => Promise<ScenarioResult>> {
  const disturbances = disturbancesOf(options.healthyPerSecond, options.long);
  return new Map<string, () => Promise<ScenarioResult>>([
    ...disturbances.map((each) => [each.name, () => measureDisturbed(each, options)] as const),
    ...slotTimeCases.map((each) => [each.name, () => measureSlotTime(each)] as const),
    ["recovery", () => measureRecovery(options)],
    ["backlog", () => measureBacklog(options)],
  ]);
}
