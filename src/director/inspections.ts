/** What the API may ask of the inspector. */
import type { Arrival, InspectorAnswer } from "../core/arrival.ts";
import type { EndpointKey } from "../core/ids.ts";
import type { Stoppable } from "./ports.ts";

export interface Inspections {
  /** What came to an endpoint and is still kept, the oldest first. */
  arrivals(endpoint: EndpointKey): readonly Arrival[];
  /** Tells of each request that comes to the endpoint, and again when something has become of it. */
  watch(endpoint: EndpointKey, onArrival: (arrival: Arrival) => void): Stoppable;
  /** What waits for an answer by who listens, the oldest first. */
  waiting(endpoint: EndpointKey): readonly Arrival[];
  /**
   * From now on the endpoint's requests wait for answers by `answer`, if its URL says so. Whoever listens to an endpoint takes the place of who
   * has before, and finds what waits already.
   */
  listen(endpoint: EndpointKey, listener: ArrivalListener): Stoppable;
  /** False: nothing with this id waits for an answer at this endpoint. */
  answer(endpoint: EndpointKey, id: string, answer: InspectorAnswer): boolean;
}

export interface ArrivalListener {
  /** There is one more that waits. */
  readonly onArrival: () => void;
  /** Somebody else listens from now on. */
  readonly onReplaced: () => void;
}
