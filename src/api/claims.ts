/**
 * Names that requests under way have to themselves. Whoever wants several gets all of them at once, when none is claimed by
 * others, and holds none while waiting: so nobody waits in a circle.
 */
export class Claims {
  /** At most what requests under way have. Resolves when it is free again. */
  readonly #claimed = new Map<string, Promise<void>>();

  /** Resolves to what ends the claims. */
  async claim(names: readonly string[]): Promise<() => void> {
    for (;;) {
      const taken = names.flatMap((name) => this.#claimed.get(name) ?? []);
      if (taken.length === 0) break;
      await Promise.all(taken);
    }
    const { promise, resolve } = Promise.withResolvers<void>();
    for (const name of names) this.#claimed.set(name, promise);
    return () => {
      for (const name of names) this.#claimed.delete(name);
      resolve();
    };
  }
}
