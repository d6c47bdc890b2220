/**
 * When sockets are connected. A connection costs the Director's thread more than a request on one that is open, so:
 *
 *     connect ─▶ line of its endpoint ──bound──▶ its name is resolved ─▶ ring of its application ──turn──▶ dialled ─▶ connected: the bound grows
 *                                                                                                       └──────▶ failed: the bound is halved
 *
 * Each endpoint has so many connects under way as it shows to bear, and in one turn of the event loop only
 * `limits.dialsPerTurn` sockets are dialled, of each application one, of its endpoints one after the other. While others are
 * sent to, an application dials again after `limits.dialSpacingMs` only: so names that are resolved together, and endpoints
 * that close after every answer, don't take the thread for as long as all of their connections need. Handshakes that never
 * end hold their endpoint's line alone. The turn comes after the name is resolved: the connects of an endpoint wait for one
 * answer together, and would all be dialled in the turn that brings it.
 *
 * There is no bound over all endpoints but this pace: connects that hang would hold all of it, and everybody would wait
 * for their deadlines. How many there are is bounded by the slots, of which one application has no more than its part.
 *
 * Rejected: spacing all dials alike, where whoever needs one connection waits behind somebody else's fifty.
 */
import { assert } from "../core/errors.ts";
import type { ApplicationKey } from "../core/ids.ts";
import { Link, LinkedRing } from "../core/linked-ring.ts";
import { limits } from "../core/limits.ts";
import { RecentOwners } from "../core/recent-owners.ts";

/** Resolves to whether there is a connection now. */
type Connect = () => Promise<boolean>;

/** Of an application that has dials that wait, or has dialled a moment ago: it is in one of two rings. */
class ApplicationDials {
  readonly link = new Link<ApplicationDials>(this);
  readonly application: ApplicationKey | undefined;
  /** Endpoints with dials that wait for their turn. */
  readonly lines = new LinkedRing<ConnectLine>();
  dialledAtMs = 0;

  constructor(application: ApplicationKey | undefined) {
    this.application = application;
  }
}

export class ConnectTurns {
  readonly #dials = new Map<ApplicationKey | undefined, ApplicationDials>();
  /** Whose turn it is next. */
  readonly #ring = new LinkedRing<ApplicationDials>();
  /** Those that have just dialled, the longest ago first. */
  readonly #spaced = new LinkedRing<ApplicationDials>();
  /** To whom was sent last: one alone needs no spacing. */
  readonly #sent = new RecentOwners<ApplicationKey>();
  #dialledThisTurn = 0;
  #isTimerSet = false;

  /** Something is sent for the application, over whatever connection. */
  noteSent(application: ApplicationKey): void {
    this.#sent.note(application, performance.now());
  }

  /** For one endpoint; undefined: of the operator's own. */
  line(application: ApplicationKey | undefined): ConnectLine {
    return new ConnectLine((link) => this.#offer(link, application));
  }

  #offer(link: Link<ConnectLine>, application: ApplicationKey | undefined): void {
    let dials = this.#dials.get(application);
    if (dials === undefined) {
      dials = new ApplicationDials(application);
      this.#dials.set(application, dials);
      this.#ring.push(dials.link);
    }
    dials.lines.push(link);
    this.#dial();
  }

  #dial(): void {
    while (this.#dialledThisTurn < limits.dialsPerTurn) {
      const dials = this.#ring.shift();
      if (dials === undefined) return;
      const line = dials.lines.shift();
      if (line === undefined) {
        this.#dials.delete(dials.application); // its lines were emptied
        continue;
      }
      if (this.#dialledThisTurn === 0) setImmediate(() => this.#nextTurn());
      this.#dialledThisTurn += 1;
      this.#putBack(dials);
      line.dial();
    }
  }

  #putBack(dials: ApplicationDials): void {
    const { application } = dials;
    dials.dialledAtMs = performance.now();
    const isSpaced =
      application !== undefined &&
      dials.dialledAtMs - this.#sent.lastOtherThan(application) < limits.bulkNeighbourMs;
    if (!isSpaced) {
      this.#ring.push(dials.link);
      return;
    }
    this.#spaced.push(dials.link);
    this.#setTimer(limits.dialSpacingMs);
  }

  #endSpacing(): void {
    this.#isTimerSet = false;
    const endedAtMs = performance.now() - limits.dialSpacingMs;
    let { first } = this.#spaced;
    while (first !== undefined && first.dialledAtMs <= endedAtMs) {
      first.link.unlink();
      this.#ring.push(first.link);
      ({ first } = this.#spaced);
    }
    if (first !== undefined) this.#setTimer(first.dialledAtMs - endedAtMs);
    this.#dial();
  }

  #setTimer(delayMs: number): void {
    if (this.#isTimerSet) return;
    this.#isTimerSet = true;
    setTimeout(() => this.#endSpacing(), Math.ceil(delayMs));
  }

  #nextTurn(): void {
    this.#dialledThisTurn = 0;
    this.#dial();
  }
}

/** The connects of one endpoint, first come, first served. */
export class ConnectLine {
  readonly #offer: (link: Link<ConnectLine>) => void;
  readonly #link = new Link<ConnectLine>(this);
  /** At most one for each connection of the pool. */
  readonly #waiting: Connect[] = [];
  /** Of connects under way, those that wait for their turn to dial. */
  readonly #dials: (() => void)[] = [];
  #underWay = 0;
  #underWayMax: number = limits.connectsInitial;

  constructor(offer: (link: Link<ConnectLine>) => void) {
    this.#offer = offer;
  }

  /** Connects when there is room: at once if nothing stands against it. */
  push(connect: Connect): void {
    this.#waiting.push(connect);
    this.#begin();
  }

  /** Resolves when a connect that is under way may dial. */
  dialTurn(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#dials.push(resolve);
    if (this.#dials.length === 1) this.#offer(this.#link);
    return promise;
  }

  /** For the turn that this line was offered for. */
  dial(): void {
    const dial = this.#dials.shift();
    assert(dial !== undefined, "a line that is offered has a dial that waits");
    dial();
    if (this.#dials.length > 0) this.#offer(this.#link);
  }

  /** Lets all that wait begin and dial now: they know that they are to fail. */
  empty(): void {
    this.#link.unlink();
    for (const dial of this.#dials.splice(0)) dial();
    for (const connect of this.#waiting.splice(0)) void connect();
  }

  #begin(): void {
    while (this.#underWay < this.#underWayMax) {
      const connect = this.#waiting.shift();
      if (connect === undefined) return;
      void this.#run(connect);
    }
  }

  async #run(connect: Connect): Promise<void> {
    this.#underWay += 1;
    const isConnected = await connect();
    this.#underWay -= 1;
    this.#underWayMax = isConnected
      ? Math.min(this.#underWayMax + 1, limits.concurrencyPerEndpoint)
      : Math.max(Math.floor(this.#underWayMax / 2), 1);
    this.#begin();
  }
}
