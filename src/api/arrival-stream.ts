import type { Arrival } from "../core/arrival.ts";
import type { EndpointKey } from "../core/ids.ts";
import { limits } from "../core/limits.ts";
import type { Inspections } from "../director/inspections.ts";
import type { Stoppable } from "../director/ports.ts";
import type { EventStream } from "./event-streams.ts";

/** What a stream tells: at first what there is, and then what has come since. */
export interface ArrivalSource {
  /** @param wake to be called when there is something, @param end when nothing more will come */
  begin(wake: () => void, end: () => void): Stoppable;
  take(): readonly Arrival[];
}

/**
 * Arrivals as server-sent events, those that came meanwhile in one. Who reads slowly is told all the same of what there still is. Ends after
 * `limits.arrivalStreamMsMax`, so that whoever goes on shows a credential that is still valid; a silent one says so now and then.
 */
export class ArrivalStream implements EventStream {
  readonly #source: ArrivalSource;
  readonly #outOf: (arrival: Arrival) => object;
  readonly #countMax: number;
  #ended = false;
  #wake = (): void => {};

  /** @param countMax events after which it ends */
  constructor(source: ArrivalSource, outOf: (arrival: Arrival) => object, countMax = Infinity) {
    this.#source = source;
    this.#outOf = outOf;
    this.#countMax = countMax;
  }

  end(): void {
    this.#ended = true;
    this.#wake();
  }

  async *events(): AsyncGenerator<string, void, void> {
    const timer = setTimeout(() => this.end(), limits.arrivalStreamMsMax);
    const watching = this.#source.begin(
      () => this.#wake(),
      () => this.end(),
    );
    try {
      yield this.#event(this.#source.take());
      for (let count = 1; count < this.#countMax && !this.#ended;) {
        const arrivals = this.#source.take();
        if (arrivals.length > 0) {
          count += 1;
          yield this.#event(arrivals);
        } else if ((await this.#silence()) === "long") yield ": nothing new\n\n";
      }
    } finally {
      clearTimeout(timer);
      watching.stop();
    }
  }

  #event(arrivals: readonly Arrival[]): string {
    return `data: ${JSON.stringify({ data: arrivals.map(this.#outOf) })}\n\n`;
  }

  /** `long`: nothing has come for so long that the stream has to say something. */
  #silence(): Promise<"over" | "long"> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, limits.arrivalStreamSilenceMsMax, "long");
      this.#wake = () => {
        clearTimeout(timer);
        resolve("over");
      };
    });
  }
}

/** What is kept, and then what is new. It holds ids alone, as many as are kept. */
export function watchedAt(inspections: Inspections, endpoint: EndpointKey): ArrivalSource {
  let changed: Set<string> | undefined;
  return {
    begin: (wake) =>
      inspections.watch(endpoint, ({ id }) => {
        changed?.delete(id);
        changed?.add(id);
        if (changed !== undefined && changed.size > limits.arrivalsPerEndpointMax) {
          const [oldest] = changed;
          if (oldest !== undefined) changed.delete(oldest);
        }
        wake();
      }),
    take: () => {
      if (changed?.size === 0) return [];
      const wanted = changed;
      changed = new Set();
      const kept = inspections.arrivals(endpoint);
      return wanted === undefined ? kept : kept.filter(({ id }) => wanted.has(id));
    },
  };
}

/** What waits for an answer. It holds ids alone, as many as attempts are open. */
export function heardAt(inspections: Inspections, endpoint: EndpointKey): ArrivalSource {
  let told: ReadonlySet<string> = new Set();
  return {
    begin: (wake, end) => inspections.listen(endpoint, { onArrival: wake, onReplaced: end }),
    take: () => {
      const waiting = inspections.waiting(endpoint);
      const fresh = waiting.filter(({ id }) => !told.has(id));
      told = new Set(waiting.map(({ id }) => id));
      return fresh;
    },
  };
}
