import { arrivalIdOf } from "../../src/core/ids.ts";
import { Inspector } from "../../src/director/inspector.ts";
import { SystemClock } from "../../src/main/system-clock.ts";

/** The real one, as it is in memory anyway. */
export function inMemoryInspector(): Inspector {
  return new Inspector({
    clock: new SystemClock(),
    random: { unit: () => 0 },
    newId: (atMs) => arrivalIdOf(atMs, new Uint8Array(14).fill(1)),
    organizationOf: () => "org_1",
    verifies: () => true,
  });
}
