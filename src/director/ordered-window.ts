/**
 * The first rounds of an ordered endpoint that come next, oldest first: its virtual queue's window in place of the one for
 * first attempts. Only the oldest, the head, is ever attempted, and it keeps its place until it is settled:
 *
 *              ┌────────── retry at T, durable ──────────┐
 *              ▼                                         │
 *   waiting ──head, and T has come──▶ under way ─────────┤
 *              ▲                                         │
 *              └─ the next is the head ◀─ settled, durable
 *
 * What follows starts when the head's settlement is durable, not as soon as it is known. Otherwise a crash between the two
 * would bring the head again after an attempt of what follows it.
 */
import { assert } from "../core/errors.ts";
import type { PendingDelivery } from "../core/delivery.ts";

interface Waiting {
  readonly delivery: PendingDelivery;
  /** Unix milliseconds. */
  readonly dueAtMs: number;
}

export class OrderedWindow {
  readonly #waiting: Waiting[] = [];
  /** The head, from its start until its outcome is durable. */
  #underWay: PendingDelivery | undefined;

  /** Deliveries that wait. */
  get size(): number {
    return this.#waiting.length;
  }

  /** The oldest that waits. */
  get oldest(): PendingDelivery | undefined {
    return this.#waiting[0]?.delivery;
  }

  /** When the head may be attempted, Unix milliseconds; infinite if there is none, or it is under way. */
  get dueAtMs(): number {
    return this.#underWay === undefined ? (this.#waiting[0]?.dueAtMs ?? Infinity) : Infinity;
  }

  /** Takes in one that was accepted later than all that are here. */
  push(delivery: PendingDelivery, dueAtMs: number): void {
    const last = this.#waiting.at(-1)?.delivery ?? this.#underWay;
    assert(last === undefined || isOlder(last, delivery), "an ordered window has no gaps to fill");
    this.#waiting.push({ delivery, dueAtMs });
  }

  /** The head, if it may be attempted now. `retried` or `ended` is to be told of it. */
  take(nowMs: number): PendingDelivery | undefined {
    if (this.dueAtMs > nowMs) return undefined;
    this.#underWay = this.#waiting.shift()?.delivery;
    return this.#underWay;
  }

  /** The head was taken, and is not attempted yet. True if it was the head: then it waits here again. */
  returned(delivery: PendingDelivery): boolean {
    if (delivery !== this.#underWay) return false;
    this.#underWay = undefined;
    this.#waiting.unshift({ delivery, dueAtMs: 0 });
    return true;
  }

  /** The outcome of an attempt is durable, and plans another. True if it was the head: then it waits here for that. */
  retried(delivery: PendingDelivery, atMs: number): boolean {
    if (delivery !== this.#underWay) return false;
    this.#underWay = undefined;
    const next = { ...delivery, attempt: delivery.attempt + 1 };
    this.#waiting.unshift({ delivery: next, dueAtMs: atMs });
    return true;
  }

  /** The outcome of an attempt is durable, and plans nothing. */
  ended(delivery: PendingDelivery): void {
    if (delivery === this.#underWay) this.#underWay = undefined;
  }

  /** A resend has delivered this. True if it waited here: then it waits no longer. */
  remove({ jobDb, delivery }: PendingDelivery): boolean {
    const index = this.#waiting.findIndex(
      ({ delivery: each }) => each.jobDb === jobDb && each.delivery === delivery,
    );
    if (index < 0) return false;
    this.#waiting.splice(index, 1);
    return true;
  }

  /** Takes out what is chosen of what waits, and returns it. */
  removeAll(isChosen: (delivery: PendingDelivery) => boolean): PendingDelivery[] {
    const removed = this.#waiting.filter(({ delivery }) => isChosen(delivery));
    const rest = this.#waiting.filter(({ delivery }) => !isChosen(delivery));
    this.#waiting.splice(0, this.#waiting.length, ...rest);
    return removed.map(({ delivery }) => delivery);
  }

  /** Forgets what waits, and returns it; and what is under way, which is looked for on disk if it is tried again. */
  clear(): PendingDelivery[] {
    this.#underWay = undefined;
    return this.#waiting.splice(0).map(({ delivery }) => delivery);
  }
}

/** Whether it was accepted earlier. */
export function isOlder(one: PendingDelivery, other: PendingDelivery): boolean {
  return one.jobDb < other.jobDb || (one.jobDb === other.jobDb && one.delivery < other.delivery);
}
