import { firstRound, messageRowOf, type PendingDelivery } from "../core/delivery.ts";
import { limits } from "../core/limits.ts";
import { isOlder, OrderedWindow } from "./ordered-window.ts";

interface Taking {
  /** Undefined: nothing has to. */
  readonly mustWait: ((delivery: PendingDelivery) => boolean) | undefined;
  readonly onlyManual: boolean;
}

/** What a virtual queue has in memory of the deliveries that wait, and which of them goes next. */
export class QueueWindow {
  readonly #firsts: PendingDelivery[] = [];
  /** First rounds, if the endpoint has strict order; then `#firsts` is empty. */
  #ordered: OrderedWindow | undefined;
  /** Retries and resends by the schedule that are due; of an ordered endpoint the latter and theirs alone. */
  readonly #retries: PendingDelivery[] = [];
  /** Resends by hand that are due: they go first, and while the endpoint rests as well. */
  readonly #manual: PendingDelivery[] = [];
  /** What has to wait although its turn had come, until it is called back. */
  readonly #aside: PendingDelivery[] = [];
  #retryTurn = false;

  /** Whether first rounds go out strictly one after the other. */
  get ordered(): boolean {
    return this.#ordered !== undefined;
  }

  /** Whether the next one would be a resend by hand. */
  get hasManual(): boolean {
    return this.#manual.length > 0;
  }

  /** First attempts that wait here; of an ordered endpoint, first rounds. */
  get firsts(): number {
    return this.#ordered?.size ?? this.#firsts.length;
  }

  /** Retries and resends that are due. */
  get due(): number {
    return this.#retries.length + this.#manual.length;
  }

  /** When something here could start, Unix milliseconds; 0: now; infinite: there is nothing, or the head is under way. */
  get readyAtMs(): number {
    if (this.#firsts.length > 0 || this.due > 0) return 0;
    return this.#ordered?.dueAtMs ?? Infinity;
  }

  /** The oldest delivery, due or not. */
  get oldest(): PendingDelivery | undefined {
    const first = this.#ordered?.oldest ?? this.#firsts[0];
    return [...this.#retries, ...this.#manual, ...this.#aside].reduce<PendingDelivery | undefined>(
      (oldest, each) => (oldest === undefined || isOlder(each, oldest) ? each : oldest),
      first,
    );
  }

  /** Rows of the messages of a JobDb that are at the head of the first attempts, the next first. */
  comingOf(jobDb: number): readonly number[] {
    const coming = this.#firsts.slice(0, limits.payloadsReadAhead);
    return coming.filter((each) => each.jobDb === jobDb).map((each) => messageRowOf(each.delivery));
  }

  /** Begins strict order, or ends it. To be cleared before. */
  order(strict: boolean): void {
    this.#ordered = strict ? new OrderedWindow() : undefined;
  }

  /** @param dueAtMs when it may be attempted, Unix milliseconds: only strict order knows others than 0 */
  pushFirst(delivery: PendingDelivery, dueAtMs: number): void {
    if (this.#ordered === undefined) this.#firsts.push(delivery);
    else this.#ordered.push(delivery, dueAtMs);
  }

  pushDue(delivery: PendingDelivery): void {
    const window = delivery.trigger === "manual" ? this.#manual : this.#retries;
    window.push(delivery);
  }

  /**
   * The next delivery to attempt: what is resent by hand, else first attempts and retries in turns, so that neither
   * starves the other. What has to wait is set aside. Undefined before `readyAtMs`.
   *
   * @param onlyManual the endpoint rests: nothing takes the place of what is resent by hand and has to wait
   */
  take(nowMs: number, { mustWait, onlyManual }: Taking): PendingDelivery | undefined {
    for (;;) {
      if (onlyManual && !this.hasManual) return undefined;
      const delivery = this.#takeNext(nowMs);
      if (delivery === undefined || mustWait?.(delivery) !== true) return delivery;
      this.#aside.push(delivery);
    }
  }

  /** What was set aside comes first now. */
  callBack(): void {
    for (const delivery of this.#aside.splice(0).toReversed()) {
      if (this.#ordered?.returned(delivery) === true) continue;
      this.#windowOf(delivery).unshift(delivery);
    }
  }

  #windowOf({ trigger, round, attempt }: PendingDelivery): PendingDelivery[] {
    if (trigger === "manual") return this.#manual;
    return round === firstRound && attempt === 1 ? this.#firsts : this.#retries;
  }

  #takeNext(nowMs: number): PendingDelivery | undefined {
    const manual = this.#manual.shift();
    if (manual !== undefined) return manual;
    const delivery = this.#retryTurn
      ? (this.#retries.shift() ?? this.#takeFirst(nowMs))
      : (this.#takeFirst(nowMs) ?? this.#retries.shift());
    if (delivery !== undefined) this.#retryTurn = !this.#retryTurn;
    return delivery;
  }

  /** The outcome of an attempt is durable, and plans another. True if that is waited for here, not on disk. */
  retried(delivery: PendingDelivery, atMs: number): boolean {
    return this.#ordered?.retried(delivery, atMs) ?? false;
  }

  /**
   * The outcome of an attempt is durable, and plans nothing. True if it was a resend that has delivered what waits here in
   * strict order: that is taken out.
   */
  ended(delivery: PendingDelivery, isDelivered: boolean): boolean {
    this.#ordered?.ended(delivery);
    return isDelivered && this.#ordered !== undefined && this.#removeFirst(this.#ordered, delivery);
  }

  #removeFirst(ordered: OrderedWindow, delivery: PendingDelivery): boolean {
    const isSame = (each: PendingDelivery): boolean =>
      each.jobDb === delivery.jobDb && each.delivery === delivery.delivery;
    const index = this.#aside.findIndex((each) => each.round === firstRound && isSame(each));
    if (index < 0) return ordered.remove(delivery);
    const [head] = this.#aside.splice(index, 1);
    if (head !== undefined) ordered.ended(head);
    return true;
  }

  /** Takes out what is chosen of what waits, and returns it. */
  remove(isChosen: (delivery: PendingDelivery) => boolean): readonly PendingDelivery[] {
    this.callBack(); // whatever of it has to wait is set aside again
    const removed = this.#ordered?.removeAll(isChosen) ?? [];
    for (const window of [this.#firsts, this.#retries, this.#manual]) {
      removed.push(...window.filter(isChosen));
      window.splice(0, window.length, ...window.filter((each) => !isChosen(each)));
    }
    return removed;
  }

  /** Forgets what waits, and returns it. */
  clear(): readonly PendingDelivery[] {
    const windows = [this.#firsts, this.#retries, this.#manual, this.#aside];
    return [...windows.flatMap((window) => window.splice(0)), ...(this.#ordered?.clear() ?? [])];
  }

  #takeFirst(nowMs: number): PendingDelivery | undefined {
    return this.#ordered === undefined ? this.#firsts.shift() : this.#ordered.take(nowMs);
  }
}
