/**
 * Long work of the API's thread gives way to other requests: in each turn of the event loop one of those who work goes on
 * for `limits.judgingTurnMs`, the one that has waited longest, so that a single message waits for that and not for as many
 * whole batches as there are.
 */
import { limits } from "../core/limits.ts";

export class JudgingTurns {
  /** At most one for each request that `IntakeLine` lets in. */
  readonly #waiting: (() => void)[] = [];
  /** The turn that something short shares next; undefined: it needs a new one. */
  #shared: { readonly turn: Promise<void>; sharers: number } | undefined;

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
    const shared = (this.#shared ??= this.#sharedTurn());
    shared.sharers += 1;
    if (shared.sharers === limits.turnSharersMax) this.#shared = undefined;
    return shared.turn;
  }

  /** It is shared until it comes. */
  #sharedTurn(): { readonly turn: Promise<void>; sharers: number } {
    const shared = { turn: this.#turn(), sharers: 0 };
    void shared.turn.then(() => {
      if (this.#shared === shared) this.#shared = undefined;
    });
    return shared;
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
