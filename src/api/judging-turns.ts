/**
 * Long work of the API's thread gives way to other requests: in each turn of the event loop one of those who work goes on
 * for `limits.judgingTurnMs`, the one that has waited longest, so that a single message waits for that and not for as many
 * whole batches as there are.
 */
import { limits } from "../core/limits.ts";

export class JudgingTurns {
  /** At most one for each batch that `IntakeLine` lets in. */
  readonly #waiting: (() => void)[] = [];
  /** The last turn of those for something short. */
  #shared = { turn: Promise.resolve(), sharers: limits.turnSharersMax as number };

  /** As `Array.from`, in turns. Rejects with what `each` throws. */
  async build<Result>(length: number, each: (index: number) => Result): Promise<Result[]> {
    if (length > 0) await this.#turn();
    return this.goOn(length, each);
  }

  /** The same of somebody who has just had a turn or waited for something else: begins at once. */
  async goOn<Result>(length: number, each: (index: number) => Result): Promise<Result[]> {
    const results: Result[] = [];
    while (results.length < length) {
      if (results.length > 0) await this.#turn();
      const endsAtMs = performance.now() + limits.judgingTurnMs;
      do results.push(each(results.length));
      while (results.length < length && performance.now() < endsAtMs);
    }
    return results;
  }

  /** A turn for something short, which a few share. */
  share(): Promise<void> {
    if (this.#shared.sharers >= limits.turnSharersMax) {
      const shared = { turn: this.#turn(), sharers: 0 };
      void shared.turn.then(() => (shared.sharers = limits.turnSharersMax));
      this.#shared = shared;
    }
    this.#shared.sharers += 1;
    return this.#shared.turn;
  }

  #turn(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.push(resolve);
    if (this.#waiting.length === 1) setImmediate(() => this.#next());
    return promise;
  }

  #next(): void {
    this.#waiting.shift()?.();
    if (this.#waiting.length > 0) setImmediate(() => this.#next());
  }
}
