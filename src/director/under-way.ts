import type { PendingDelivery } from "../core/delivery.ts";

/** The attempts of a virtual queue that are under way, or whose outcomes are not durable yet. */
export class UnderWay {
  readonly #attempts = new Map<PendingDelivery, "tried again" | "given up">();

  add(delivery: PendingDelivery): void {
    this.#attempts.set(delivery, "tried again");
  }

  /** The outcome is durable. */
  end(delivery: PendingDelivery): void {
    this.#attempts.delete(delivery);
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
    return [...this.#attempts.values()].filter((fate) => fate === "given up").length;
  }

  isGivenUp(delivery: PendingDelivery): boolean {
    return this.#attempts.get(delivery) === "given up";
  }
}
