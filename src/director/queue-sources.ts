import type { PendingDelivery } from "../core/delivery.ts";
import { assert } from "../core/errors.ts";
import { isDone, type QueueSource } from "./queue-source.ts";

/** The JobDbs that have something unsettled for a virtual queue, the oldest first; seldom more than two. */
export class QueueSources {
  readonly #sources: QueueSource[] = [];

  get all(): readonly QueueSource[] {
    return this.#sources;
  }

  find(jobDb: number): QueueSource | undefined {
    return this.#sources.find((source) => source.jobDb === jobDb);
  }

  /** One in which something is under way or being read, so that it is there. */
  of(jobDb: number): QueueSource {
    const source = this.find(jobDb);
    assert(source !== undefined, `JobDb ${jobDb} has something under way`);
    return source;
  }

  /** When the first retry or resend of those that are not being read is due, Unix milliseconds; infinite if there is none. */
  get nextDueAtMs(): number {
    const idle = this.#sources.filter(({ reading }) => reading === "nothing");
    return Math.min(...idle.map(({ nextDueAtMs }) => nextDueAtMs));
  }

  /** These are in the window no more, nor under way. */
  leave(deliveries: readonly PendingDelivery[]): void {
    for (const { jobDb } of deliveries) this.of(jobDb).outstanding -= 1;
  }

  add(source: QueueSource): QueueSource {
    this.#sources.push(source);
    this.#sources.sort((one, other) => one.jobDb - other.jobDb);
    return source;
  }

  /** Forgets it if nothing in it is unsettled any more, and returns whether it did. */
  dropIfDone(source: QueueSource): boolean {
    const done = isDone(source);
    if (done) this.#sources.splice(this.#sources.indexOf(source), 1);
    return done;
  }

  /** The same of all; returns the JobDbs of those that are forgotten. */
  dropDone(): readonly number[] {
    return this.#sources
      .filter((source) => isDone(source))
      .map((source) => {
        this.dropIfDone(source);
        return source.jobDb;
      });
  }
}
