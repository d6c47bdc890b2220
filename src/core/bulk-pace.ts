/**
 * When an application that has much to send may start its next attempt. Who starts up to `limits.lightAttemptsPerSecond`
 * is light, and starts at once. What somebody wants beyond is bulk, and while anybody light is there, all bulk of a
 * Director waits for turns on one time line, evenly spaced:
 *
 *     ahead of that:  0 ├──light──┼──bulk──┤ at most        turns of bulk:  │─spacing─│─spacing─│
 *         light again ──┘
 *
 * The spacing is what an attempt is taken to cost ÷ the share of the time that bulk may have, so several floods share one
 * part; but there are always so many turns that each that waits has as many as one that is light, so nobody loses by having
 * a backlog, and a backlog is worked off by whoever comes with less than that. With nobody light there, nobody waits.
 *
 * An attempt that costs as much as several counts as these.
 *
 * Turns that are missed by more than `limits.bulkCatchUpMs` are lost: on a machine that is too busy to come in time, bulk
 * has less.
 *
 * Rejected: the whole backlog of a moment at once and a long rest after it, as bulk is handed in: thirty attempts that end
 * together hold up whoever comes then for as long as all of them take. A share of the time that the Director's thread
 * is busy, which says that the machine has room when the other cores are taken, and starves bulk when others are busy.
 */
import { Link, LinkedRing } from "./linked-ring.ts";
import { limits } from "./limits.ts";
import { RecentOwners } from "./recent-owners.ts";

/** Of somebody who may be ahead of the present. */
class Account<Application> {
  readonly application: Application;
  readonly link = new Link<Account<Application>>(this);
  /** Up to when its attempts are paid for by being light. */
  paidUntilMs = 0;
  /** It was too far ahead, and has not been paid off since. */
  isBulk = false;
  /** It has had a turn and has started nothing since: how far away that has put the next turn. */
  turnMs: number | undefined;

  constructor(application: Application) {
    this.application = application;
  }
}

/** All times are milliseconds of a clock that never goes back. */
export class BulkPace<Application> {
  readonly #share: number;
  readonly #accounts = new Map<Application, Account<Application>>();
  /** In the order in which the sweep looks at them. */
  readonly #order = new LinkedRing<Account<Application>>();
  readonly #light = new RecentOwners<Application>();
  #nextTurnAtMs = 0;

  /** @param share of the time, that bulk may be sent in while somebody light is there; 1: nobody ever waits */
  constructor(share: number) {
    this.#share = share;
  }

  /** How many are remembered: those that are ahead, and a few more. */
  get size(): number {
    return this.#accounts.size;
  }

  /** When the next turn may be taken. */
  get nextTurnAtMs(): number {
    return this.#nextTurnAtMs;
  }

  /** Whether its next attempt is bulk and somebody else is light: then it needs a turn first. */
  hasToWait(application: Application, nowMs: number): boolean {
    const account = this.#accounts.get(application);
    if (this.#share === 1 || account === undefined || account.turnMs !== undefined) return false;
    if (!isBulkAt(account, nowMs)) return false;
    return nowMs - this.#light.lastOtherThan(application) < limits.bulkNeighbourMs;
  }

  /**
   * The application may start one attempt, as soon as it wants to.
   *
   * @param waiting how many applications wait for a turn, this one among them
   */
  giveTurn(application: Application, waiting: number, nowMs: number): void {
    const ofShareMs = limits.bulkAttemptMs / this.#share;
    const asLightMs = 1_000 / (waiting * limits.lightAttemptsPerSecond);
    const placeMs = Math.max(this.#nextTurnAtMs, nowMs - limits.bulkCatchUpMs);
    const turnMs = Math.min(ofShareMs, asLightMs);
    this.#nextTurnAtMs = placeMs + turnMs;
    const account = this.#accounts.get(application);
    if (account !== undefined) account.turnMs = turnMs; // else it has become light while it waited
  }

  /** An attempt of it starts, which costs as much as so many. */
  started(application: Application, nowMs: number, cost = 1): void {
    const account = this.#accounts.get(application) ?? this.#open(application, nowMs);
    if (!isBulkAt(account, nowMs)) this.#light.note(application, nowMs);
    const costMs = (cost * 1_000) / limits.lightAttemptsPerSecond;
    const paidUntilMs = Math.max(account.paidUntilMs, nowMs) + costMs;
    account.paidUntilMs = Math.min(paidUntilMs, nowMs + limits.bulkAheadMsMax);
    this.#nextTurnAtMs += (account.turnMs ?? 0) * (cost - 1);
    account.turnMs = undefined;
  }

  #open(application: Application, nowMs: number): Account<Application> {
    this.#sweep(nowMs);
    const account = new Account(application);
    this.#accounts.set(application, account);
    this.#order.push(account.link);
    return account;
  }

  /** Before each that is added, looks at more than one. */
  #sweep(nowMs: number): void {
    for (let looks = 0; looks < limits.bulkAccountsSwept; looks += 1) {
      const account = this.#order.shift();
      if (account === undefined) return;
      if (account.paidUntilMs > nowMs) this.#order.push(account.link);
      else this.#accounts.delete(account.application);
    }
  }
}

/**
 * Once bulk, it is so until it has been paid off: with the turns that it has at least, it stays so for as long as it wants
 * more, and floods never take each other for light.
 */
function isBulkAt(account: Account<unknown>, nowMs: number): boolean {
  const aheadMs = account.paidUntilMs - nowMs;
  if (aheadMs <= 0) account.isBulk = false;
  else if (aheadMs > limits.lightAheadMs) account.isBulk = true;
  return account.isBulk;
}
