/**
 * The unsettled deliveries of one endpoint, in order: a window in memory and cursors into the JobDbs.
 *
 *     JobDb ──unattempted──▶ first attempts ─┐
 *       ▲                                    ├─ take, in turns ─▶ an open slot
 *       └───due──▶ retries and resends due ──┘      (those by hand first)
 *
 * An endpoint with strict order has another window for first rounds (ordered-window.ts), filled by `firstRounds`: the oldest that is not settled is at its head and waits there for its retry. One attempt is under way at a time. What is resent is no part of the order: it comes by `due` as ever, and goes out between the others. Changing the order forgets what is in
 * memory, waits until all that is under way is durable, and reads everything anew, as after a restart:
 *
 *     unordered ◀──▶ draining (nothing starts, nothing is read) ──nothing outstanding──▶ ordered or unordered
 * Whatever the backlog, memory holds about `limits.windowDeliveries` of each kind (at most half of that and one refill of
 * `limits.refillRowsMax` while an older JobDb is being recovered). What does not fit stays on disk, and is read when there is room. A
 * retry is never kept here while it waits: its attempt row says when it is due, and the queue remembers only the soonest time per JobDb. A resend is the same, by a row of its own.
 *
 * Invariants:
 * - of a source, exactly the deliveries up to `scannedTo` have been in the window; no delivery enters it twice;
 * - while an older source has a backlog, no younger delivery enters the window: acceptance order holds;
 * - `outstanding` counts the deliveries of a source from entering the window until their outcome is durable, so a source without backlog, retries and outstanding deliveries has nothing unsettled;
 * - an ordered endpoint's first rounds enter the window only when all older JobDbs with something unsettled are known, and the youngest of an older JobDb before the oldest of a newer one; so the head is the oldest that is not settled.
 */
import { assert } from "../core/errors.ts";
import {
  type DeliveryNumber,
  firstRound,
  isDelivered,
  type PendingDelivery,
  type Step,
} from "../core/delivery.ts";
import type { ApplicationKey, EndpointKey } from "../core/ids.ts";
import { limits } from "../core/limits.ts";
import type { EndpointGate } from "./endpoint-gate.ts";
import {
  dueFromStart,
  type DuePage,
  type FirstRound,
  type FirstRoundsPage,
  type UnattemptedPage,
} from "./ports.ts";
import {
  giveUp,
  hasBacklog,
  newSource,
  plan,
  type QueueSource,
  type Refill,
  readAgain,
  readDue,
  readFirsts,
  roundKeyOf,
  settledUnsent,
  startOver,
} from "./queue-source.ts";
import { QueueSources } from "./queue-sources.ts";
import { QueueWindow } from "./queue-window.ts";
import { UnderWay } from "./under-way.ts";

export class VirtualQueue {
  readonly endpoint: EndpointKey;
  readonly application: ApplicationKey;
  readonly gate: EndpointGate;
  readonly underWay = new UnderWay();
  /** Attempts under way. */
  inFlight = 0;
  /** The endpoint is disabled: what waits goes on waiting. */
  held = false;
  /** All older JobDbs that have something unsettled for the endpoint are known. Until then strict order starts nothing new. */
  complete = true;
  readonly #sources = new QueueSources();
  readonly #window = new QueueWindow();
  /** The order was changed or the queue suspended, and something that was under way then is not durable yet. */
  #draining = false;
  /** How many times it was suspended and not resumed yet. */
  #suspensions = 0;
  /** What was taken out of the window to be cancelled; undefined while nothing is cancelled. */
  #withdrawn: readonly PendingDelivery[] | undefined;

  constructor(endpoint: EndpointKey, application: ApplicationKey, gate: EndpointGate) {
    this.endpoint = endpoint;
    this.application = application;
    this.gate = gate;
  }

  /** Whether there is something that could start now, as far as the endpoint's rate lets it. */
  get runnable(): boolean {
    const slots = this.ordered ? 1 : this.gate.slots;
    return !this.held && this.inFlight < slots && this.readyAtMs < Infinity;
  }

  /** When something could start, as far as the queue knows it, Unix milliseconds; 0: now; infinite: other events will tell. */
  get readyAtMs(): number {
    if (this.ordered && this.#withdrawn !== undefined) return Infinity; // the head's settlement is not durable
    return this.#window.readyAtMs;
  }

  /** Whether first rounds go out strictly one after the other. */
  get ordered(): boolean {
    return this.#window.ordered;
  }

  /** Whether the next one would be a resend by hand. */
  get hasManual(): boolean {
    return this.#window.hasManual;
  }

  /** Deliveries that are not settled; if not `exact`, as far as they have been found. */
  get pending(): number {
    return this.#sources.all.reduce((sum, { unsettled }) => sum + unsettled, 0);
  }

  get exact(): boolean {
    return !this.#sources.all.some(({ found, resent }) => found || resent);
  }

  /** The oldest delivery in the window, due or not. */
  get oldest(): PendingDelivery | undefined {
    return this.#window.oldest;
  }

  /** Whether nothing is unsettled: then the queue need not exist. */
  get idle(): boolean {
    return this.#sources.all.length === 0 && this.inFlight === 0 && this.#withdrawn === undefined;
  }

  /** Whether something of this JobDb is unsettled. */
  has(jobDb: number): boolean {
    return this.#sources.find(jobDb) !== undefined;
  }

  /** When to ask for a refill because a retry on disk comes due; infinite if other events will ask. */
  get nextWakeAtMs(): number {
    if (!this.#mayRead || !this.#hasRoomForDue) return Infinity;
    return this.#sources.nextDueAtMs;
  }

  /**
   * Takes in a delivery that has just become durable. True if it is in the window, false if it was left on disk.
   *
   * @param plansFromMs what is planned and not known here yet is due after this
   */
  admit(jobDb: number, delivery: DeliveryNumber, plansFromMs: number): boolean {
    const source =
      this.#sources.find(jobDb) ??
      this.#sources.add(newSource(jobDb, delivery - 1, { atMs: plansFromMs, place: 0 }));
    const room = this.#hasRoomForNew;
    // Whatever a resend brought this source in for, what came before this delivery is not waiting on disk.
    if (!hasBacklog(source)) source.scannedTo = delivery - 1;
    if (source.countedTo === source.tail) {
      source.unsettled += 1;
      source.countedTo = delivery;
    }
    source.tail = delivery;
    if (!room) return false;
    source.scannedTo = delivery;
    this.#enterFirst(source, { delivery, attempt: 1, dueAtMs: 0 });
    return true;
  }

  /** An older JobDb may hold unsettled deliveries of this endpoint: they will be looked for. */
  recover(jobDb: number): void {
    assert(!this.has(jobDb), "a JobDb is recovered before anything else uses it");
    const source = this.#sources.add(newSource(jobDb, 0, dueFromStart));
    startOver(source);
    source.tail = Infinity;
  }

  /**
   * Whether the endpoint has strict order from now on. What waits in memory is forgotten, and read again when what is under
   * way is durable.
   */
  order(strict: boolean): void {
    if (strict === this.ordered) return;
    this.#forget();
    this.#window.order(strict);
    this.#endDraining();
  }

  /** Nothing starts or is read until it is resumed; then all is read anew. What is under way is not tried again. */
  suspend(): void {
    this.#suspensions += 1;
    this.#forget();
    this.underWay.giveUp(() => true);
  }

  resume(): void {
    this.#suspensions -= 1;
    this.#endDraining();
  }

  /**
   * What waits of some deliveries is to be cancelled: it leaves the window, and nothing is read until `cancelled` is called.
   * What is under way of them is not tried again. The others go on, but in strict order nothing starts.
   */
  withdraw(isChosen: (delivery: PendingDelivery) => boolean): void {
    assert(this.#withdrawn === undefined, "one cancels at a time");
    this.underWay.giveUp(isChosen);
    this.#withdrawn = this.#window.remove(isChosen);
    for (const source of this.#sources.all) readAgain(source);
  }

  /**
   * These are settled, durably, as cancelled. What was withdrawn and is not among them is looked for on disk. Returns the
   * JobDbs that have nothing unsettled for this endpoint any more.
   */
  cancelled(settled: readonly PendingDelivery[]): readonly number[] {
    const withdrawn = new Set(this.#withdrawn?.map(roundKeyOf));
    this.#sources.leave(this.#withdrawn ?? []);
    this.#withdrawn = undefined;
    for (const each of settled) {
      const source = this.#sources.find(each.jobDb);
      if (source !== undefined) settledUnsent(source, each, withdrawn.delete(roundKeyOf(each)));
    }
    if (withdrawn.size > 0) this.#forget();
    this.#endDraining();
    return this.#sources.dropDone();
  }

  /** JobDbs that have something unsettled for the endpoint, as far as is known. */
  get jobDbs(): readonly number[] {
    return this.#sources.all.map(({ jobDb }) => jobDb);
  }

  /** The next to attempt, of what need not wait until `callBack`; at rest only what is by hand. Undefined before `readyAtMs`. */
  take(nowMs: number, mustWait?: (one: PendingDelivery) => boolean): PendingDelivery | undefined {
    const delivery = this.#window.take(nowMs, { mustWait, onlyManual: this.gate.rests(nowMs) });
    if (delivery === undefined) return undefined;
    this.inFlight += 1;
    this.underWay.add(delivery);
    return delivery;
  }

  /** Messages of a JobDb that are likely to be taken soon, the next first. */
  comingOf(jobDb: number): readonly number[] {
    return this.#window.comingOf(jobDb);
  }

  callBack(): void {
    this.#window.callBack();
  }

  /** The slot of an attempt is free; its outcome is not durable yet. */
  release(): void {
    assert(this.inFlight > 0, "a released attempt was under way");
    this.inFlight -= 1;
  }

  /** The outcome of an attempt is durable. Returns true if its JobDb has nothing unsettled for this endpoint any more. */
  recorded(delivery: PendingDelivery, step: Step): boolean {
    this.underWay.end(delivery);
    const source = this.#sources.of(delivery.jobDb);
    if (step.kind === "retry") {
      if (this.#window.retried(delivery, step.atMs)) return false;
      source.outstanding -= 1;
      plan(source, step.atMs);
      if (!this.#draining) source.planned += 1; // else it is found by reading
    } else {
      const tookAlong = this.#window.ended(delivery, isDelivered(step));
      const settled = tookAlong ? 2 : 1;
      source.outstanding -= settled;
      source.unsettled = Math.max(0, source.unsettled - settled);
    }
    assert(source.outstanding >= 0, "an outcome belongs to a delivery that was in the window");
    this.#endDraining();
    return this.#sources.dropIfDone(source);
  }

  /**
   * A resend of a message in this JobDb is durable. True if until now the JobDb had nothing unsettled for this endpoint.
   *
   * @param atMs when it is due, later than whatever was read until now
   */
  resent(jobDb: number, atMs: number): boolean {
    const known = this.#sources.find(jobDb);
    const source = known ?? this.#sources.add(newSource(jobDb, 0, { atMs: atMs - 1, place: 0 }));
    plan(source, atMs);
    source.resent = true;
    return known === undefined;
  }

  /**
   * Gives up what waits, because the endpoint no longer exists. Returns the JobDbs that have nothing unsettled for it any
   * more; the others have attempts under way or a read, and are done with when those end.
   */
  discard(): readonly number[] {
    this.#sources.leave(this.#window.clear());
    for (const source of this.#sources.all) giveUp(source);
    return this.#sources.dropDone();
  }

  /**
   * What to read now, if anything; the read has begun when this returns.
   *
   * @param dueUntilMs retries up to here may be read: now, but not beyond the planning of a retry that is not durable yet
   */
  nextRefill(dueUntilMs: number): Refill | undefined {
    if (!this.#mayRead) return undefined;
    return this.#nextDueRefill(dueUntilMs) ?? this.#nextFirstsRefill();
  }

  /** Takes in what a refill read. Returns true if the JobDb has nothing unsettled for this endpoint any more. */
  refilledUnattempted(jobDb: number, page: UnattemptedPage): boolean {
    const deliveries = page.deliveries.map((delivery) => ({ delivery, attempt: 1, dueAtMs: 0 }));
    return this.refilledFirstRounds(jobDb, { ...page, deliveries });
  }

  /** The same of a page of first rounds. */
  refilledFirstRounds(jobDb: number, page: FirstRoundsPage): boolean {
    const source = this.#sources.of(jobDb);
    if (this.#wasInVain(source)) return this.#sources.dropIfDone(source);
    if (page.end && source.tail === Infinity) source.tail = page.scannedTo;
    source.scannedTo = Math.min(page.scannedTo, source.tail);
    for (const first of page.deliveries) {
      // Beyond the tail is what was committed while the page was read: it is admitted on its own.
      if (first.delivery > source.tail) break;
      this.#enterFirst(source, first);
      if (first.delivery > source.countedTo) source.unsettled += 1; // else it was counted when it was admitted
    }
    source.countedTo = Math.max(source.countedTo, source.scannedTo);
    return this.#sources.dropIfDone(source);
  }

  /** The same of a page of what is due. */
  refilledDue(jobDb: number, page: DuePage): boolean {
    const source = this.#sources.of(jobDb);
    if (this.#wasInVain(source)) return this.#sources.dropIfDone(source);
    source.dueScannedTo = page.scannedTo;
    source.nextDueAtMs = Math.min(page.nextAtMs ?? Infinity, source.plannedWhileReadingMs);
    for (const due of page.deliveries) {
      if (this.ordered && due.round === firstRound) continue; // it has its place in the order
      source.outstanding += 1;
      this.#window.pushDue({ jobDb, endpoint: this.endpoint, ...due });
      if (source.planned > 0) source.planned -= 1;
      else source.unsettled += 1; // it is found just now, or it is a resend
    }
    return this.#sources.dropIfDone(source);
  }

  get #mayRead(): boolean {
    return !this.held && !this.#draining && this.#withdrawn === undefined;
  }

  get #hasRoomForNew(): boolean {
    if (this.#draining || (this.ordered && !this.complete)) return false;
    return (
      this.#window.firsts < limits.windowDeliveries &&
      !this.#sources.all.some((each) => hasBacklog(each))
    );
  }

  get #hasRoomForDue(): boolean {
    return this.#window.due <= limits.windowDeliveries / 2;
  }

  #nextDueRefill(dueUntilMs: number): Refill | undefined {
    if (!this.#hasRoomForDue) return undefined;
    const source = this.#sources.all.find(
      (each) => each.nextDueAtMs <= dueUntilMs && each.reading === "nothing",
    );
    return source && readDue(source);
  }

  #nextFirstsRefill(): Refill | undefined {
    if (this.#window.firsts > limits.windowDeliveries / 2) return undefined;
    if (this.ordered && !this.complete) return undefined;
    const source = this.#sources.all.find((each) => hasBacklog(each));
    if (source?.reading !== "nothing") return undefined;
    return readFirsts(source, this.ordered ? "firstRounds" : "unattempted");
  }

  #enterFirst(source: QueueSource, { delivery, attempt, dueAtMs }: FirstRound): void {
    const { jobDb } = source;
    const { endpoint } = this;
    const first = { round: firstRound, attempt, trigger: "scheduled" } as const;
    source.outstanding += 1;
    this.#window.pushFirst({ jobDb, delivery, endpoint, ...first }, dueAtMs);
  }

  /** What waits will be read from the start, when what is under way is durable. */
  #forget(): void {
    this.#sources.leave(this.#window.clear());
    for (const source of this.#sources.all) startOver(source);
    this.#draining = true;
  }

  /** The read of a source has ended. True if its order was changed meanwhile. */
  #wasInVain(source: QueueSource): boolean {
    const inVain = source.reading === "in vain";
    source.reading = "nothing";
    this.#endDraining();
    return inVain;
  }

  #endDraining(): void {
    this.#draining &&=
      this.#suspensions > 0 ||
      this.#sources.all.some(
        ({ outstanding, reading }) => outstanding > 0 || reading === "in vain",
      );
  }
}
