/** Counts what has become durable, and tells whoever waits for what was under way at some moment. */

/** Counted from the start. */
interface Durable {
  readonly commits: number;
  readonly outcomes: number;
}

interface Caller extends Durable {
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

export class CommitProgress {
  #durable: Durable = { commits: 0, outcomes: 0 };
  #callers: Caller[] = [];

  /** Resolves when so many more are durable. */
  async more(commits: number, outcomes: number): Promise<void> {
    if (commits === 0 && outcomes === 0) return;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const durable = this.#durable;
    this.#callers.push({
      commits: durable.commits + commits,
      outcomes: durable.outcomes + outcomes,
      resolve,
      reject,
    });
    await promise;
  }

  /** A commit with so many outcomes is durable. */
  committed(count: number): void {
    const durable = {
      commits: this.#durable.commits + 1,
      outcomes: this.#durable.outcomes + count,
    };
    this.#durable = durable;
    const isTold = (caller: Caller): boolean =>
      caller.commits <= durable.commits && caller.outcomes <= durable.outcomes;
    for (const { resolve } of this.#callers.filter(isTold)) resolve();
    this.#callers = this.#callers.filter((caller) => !isTold(caller));
  }

  /** Nothing becomes durable any more. */
  fail(error: unknown): void {
    for (const { reject } of this.#callers.splice(0)) reject(error);
  }
}
