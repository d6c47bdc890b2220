/**
 * Who gets the next free slot, fair in slot time: the scarce thing is an open request times how long it is open.
 * First between applications, then between the queues of one, each by a `RoundCalendar` (deficit round robin with
 * debt):
 *
 *   offer ─▶ waiting ─ next ─▶ granted ─ started ─▶ under way ─ finished ─▶ forgotten, once nothing is owed
 *               ▲                 │                    │
 *               └──── offer ──────┴────────────────────┘
 *
 * An attempt that starts is charged with what its queue's attempts took on average; when it ends, the difference to
 * what it took is charged or given back. So an endpoint that hangs for 15 s gets one attempt for 3,000 of one that
 * answers in 5 ms.
 *
 * Invariants:
 * - Between queues of one application that always wait, and between applications that do, slot time is shared equally
 *   over any window that is long against an attempt; what some leave unused goes to whoever waits (`next` is
 *   undefined only if nobody does).
 * - Being idle saves up nothing, and whoever comes new waits for the present round at most.
 * - While another application waits, none gets a slot beyond `limits.applicationSlotsShare` of them.
 * - Every call is O(1) whatever the number of queues: constant but for the hash map, whose growth is amortised.
 * - Remembered are queues that wait, have attempts under way or owe slot time, and what the sweep has not reached
 *   yet.
 *
 * Not promised: that a slot is free. What an application took while nobody else waited is not taken back, so if that
 * is all slots and all of them hang, a newcomer waits for the first deadline. How many an endpoint takes before it
 * has answered once is for its concurrency limit to bound.
 *
 * Rejected: turns of one attempt each: 64 hanging endpoints with full queues hold all
 * slots. Charging only when an attempt ends: until the first deadline passes, a hanging endpoint looks free. Giving
 * newcomers the head of the line: queues that come with one delivery each, one after the other, would hold up those
 * that wait for ever. Weighing slots by application alone: an application's own dead endpoint would starve its
 * healthy ones.
 */
import { assert } from "./errors.ts";
import type { ApplicationKey } from "./ids.ts";
import { limits } from "./limits.ts";
import { LinkedRing } from "./linked-ring.ts";
import { RoundCalendar, Turn } from "./round-calendar.ts";

/** What is held against an application. */
class ApplicationAccount<Queue> {
  readonly key: ApplicationKey;
  readonly turn: Turn<ApplicationAccount<Queue>>;
  readonly queues = new RoundCalendar<QueueAccount<Queue>>();
  /** Queues that are remembered. */
  accounts = 0;
  inFlight = 0;
  /** Moving average of what an attempt takes: what is expected of a queue that nothing is known of. */
  averageMs: number = limits.attemptCostMsInitial;

  constructor(key: ApplicationKey) {
    this.key = key;
    this.turn = new Turn(this);
  }
}

/** What is held against a queue. */
class QueueAccount<Queue> {
  readonly queue: Queue;
  readonly application: ApplicationAccount<Queue>;
  readonly turn: Turn<QueueAccount<Queue>>;
  inFlight = 0;
  /** What the attempts under way have been charged with, together. */
  expectedMs = 0;
  averageMs: number;

  constructor(queue: Queue, application: ApplicationAccount<Queue>) {
    this.queue = queue;
    this.application = application;
    this.turn = new Turn(this);
    this.averageMs = application.averageMs;
  }
}

export class FairScheduler<Queue> {
  readonly #slotsPerApplication: number;
  readonly #accounts = new Map<Queue, QueueAccount<Queue>>();
  readonly #applicationOf = new Map<ApplicationKey, ApplicationAccount<Queue>>();
  readonly #applications = new RoundCalendar<ApplicationAccount<Queue>>();
  /** Applications with work that hold their part of the slots or more: no more than 1 ÷ `limits.applicationSlotsShare`. */
  readonly #sated = new Set<ApplicationAccount<Queue>>();
  /** Queues without work and attempts, in the order in which the sweep looks at them. */
  readonly #idle = new LinkedRing<Turn<QueueAccount<Queue>>>();
  /** What `next` gave last: it is not forgotten before it could be started. */
  #granted: QueueAccount<Queue> | undefined;

  /** @param slots attempts that can be under way at once, in all */
  constructor(slots: number) {
    this.#slotsPerApplication = Math.max(1, Math.floor(slots * limits.applicationSlotsShare));
  }

  /** Queues that are remembered. */
  get accounts(): number {
    return this.#accounts.size;
  }

  /** The queue has something that could start now, unless it was offered already. */
  offer(queue: Queue, application: ApplicationKey): void {
    const account = this.#accounts.get(queue) ?? this.#open(queue, application);
    if (!account.turn.waiting) {
      account.turn.link.unlink();
      account.application.queues.wait(account.turn);
      this.#seat(account.application);
    }
    this.#sweep();
  }

  /** Whose turn it is, and no longer offered; undefined if nobody waits. To be started before the next call, or not at all. */
  next(): Queue | undefined {
    this.#settleGranted();
    const application = this.#nextApplication();
    const account = application?.queues.next();
    if (application === undefined || account === undefined) return undefined;
    this.#granted = account;
    this.#seat(application);
    return account.queue;
  }

  /** An attempt of the queue that `next` gave, or of any that is remembered, takes a slot. */
  started(queue: Queue): void {
    const account = this.#known(queue);
    const { application } = account;
    account.turn.link.unlink();
    account.inFlight += 1;
    application.inFlight += 1;
    account.expectedMs += account.averageMs;
    this.#charge(account, account.averageMs);
    this.#seat(application);
  }

  /**
   * An attempt of the queue has given its slot back.
   *
   * @param heldMs how long it had the slot
   */
  finished(queue: Queue, heldMs: number): void {
    const account = this.#known(queue);
    const { application } = account;
    assert(account.inFlight > 0, "an attempt that ends was started");
    const costMs = Math.max(heldMs, limits.attemptCostMsMin);
    // Which of the attempts under way this was doesn't matter: together they are charged with what they took.
    const expectedMs = account.expectedMs / account.inFlight;
    account.expectedMs -= expectedMs;
    account.inFlight -= 1;
    application.inFlight -= 1;
    account.averageMs += limits.attemptCostWeight * (costMs - account.averageMs);
    application.averageMs += limits.attemptCostWeight * (costMs - application.averageMs);
    this.#charge(account, costMs - expectedMs);
    this.#seat(application);
    this.#rest(account);
    this.#sweep();
  }

  /** Slot time that the queue owes the others of its application, at most `limits.slotDebtMsMax`. */
  debtMs(queue: Queue): number {
    const account = this.#accounts.get(queue);
    return account === undefined ? 0 : account.application.queues.debtMs(account.turn);
  }

  #open(queue: Queue, key: ApplicationKey): QueueAccount<Queue> {
    let application = this.#applicationOf.get(key);
    if (application === undefined) {
      application = new ApplicationAccount<Queue>(key);
      this.#applicationOf.set(key, application);
    }
    const account = new QueueAccount(queue, application);
    application.accounts += 1;
    this.#accounts.set(queue, account);
    return account;
  }

  #known(queue: Queue): QueueAccount<Queue> {
    const account = this.#accounts.get(queue);
    assert(account !== undefined, "a queue with attempts is remembered");
    return account;
  }

  #charge(account: QueueAccount<Queue>, costMs: number): void {
    account.application.queues.charge(account.turn, costMs);
    this.#applications.charge(account.application.turn, costMs);
  }

  /** Lets an application wait where it belongs: for its turn, or until nobody else does. */
  #seat(application: ApplicationAccount<Queue>): void {
    const sated = application.inFlight >= this.#slotsPerApplication;
    if (application.queues.busy && !sated) this.#applications.wait(application.turn);
    else this.#applications.leave(application.turn);
    if (application.queues.busy && sated) this.#sated.add(application);
    else if (this.#sated.size > 0) this.#sated.delete(application);
  }

  #nextApplication(): ApplicationAccount<Queue> | undefined {
    const application = this.#applications.next();
    if (application !== undefined || this.#sated.size === 0) return application;
    for (const sated of this.#sated) this.#applications.wait(sated.turn);
    const chosen = this.#applications.next();
    for (const sated of this.#sated) this.#applications.leave(sated.turn);
    return chosen;
  }

  #settleGranted(): void {
    const account = this.#granted;
    this.#granted = undefined;
    if (account !== undefined) this.#rest(account);
  }

  /** A queue that has nothing to do goes where the sweep finds it. */
  #rest(account: QueueAccount<Queue>): void {
    if (account.turn.waiting || account.inFlight > 0 || account === this.#granted) return;
    account.turn.link.unlink();
    this.#idle.push(account.turn.link);
  }

  #sweep(): void {
    for (let count = 0; count < limits.accountsSweptPerCall; count += 1) {
      const account = this.#idle.shift()?.owner;
      if (account === undefined) return;
      if (this.#mayForget(account)) this.#forget(account);
      else this.#idle.push(account.turn.link);
    }
  }

  /**
   * What queues owe each other is forgotten together with their application, once that is idle and owes the others
   * nothing; until then its last queue keeps it in mind.
   */
  #mayForget({ application, turn }: QueueAccount<Queue>): boolean {
    const applicationPaid =
      !application.queues.busy &&
      application.inFlight === 0 &&
      this.#applications.debtMs(application.turn) === 0;
    return applicationPaid || (application.accounts > 1 && application.queues.debtMs(turn) === 0);
  }

  #forget(account: QueueAccount<Queue>): void {
    this.#accounts.delete(account.queue);
    account.application.accounts -= 1;
    if (account.application.accounts === 0) this.#applicationOf.delete(account.application.key);
  }
}
