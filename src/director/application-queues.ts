import { type ApplicationKey, type EndpointKey, endpointKeyOf } from "../core/ids.ts";
import type { QueueGlance, QueueSums, QueuesOfApplications } from "./traffic.ts";

/** Numbers of one application: those of QueueSums, and the key of the longest queue's endpoint with what waits there. */
const width = 6;

interface Counted extends QueueSums {
  readonly longest: EndpointKey;
  readonly longestPending: number;
}

/** How the queues of each application stand, summed as a survey sees them. */
export class ApplicationQueues {
  readonly #counted = new Map<ApplicationKey, Counted>();

  add({ application, endpoint, pending, inFlight, state }: QueueGlance): void {
    const before = this.#counted.get(application);
    const isFailing = state === "failing" || state === "paused" || state === "probing";
    const isLongest = before === undefined || pending > before.longestPending;
    this.#counted.set(application, {
      endpoints: (before?.endpoints ?? 0) + 1,
      failing: (before?.failing ?? 0) + (isFailing ? 1 : 0),
      pending: (before?.pending ?? 0) + pending,
      inFlight: (before?.inFlight ?? 0) + inFlight,
      longest: isLongest ? endpoint : before.longest,
      longestPending: isLongest ? pending : before.longestPending,
    });
  }

  packed(): QueuesOfApplications {
    const numbers = new Float64Array(this.#counted.size * width);
    let at = 0;
    for (const each of this.#counted.values()) {
      const { endpoints, failing, pending, inFlight, longest, longestPending } = each;
      numbers.set([endpoints, failing, pending, inFlight, longest, longestPending], at);
      at += width;
    }
    return { applications: [...this.#counted.keys()], numbers };
  }
}

/** @param place of the application in what was packed */
export function queuesAt({ numbers }: QueuesOfApplications, place: number): Counted {
  const [endpoints = 0, failing = 0, pending = 0, inFlight = 0, longest = 0, longestPending = 0] =
    numbers.subarray(place * width, (place + 1) * width);
  return { endpoints, failing, pending, inFlight, longest: endpointKeyOf(longest), longestPending };
}
