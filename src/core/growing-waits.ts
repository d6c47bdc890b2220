import { growingWaitMs } from "./growing-wait.ts";

/** How often in a row something has failed, and when it is to be tried again, Unix milliseconds. */
interface Failed {
  readonly times: number;
  readonly againAtMs: number;
}

/** What has failed and waits to be tried again, each for itself: waits double with each failure in a row. */
export class GrowingWaits<Key> {
  readonly #bounds: { readonly firstMs: number; readonly mostMs: number };
  readonly #failed = new Map<Key, Failed>();

  constructor(bounds: { readonly firstMs: number; readonly mostMs: number }) {
    this.#bounds = bounds;
  }

  /** Whether it failed, and is not to be tried again yet. */
  waits(key: Key, nowMs: number): boolean {
    const failed = this.#failed.get(key);
    return failed !== undefined && nowMs < failed.againAtMs;
  }

  failed(key: Key, nowMs: number): void {
    const times = (this.#failed.get(key)?.times ?? 0) + 1;
    this.#failed.set(key, { times, againAtMs: nowMs + growingWaitMs(times, this.#bounds) });
  }

  succeeded(key: Key): void {
    this.#failed.delete(key);
  }

  /** Forgets all but these. */
  retain(keys: ReadonlySet<Key>): void {
    for (const key of this.#failed.keys()) if (!keys.has(key)) this.#failed.delete(key);
  }
}
