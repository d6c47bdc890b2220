import type { EndpointHealth, HealthKeeping } from "../control/facade.ts";
import type { EndpointPause } from "../core/endpoint-pause.ts";
import { PosthornError } from "../core/errors.ts";
import type { EndpointKey } from "../core/ids.ts";
import { limits } from "../core/limits.ts";
import type { Clock, Stoppable } from "../director/ports.ts";

export interface EndpointHealthWriterOptions {
  readonly control: HealthKeeping;
  readonly clock: Pick<Clock, "after">;
  /** What is not kept is not known after a restart, and not told to the operator. */
  readonly onFailure: (error: unknown) => void;
}

/**
 * Makes durable which endpoints fail and rest: what becomes known while one write is under way goes into the next. While the
 * control store is overloaded it waits, the newest of each endpoint.
 */
export class EndpointHealthWriter {
  readonly #options: EndpointHealthWriterOptions;
  /** The newest of each endpoint. */
  readonly #waiting = new Map<EndpointKey, EndpointPause>();
  #running: Promise<void> | undefined;
  #retry: Stoppable | undefined;

  constructor(options: EndpointHealthWriterOptions) {
    this.#options = options;
  }

  keep({ endpoint, pause }: EndpointHealth): void {
    this.#waiting.set(endpoint, pause);
    this.#running ??= this.#run();
  }

  /** Resolves when what was given is kept, or could not be. Never fails. */
  async stop(): Promise<void> {
    this.#retry?.stop();
    this.#running ??= this.#run();
    await this.#running;
    this.#retry?.stop();
  }

  async #run(): Promise<void> {
    await Promise.resolve(); // what is told in the same turn goes into the same write
    while (this.#waiting.size > 0) {
      const batch = [...this.#waiting].slice(0, limits.healthKeptTogetherMax);
      for (const [endpoint] of batch) this.#waiting.delete(endpoint);
      try {
        await this.#options.control.keepEndpointHealth(
          batch.map(([endpoint, pause]) => ({ endpoint, pause })),
        );
      } catch (error) {
        this.#fail(batch, error);
        break;
      }
    }
    this.#running = undefined; // in the same turn as the last look at what waits
  }

  #fail(batch: readonly (readonly [EndpointKey, EndpointPause])[], error: unknown): void {
    this.#options.onFailure(error);
    if (!(error instanceof PosthornError && error.code === "overloaded")) return;
    for (const [endpoint, pause] of batch) {
      if (!this.#waiting.has(endpoint)) this.#waiting.set(endpoint, pause);
    }
    this.#retry?.stop();
    this.#retry = this.#options.clock.after(limits.healthRetryMs, () => {
      this.#running ??= this.#run();
    });
  }
}
