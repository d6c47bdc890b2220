import type { PendingDelivery } from "../core/delivery.ts";

/** Attempts that were given up by some moment. */
export interface LastAttempts {
  /** How many of them have no durable outcome yet. */
  readonly left: number;
  /** Resolves when there is none. */
  readonly ended: Promise<void>;
}

interface Watch {
  readonly left: Set<PendingDelivery>;
  readonly resolve: () => void;
}

/** The attempts of a virtual queue that are under way, or whose outcomes are not durable yet. */
export class UnderWay {
  readonly #attempts = new Map<PendingDelivery, "tried again" | "given up">();
  readonly #watches = new Set<Watch>();

  add(delivery: PendingDelivery): void {
    this.#attempts.set(delivery, "tried again");
  }

  /** The outcome is durable. */
  end(delivery: PendingDelivery): void {
    this.#attempts.delete(delivery);
    for (const watch of this.#watches) {
      watch.left.delete(delivery);
      this.#endWatch(watch);
    }
  }

  /** Whether this round of this delivery is among them. */
  has({ jobDb, delivery, round }: PendingDelivery): boolean {
    return [...this.#attempts.keys()].some(
      (each) => each.jobDb === jobDb && each.delivery === delivery && each.round === round,
    );
  }

  /** None of these that are under way now is tried again. */
  giveUp(isChosen: (delivery: PendingDelivery) => boolean): void {
    for (const delivery of this.#attempts.keys())
      if (isChosen(delivery)) this.#attempts.set(delivery, "given up");
  }

  /** How many are given up. */
  get givenUp(): number {
    return this.#allGivenUp().length;
  }

  /** Those that are given up now; what is given up later is not among them. */
  watchGivenUp(): LastAttempts {
    const { promise: ended, resolve } = Promise.withResolvers<void>();
    const watch = { left: new Set(this.#allGivenUp()), resolve };
    this.#watches.add(watch);
    this.#endWatch(watch);
    return {
      get left() {
        return watch.left.size;
      },
      ended,
    };
  }

  isGivenUp(delivery: PendingDelivery): boolean {
    return this.#attempts.get(delivery) === "given up";
  }

  #allGivenUp(): readonly PendingDelivery[] {
    return [...this.#attempts.keys()].filter((delivery) => this.isGivenUp(delivery));
  }

  #endWatch(watch: Watch): void {
    if (watch.left.size > 0) return;
    this.#watches.delete(watch);
    watch.resolve();
  }
}
