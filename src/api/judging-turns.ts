/**
 * Long work of the API's thread gives way to other requests: in each turn of the event loop one of those who work goes on
 * for `limits.judgingTurnMs`, the one that has waited longest, so that a single message waits for that and not for as many
 * whole batches as there are. Turns of bulk are apart from each other while others hand in a little, so that the thread is
 * not busy for longer than one of them; unless so many wait that they would lose by it.
 */
import { limits } from "../core/limits.ts";

/** Somebody who waits for a turn. */
interface Waiting {
  readonly goOn: () => void;
  readonly isSpaced: () => boolean;
}

export class JudgingTurns {
  /** At most one for each request that `IntakeLine` lets in. */
  readonly #waiting: Waiting[] = [];
  readonly #spacingMs: number;
  /** The turn that something short shares next; undefined: it needs a new one. */
  #shared: { readonly turn: Promise<void>; sharers: number } | undefined;

  /** @param spacingMs before each turn of whoever `isSpaced` */
  constructor(spacingMs = 0) {
    this.#spacingMs = spacingMs;
  }

  /** As `Array.from`, in turns. Rejects with what `each` throws. */
  async build<Result>(
    length: number,
    each: (index: number) => Result,
    isSpaced = never,
  ): Promise<Result[]> {
    if (length > 0) await this.#turn(isSpaced);
    return this.goOn(length, each, isSpaced);
  }

  /** The same of somebody who has just had a turn or waited for something else: begins at once. */
  async goOn<Result>(
    length: number,
    each: (index: number) => Result,
    isSpaced = never,
  ): Promise<Result[]> {
    const results: Result[] = [];
    while (results.length < length) {
      if (results.length > 0) await this.#turn(isSpaced);
      const endsAtMs = performance.now() + limits.judgingTurnMs;
      do results.push(each(results.length));
      while (results.length < length && performance.now() < endsAtMs);
    }
    return results;
  }

  /** A turn for something short, which a few share. */
  share(isSpaced = never): Promise<void> {
    const shared = (this.#shared ??= this.#sharedTurn(isSpaced));
    shared.sharers += 1;
    if (shared.sharers === limits.turnSharersMax) this.#shared = undefined;
    return shared.turn;
  }

  /** It is shared until it comes. */
  #sharedTurn(isSpaced: () => boolean): { readonly turn: Promise<void>; sharers: number } {
    const shared = { turn: this.#turn(isSpaced), sharers: 0 };
    void shared.turn.then(() => {
      if (this.#shared === shared) this.#shared = undefined;
    });
    return shared;
  }

  #turn(isSpaced: () => boolean): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.push({ goOn: resolve, isSpaced });
    if (this.#waiting.length === 1) this.#schedule();
    return promise;
  }

  #schedule(): void {
    const [first] = this.#waiting;
    if (first === undefined) return;
    const isSpaced = this.#waiting.length <= limits.spacedTurnsMax && first.isSpaced();
    if (isSpaced) setTimeout(() => this.#next(), this.#spacingMs);
    else setImmediate(() => this.#next());
  }

  #next(): void {
    this.#waiting.shift()?.goOn();
    this.#schedule();
  }
}

function never(): boolean {
  return false;
}
