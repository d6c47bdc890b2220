/**
 * Finds what earlier runs left: takes their JobDbs one after the other, the oldest first, and names the endpoints that
 * have deliveries there; the queues of those then read what is unsettled, in pages. A JobDb is drained when no queue has
 * anything unsettled in it.
 */
import { assert } from "../core/errors.ts";
import type { EndpointKey } from "../core/ids.ts";
import type { JobDb } from "./ports.ts";

export interface RecoveryOptions {
  /** A JobDb and every endpoint that may have something unsettled in it. */
  readonly onFound: (jobDb: JobDb, endpoints: readonly EndpointKey[]) => void;
  /** Nothing is unsettled there any more. */
  readonly onDrained: (jobDb: JobDb) => void;
}

interface Undrained {
  readonly jobDb: JobDb;
  /** Endpoints whose queues are not done with it. */
  queues: number;
}

export class Recovery {
  readonly #options: RecoveryOptions;
  readonly #undrained = new Map<number, Undrained>();

  constructor(options: RecoveryOptions) {
    this.#options = options;
  }

  /** Fails as a JobDb does. */
  async run(jobDbs: readonly JobDb[]): Promise<void> {
    for (const jobDb of jobDbs) {
      const endpoints = await jobDb.endpoints();
      if (endpoints.length === 0) {
        await jobDb.markDrained();
        continue;
      }
      this.#undrained.set(jobDb.number, { jobDb, queues: endpoints.length });
      this.#options.onFound(jobDb, endpoints);
    }
  }

  jobDbOf(number: number): JobDb {
    const undrained = this.#undrained.get(number);
    assert(undrained !== undefined, `JobDb ${number} has something unsettled`);
    return undrained.jobDb;
  }

  /** A queue is done with a JobDb; nothing happens if that is not an older one. */
  settled(number: number): void {
    const undrained = this.#undrained.get(number);
    if (undrained === undefined) return;
    undrained.queues -= 1;
    if (undrained.queues > 0) return;
    this.#undrained.delete(number);
    this.#options.onDrained(undrained.jobDb);
    // Only a later start looks at the mark, and without it that start finds out by reading: a failure may be ignored here,
    // as the JobDb reports it to whatever uses it next.
    undrained.jobDb.markDrained().catch(() => undefined);
  }
}
