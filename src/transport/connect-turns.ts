/**
 * When sockets are connected. A connection costs the Director's thread more than a request on one that is open, so:
 *
 *     connect ─▶ line of its endpoint ──bound──▶ its name is resolved ─▶ ring of endpoints ──turn──▶ dialled ─▶ connected: the bound grows
 *                                                                                                └──────▶ failed: the bound is halved
 *
 * Each endpoint has so many connects under way as it shows to bear, and in one turn of the event loop only
 * `limits.dialsPerTurn` sockets are dialled, one of each endpoint after the other. So whoever closes after every answer has
 * its share of the thread, and handshakes that never end hold their endpoint's line alone. The turn comes after the name is
 * resolved: the connects of an endpoint wait for one answer together, and would all be dialled in the turn that brings it.
 *
 * There is no bound over all endpoints but this pace: connects that hang would hold all of it, and everybody would wait
 * for their deadlines. How many there are is bounded by the slots, of which one application has no more than its part.
 */
import { assert } from "../core/errors.ts";
import { Link, LinkedRing } from "../core/linked-ring.ts";
import { limits } from "../core/limits.ts";

/** Resolves to whether there is a connection now. */
type Connect = () => Promise<boolean>;

export class ConnectTurns {
  /** Lines with dials that wait for their turn. */
  readonly #ring = new LinkedRing<ConnectLine>();
  #dialledThisTurn = 0;

  /** For one endpoint. */
  line(): ConnectLine {
    return new ConnectLine((link) => this.#offer(link));
  }

  #offer(link: Link<ConnectLine>): void {
    this.#ring.push(link);
    this.#dial();
  }

  #dial(): void {
    while (this.#dialledThisTurn < limits.dialsPerTurn) {
      const line = this.#ring.shift();
      if (line === undefined) return;
      if (this.#dialledThisTurn === 0) setImmediate(() => this.#nextTurn());
      this.#dialledThisTurn += 1;
      line.dial();
    }
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
