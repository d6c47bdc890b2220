/**
 * The unsettled deliveries of one endpoint, in order: a window in memory and cursors into the JobDbs.
 *
 *     JobDb ──unattempted──▶ first attempts ─┐
 *       ▲                                    ├─ take, in turns ─▶ an open slot
 *       └───due──▶ retries and resends due ──┘      (those by hand first)
 *
 * Whatever the backlog, memory holds about `limits.windowDeliveries` of each kind (at most half of that and one refill
 * of `limits.refillRowsMax` while an older JobDb is being recovered). What does not fit stays where it is anyway, on disk, and is read when there is room. A retry is never kept here while it waits: its attempt row says
 * when it is due, and the queue remembers only the soonest time per JobDb. A resend is the same, by a row of its own.
 *
 * Invariants:
 * - of a source, exactly the deliveries up to `scannedTo` have been in the window; no delivery enters it twice;
 * - while an older source has a backlog, no younger delivery enters the window: acceptance order holds;
 * - `outstanding` counts the deliveries of a source from entering the window until their outcome is durable, so a source
 *   without backlog, retries and outstanding deliveries has nothing unsettled.
 */
import { assert } from "../core/errors.ts";
import { type DeliveryNumber, firstRound, type PendingDelivery } from "../core/delivery.ts";
import type { ApplicationKey, EndpointKey } from "../core/ids.ts";
import { limits } from "../core/limits.ts";
import type { EndpointGate } from "./endpoint-gate.ts";
import { type DueCursor, dueFromStart, type DuePage, type UnattemptedPage } from "./ports.ts";

/** One JobDb's share of a virtual queue. */
interface Source {
  readonly jobDb: number;
  /** First attempts up to this delivery have been in the window. */
  scannedTo: DeliveryNumber;
  /** The last delivery that is known to exist; infinite until the end of an older JobDb has been read. */
  tail: DeliveryNumber;
  dueScannedTo: DueCursor;
  /** The soonest retry after `dueScannedTo`; infinite if there is none. */
  nextDueAtMs: number;
  /** The soonest retry planned while a page of retries is being read: the page may not have it. */
  plannedWhileReadingMs: number;
  reading: "nothing" | "unattempted" | "due";
  outstanding: number;
  /** Deliveries that are not settled, as far as they have been found. */
  unsettled: number;
  /** Retries among them that were planned in this run and are still on disk only. */
  planned: number;
  /** An earlier run left it: what is in it is found by reading. */
  readonly recovered: boolean;
  /** Something in it was resent: a resend that delivers takes what waited along. */
  resent: boolean;
}

/** What to read next for a queue. */
export type Refill =
  | {
      readonly kind: "unattempted";
      readonly jobDb: number;
      readonly after: DeliveryNumber;
      readonly rowsMax: number;
    }
  | {
      readonly kind: "due";
      readonly jobDb: number;
      readonly after: DueCursor;
      readonly rowsMax: number;
    };

export class VirtualQueue {
  readonly endpoint: EndpointKey;
  readonly application: ApplicationKey;
  readonly gate: EndpointGate;
  /** Attempts under way. */
  inFlight = 0;
  /** The endpoint is disabled: what waits goes on waiting. */
  held = false;
  /** Oldest JobDb first; seldom more than two. */
  readonly #sources: Source[] = [];
  readonly #firsts: PendingDelivery[] = [];
  readonly #retries: PendingDelivery[] = [];
  /** Resends by hand that are due: they go first, and while the endpoint rests as well. */
  readonly #manual: PendingDelivery[] = [];
  #retryTurn = false;

  constructor(endpoint: EndpointKey, application: ApplicationKey, gate: EndpointGate) {
    this.endpoint = endpoint;
    this.application = application;
    this.gate = gate;
  }

  /** Whether there is something that could start now, as far as the endpoint's rate lets it. */
  get runnable(): boolean {
    return (
      !this.held &&
      this.inFlight < this.gate.slots &&
      (this.#firsts.length > 0 || this.#retries.length > 0 || this.hasManual)
    );
  }

  /** Whether the next one would be a resend by hand. */
  get hasManual(): boolean {
    return this.#manual.length > 0;
  }

  /** Deliveries that are not settled; if not `exact`, as far as they have been found. */
  get pending(): number {
    return this.#sources.reduce((sum, { unsettled }) => sum + unsettled, 0);
  }

  get exact(): boolean {
    return !this.#sources.some(({ recovered, resent }) => recovered || resent);
  }

  /** The oldest delivery in the window. */
  get oldest(): PendingDelivery | undefined {
    return [...this.#firsts.slice(0, 1), ...this.#retries, ...this.#manual].reduce<
      PendingDelivery | undefined
    >((oldest, each) => (oldest === undefined || isOlder(each, oldest) ? each : oldest), undefined);
  }

  /** Whether nothing is unsettled: then the queue need not exist. */
  get idle(): boolean {
    return this.#sources.length === 0 && this.inFlight === 0;
  }

  /** Whether something of this JobDb is unsettled. */
  has(jobDb: number): boolean {
    return this.#find(jobDb) !== undefined;
  }

  /** When to ask for a refill because a retry on disk comes due; infinite if other events will ask. */
  get nextWakeAtMs(): number {
    if (this.held || !this.#hasRoomForDue) return Infinity;
    return this.#sources.reduce(
      (soonest, source) =>
        source.reading === "nothing" ? Math.min(soonest, source.nextDueAtMs) : soonest,
      Infinity,
    );
  }

  /**
   * Takes in a delivery that has just become durable. True if it is in the window, false if it was left on disk.
   *
   * @param plansFromMs what is planned and not known here yet is due after this
   */
  admit(jobDb: number, delivery: DeliveryNumber, plansFromMs: number): boolean {
    const source =
      this.#find(jobDb) ?? this.#add(jobDb, delivery - 1, { atMs: plansFromMs, place: 0 });
    const room =
      this.#firsts.length < limits.windowDeliveries &&
      !this.#sources.some((each) => hasBacklog(each));
    // Whatever a resend brought this source in for, what came before this delivery is not waiting on disk.
    if (!hasBacklog(source)) source.scannedTo = delivery - 1;
    source.tail = delivery;
    source.unsettled += 1;
    if (!room) return false;
    source.scannedTo = delivery;
    this.#enterFirst(source, delivery);
    return true;
  }

  /** An older JobDb may hold unsettled deliveries of this endpoint: they will be looked for. */
  recover(jobDb: number): void {
    assert(this.#find(jobDb) === undefined, "a JobDb is recovered before anything else uses it");
    const source = this.#add(jobDb, 0, dueFromStart, true);
    source.tail = Infinity;
    source.nextDueAtMs = 0;
  }

  /**
   * The next delivery to attempt: what is resent by hand, else first attempts and retries in turns, so that neither
   * starves the other.
   */
  take(): PendingDelivery | undefined {
    const manual = this.#manual.shift();
    if (manual !== undefined) {
      this.inFlight += 1;
      return manual;
    }
    const [preferred, other] = this.#retryTurn
      ? [this.#retries, this.#firsts]
      : [this.#firsts, this.#retries];
    const delivery = preferred.shift() ?? other.shift();
    if (delivery === undefined) return undefined;
    this.#retryTurn = !this.#retryTurn;
    this.inFlight += 1;
    return delivery;
  }

  /** The slot of an attempt is free; its outcome is not durable yet. */
  release(): void {
    assert(this.inFlight > 0, "a released attempt was under way");
    this.inFlight -= 1;
  }

  /** The outcome of an attempt is durable. Returns true if its JobDb has nothing unsettled for this endpoint any more. */
  recorded(jobDb: number, retryAtMs: number | undefined): boolean {
    const source = this.#find(jobDb);
    assert(source !== undefined, "a source stays until what is under way has ended");
    source.outstanding -= 1;
    assert(source.outstanding >= 0, "an outcome belongs to a delivery that was in the window");
    if (retryAtMs === undefined) {
      source.unsettled = Math.max(0, source.unsettled - 1);
    } else {
      plan(source, retryAtMs);
      source.planned += 1;
    }
    return this.#dropIfDone(source);
  }

  /**
   * A resend of a message in this JobDb is durable. True if until now the JobDb had nothing unsettled for this endpoint.
   *
   * @param atMs when it is due, later than whatever was read until now
   */
  resent(jobDb: number, atMs: number): boolean {
    const known = this.#find(jobDb);
    const source = known ?? this.#add(jobDb, 0, { atMs: atMs - 1, place: 0 });
    plan(source, atMs);
    source.resent = true;
    return known === undefined;
  }

  /**
   * Gives up what waits, because the endpoint no longer exists. Returns the JobDbs that have nothing unsettled for it any
   * more; the others have attempts under way or a read, and are done with when those end.
   */
  discard(): number[] {
    const waiting = [this.#firsts, this.#retries, this.#manual].flatMap((window) =>
      window.splice(0),
    );
    for (const source of this.#sources) {
      source.outstanding -= waiting.filter(({ jobDb }) => jobDb === source.jobDb).length;
      source.tail = source.scannedTo;
      source.unsettled = source.outstanding;
      source.nextDueAtMs = Infinity;
    }
    return [...this.#sources]
      .filter((source) => this.#dropIfDone(source))
      .map(({ jobDb }) => jobDb);
  }

  /**
   * What to read now, if anything; the read has begun when this returns.
   *
   * @param dueUntilMs retries up to here may be read: now, but not beyond the planning of a retry that is not durable yet
   */
  nextRefill(dueUntilMs: number): Refill | undefined {
    if (this.held) return undefined;
    return this.#nextDueRefill(dueUntilMs) ?? this.#nextUnattemptedRefill();
  }

  /** Takes in what a refill read. Returns true if the JobDb has nothing unsettled for this endpoint any more. */
  refilledUnattempted(jobDb: number, page: UnattemptedPage): boolean {
    const source = this.#find(jobDb);
    assert(source !== undefined, "a source stays until what is under way has ended");
    source.reading = "nothing";
    if (page.end && source.tail === Infinity) source.tail = page.scannedTo;
    source.scannedTo = Math.min(page.scannedTo, source.tail);
    for (const delivery of page.deliveries) {
      // Beyond the tail is what was committed while the page was read: it is admitted on its own.
      if (delivery > source.tail) break;
      this.#enterFirst(source, delivery);
      if (source.recovered) source.unsettled += 1; // else it was counted when it was admitted
    }
    return this.#dropIfDone(source);
  }

  /** Takes in what a refill read. Returns true if the JobDb has nothing unsettled for this endpoint any more. */
  refilledDue(jobDb: number, page: DuePage): boolean {
    const source = this.#find(jobDb);
    assert(source !== undefined, "a source stays until what is under way has ended");
    source.reading = "nothing";
    source.dueScannedTo = page.scannedTo;
    source.nextDueAtMs = Math.min(page.nextAtMs ?? Infinity, source.plannedWhileReadingMs);
    for (const due of page.deliveries) {
      const window = due.trigger === "manual" ? this.#manual : this.#retries;
      this.#enter(source, window, { jobDb, endpoint: this.endpoint, ...due });
      if (source.planned > 0) source.planned -= 1;
      else source.unsettled += 1; // an earlier run planned it, or it is a resend
    }
    return this.#dropIfDone(source);
  }

  get #hasRoomForDue(): boolean {
    return this.#retries.length + this.#manual.length <= limits.windowDeliveries / 2;
  }

  #nextDueRefill(dueUntilMs: number): Refill | undefined {
    if (!this.#hasRoomForDue) return undefined;
    const source = this.#sources.find(
      (each) => each.nextDueAtMs <= dueUntilMs && each.reading === "nothing",
    );
    if (source === undefined) return undefined;
    source.reading = "due";
    source.plannedWhileReadingMs = Infinity;
    return {
      kind: "due",
      jobDb: source.jobDb,
      after: source.dueScannedTo,
      rowsMax: rowsMaxOf(source),
    };
  }

  #nextUnattemptedRefill(): Refill | undefined {
    if (this.#firsts.length > limits.windowDeliveries / 2) return undefined;
    const source = this.#sources.find((each) => hasBacklog(each));
    if (source?.reading !== "nothing") return undefined;
    source.reading = "unattempted";
    return {
      kind: "unattempted",
      jobDb: source.jobDb,
      after: source.scannedTo,
      rowsMax: rowsMaxOf(source),
    };
  }

  #enterFirst(source: Source, delivery: DeliveryNumber): void {
    const { jobDb } = source;
    const first = { round: firstRound, attempt: 1, trigger: "scheduled" } as const;
    this.#enter(source, this.#firsts, { jobDb, delivery, endpoint: this.endpoint, ...first });
  }

  #enter(source: Source, window: PendingDelivery[], delivery: PendingDelivery): void {
    source.outstanding += 1;
    window.push(delivery);
  }

  #find(jobDb: number): Source | undefined {
    return this.#sources.find((source) => source.jobDb === jobDb);
  }

  #add(
    jobDb: number,
    scannedTo: DeliveryNumber,
    dueScannedTo: DueCursor,
    recovered = false,
  ): Source {
    const source: Source = {
      jobDb,
      scannedTo,
      tail: scannedTo,
      dueScannedTo,
      nextDueAtMs: Infinity,
      plannedWhileReadingMs: Infinity,
      reading: "nothing",
      outstanding: 0,
      unsettled: 0,
      planned: 0,
      recovered,
      resent: false,
    };
    this.#sources.push(source);
    this.#sources.sort((one, other) => one.jobDb - other.jobDb);
    return source;
  }

  #dropIfDone(source: Source): boolean {
    const done =
      !hasBacklog(source) &&
      source.nextDueAtMs === Infinity &&
      source.outstanding === 0 &&
      source.reading === "nothing";
    if (done) this.#sources.splice(this.#sources.indexOf(source), 1);
    return done;
  }
}

function isOlder(one: PendingDelivery, other: PendingDelivery): boolean {
  return one.jobDb < other.jobDb || (one.jobDb === other.jobDb && one.delivery < other.delivery);
}

function plan(source: Source, atMs: number): void {
  assert(atMs > source.dueScannedTo.atMs, "what is planned is due after all that was read");
  source.nextDueAtMs = Math.min(source.nextDueAtMs, atMs);
  source.plannedWhileReadingMs = Math.min(source.plannedWhileReadingMs, atMs);
}

function hasBacklog(source: Source): boolean {
  return source.scannedTo < source.tail;
}

/** While the end of an older JobDb is unknown most of its rows are settled already and don't enter the window. */
function rowsMaxOf(source: Source): number {
  return source.tail === Infinity ? limits.refillRowsMax : limits.windowDeliveries / 2;
}
