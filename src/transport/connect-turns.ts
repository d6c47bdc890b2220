/**
 * When sockets are connected. A connection costs the Director's thread more than a request on one that is open, so:
 *
 *     connect ─▶ line of its endpoint ──bound──▶ ring of endpoints ──turn──▶ under way ─▶ connected: the bound grows
 *                                                                                └──────▶ failed: the bound is halved
 *
 * Each endpoint has so many connects under way as it shows to bear, and in one turn of the event loop only
 * `limits.connectsPerTurn` begin, one of each endpoint after the other. So whoever closes after every answer has its share
 * of the thread, and handshakes that never end hold their endpoint's line alone.
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
  /** Lines whose first connect waits for nothing but its turn. */
  readonly #ring = new LinkedRing<ConnectLine>();
  #begunThisTurn = 0;

  /** For one endpoint. */
  line(): ConnectLine {
    return new ConnectLine((link) => this.#offer(link));
  }

  #offer(link: Link<ConnectLine>): void {
    this.#ring.push(link);
    this.#begin();
  }

  #begin(): void {
    while (this.#begunThisTurn < limits.connectsPerTurn) {
      const line = this.#ring.shift();
      if (line === undefined) return;
      if (this.#begunThisTurn === 0) setImmediate(() => this.#nextTurn());
      this.#begunThisTurn += 1;
      line.begin();
    }
  }

  #nextTurn(): void {
    this.#begunThisTurn = 0;
    this.#begin();
  }
}

/** The connects of one endpoint, first come, first served. */
export class ConnectLine {
  readonly #offer: (link: Link<ConnectLine>) => void;
  readonly #link = new Link<ConnectLine>(this);
  /** At most one for each connection of the pool. */
  readonly #waiting: Connect[] = [];
  #underWay = 0;
  #underWayMax: number = limits.connectsInitial;
  #isOffered = false;

  constructor(offer: (link: Link<ConnectLine>) => void) {
    this.#offer = offer;
  }

  /** Connects when its turn comes: at once if nothing stands against it. */
  push(connect: Connect): void {
    this.#waiting.push(connect);
    this.#offerIfRoom();
  }

  /** For the turn that this line was offered for. */
  begin(): void {
    this.#isOffered = false;
    const connect = this.#waiting.shift();
    assert(connect !== undefined, "a line that is offered has a connect that waits");
    void this.#run(connect);
    this.#offerIfRoom();
  }

  /** Lets all that wait begin now: they know that they are to fail. */
  empty(): void {
    this.#link.unlink();
    this.#isOffered = false;
    for (const connect of this.#waiting.splice(0)) void connect();
  }

  async #run(connect: Connect): Promise<void> {
    this.#underWay += 1;
    const isConnected = await connect();
    this.#underWay -= 1;
    this.#underWayMax = isConnected
      ? Math.min(this.#underWayMax + 1, limits.concurrencyPerEndpoint)
      : Math.max(Math.floor(this.#underWayMax / 2), 1);
    this.#offerIfRoom();
  }

  #offerIfRoom(): void {
    if (this.#isOffered || this.#waiting.length === 0) return;
    if (this.#underWay >= this.#underWayMax) return;
    this.#isOffered = true;
    this.#offer(this.#link);
  }
}
