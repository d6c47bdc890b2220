import { limits } from "../core/limits.ts";
import type { Traffic } from "../director/traffic.ts";
import type { EventStream } from "./event-streams.ts";

export interface OverviewStreamOptions {
  readonly traffic: Pick<Traffic, "onSample">;
  readonly nowMs: () => number;
  /** For what an event tells. */
  readonly look: () => Promise<object>;
  /** Events after which it ends. */
  readonly countMax: number;
}

/**
 * Server-sent events (WHATWG HTML, section 9.2), one as it begins and then one a second at most, whenever there are new
 * counts. Whoever reads slowly gets fewer of them, not old ones. Ends after `limits.overviewStreamMsMax`, so that whoever goes
 * on shows a credential that is still valid.
 */
export class OverviewStream implements EventStream {
  readonly #options: OverviewStreamOptions;
  readonly #endAtMs: number;
  #ended = false;
  #wake = (): void => {};

  constructor(options: OverviewStreamOptions) {
    this.#options = options;
    this.#endAtMs = options.nowMs() + limits.overviewStreamMsMax;
  }

  end(): void {
    this.#ended = true;
    this.#wake();
  }

  async *events(): AsyncGenerator<string, void, void> {
    const { traffic, nowMs, look, countMax } = this.#options;
    let toldAtMs = nowMs();
    const sampling = traffic.onSample(() => {
      const now = nowMs();
      if (now - toldAtMs >= limits.trafficSampleMs || now >= this.#endAtMs) this.#wake();
    });
    try {
      for (let count = 0; !this.#ended && nowMs() < this.#endAtMs; count += 1) {
        if (count > 0) await this.#sample();
        toldAtMs = nowMs();
        yield `data: ${JSON.stringify(await look())}\n\n`;
        if (count + 1 >= countMax) return;
      }
    } finally {
      sampling.stop();
    }
  }

  #sample(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#wake = resolve;
    return promise;
  }
}
