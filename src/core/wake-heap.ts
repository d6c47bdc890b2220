/** A binary heap of instants: what is to be looked at, soonest first. O(log n) a push or pop. */
export class WakeHeap<Item> {
  readonly #entries: { readonly atMs: number; readonly item: Item }[] = [];

  /** The soonest instant, Unix milliseconds; undefined if empty. */
  get nextAtMs(): number | undefined {
    return this.#entries[0]?.atMs;
  }

  get size(): number {
    return this.#entries.length;
  }

  push(atMs: number, item: Item): void {
    const entries = this.#entries;
    let at = entries.length;
    entries.push({ atMs, item });
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (this.#atMs(parent) <= this.#atMs(at)) return;
      this.#swap(parent, at);
      at = parent;
    }
  }

  /** Takes the soonest item if its time has come. */
  popDue(nowMs: number): Item | undefined {
    const first = this.#entries[0];
    if (first === undefined || first.atMs > nowMs) return undefined;
    const last = this.#entries.pop();
    if (last !== undefined && this.#entries.length > 0) {
      this.#entries[0] = last;
      this.#sink();
    }
    return first.item;
  }

  #sink(): void {
    let at = 0;
    for (;;) {
      const left = 2 * at + 1;
      const soonest = this.#atMs(left + 1) < this.#atMs(left) ? left + 1 : left;
      if (this.#atMs(soonest) >= this.#atMs(at)) return;
      this.#swap(at, soonest);
      at = soonest;
    }
  }

  #atMs(at: number): number {
    return this.#entries[at]?.atMs ?? Infinity;
  }

  #swap(one: number, other: number): void {
    const [first, second] = [this.#entries[one], this.#entries[other]];
    if (first === undefined || second === undefined) return;
    this.#entries[one] = second;
    this.#entries[other] = first;
  }
}
