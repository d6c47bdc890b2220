import type { ApplicationKey } from "../core/ids.ts";
import { TrafficTally, trafficWidth } from "../core/traffic-tally.ts";
import type { TrafficOfApplications } from "./traffic.ts";

/** What has happened since somebody last took it, by application: only those of which something has. */
export class ApplicationTallies {
  readonly #tallies = new Map<ApplicationKey, TrafficTally>();

  of(application: ApplicationKey): TrafficTally {
    let tally = this.#tallies.get(application);
    if (tally === undefined) {
      tally = new TrafficTally();
      this.#tallies.set(application, tally);
    }
    return tally;
  }

  /** Begins anew. */
  take(): TrafficOfApplications {
    const applications = [...this.#tallies.keys()];
    const numbers = new Float64Array(applications.length * trafficWidth);
    let from = 0;
    for (const tally of this.#tallies.values()) {
      numbers.set(tally.numbers, from);
      from += trafficWidth;
    }
    this.#tallies.clear();
    return { applications, numbers };
  }
}
