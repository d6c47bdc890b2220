interface Waiter {
  readonly count: number;
  readonly reached: () => void;
}

/** Counts events, and lets tests wait for a count instead of for time to pass. */
export class Tally {
  #count = 0;
  #waiters: Waiter[] = [];

  get count(): number {
    return this.#count;
  }

  add(): void {
    this.#count += 1;
    const reached = this.#waiters.filter((waiter) => waiter.count <= this.#count);
    if (reached.length === 0) return;
    this.#waiters = this.#waiters.filter((waiter) => waiter.count > this.#count);
    for (const waiter of reached) waiter.reached();
  }

  /** Resolves as soon as at least `count` events have been counted in all. */
  async reached(count: number): Promise<void> {
    if (this.#count >= count) return;
    const waiting = Promise.withResolvers<void>();
    this.#waiters.push({ count, reached: waiting.resolve });
    await waiting.promise;
  }
}
