/**
 * Judges a run by what was sent, what was acknowledged and what arrived (after Jepsen's total-queue checker).
 *
 * A *life* of the server is the time between its start and its end. Within one life a delivery that a receiver accepted
 * never arrives again. It may arrive again in a later life only if its outcome was not durable when that life ended: the
 * attempt was in flight, or done and not committed. So every end of a life gives an exact set of deliveries that may be
 * repeated, once each; its size is the bound. A life that ends in order (SIGTERM) leaves an empty set.
 *
 * What arrives is recognised by its body, so every message sent must have a body of its own.
 */
export interface SentMessage {
  readonly bodyHash: string;
  /** The endpoints that it must reach. */
  readonly recipients: ReadonlySet<string>;
}

/** One complete request at a receiver. */
export interface Arrival {
  readonly endpoint: string;
  /** `webhook-id`. */
  readonly messageId: string;
  readonly bodyHash: string;
  /** What the official library says. */
  readonly signature: "valid" | "invalid";
  /** Whether the receiver answers 2xx. */
  readonly answer: "accepted" | "refused";
  /** Unix milliseconds, fractions included. */
  readonly atMs: number;
}

/** What an arrival turned out to be. `repeated`: accepted before, but allowed; `excess`: accepted before, not allowed. */
export type Verdict = "delivered" | "refused" | "repeated" | Fault;

/**
 * `altered`: not the body that this id stands for. `unexpected`: a body that nobody sent, or one POST under two ids.
 * `misplaced`: at an endpoint that must not have it. `unsigned`: the signature does not verify. `early`: sooner after a
 * refusal than any retry may come. `unstored`: acknowledged, and not durable when the server ended. `torn`: a batch of
 * which a part was durable then, whether it was acknowledged or not.
 */
export type Fault =
  | "altered"
  | "unexpected"
  | "misplaced"
  | "unsigned"
  | "early"
  | "excess"
  | "unstored"
  | "torn";

/** What a server that has ended left on disk. */
export interface Durable {
  isStored(messageId: string): boolean;
  /** Whether a message with this body is on disk. */
  isBodyStored(bodyHash: string): boolean;
  /** Whether an outcome that settles the delivery is on disk. */
  isSettled(messageId: string, endpoint: string): boolean;
}

export interface LifeEnd {
  /** Deliveries accepted by receivers in the life that ended. */
  readonly accepted: number;
  /** Those of them whose outcome was not durable: the bound of what may arrive again because of this end. */
  readonly repeatable: number;
}

export interface Report {
  readonly sent: number;
  readonly acknowledged: number;
  /** Deliveries that acknowledged messages owe, to endpoints that can be delivered to. */
  readonly owed: number;
  /** Owed and never accepted. */
  readonly lost: number;
  readonly arrivals: number;
  readonly faults: Readonly<Record<Fault, number>>;
  /** Arrivals of what had been accepted before and was allowed to be repeated. */
  readonly repeated: number;
  /** The sum of the bounds of all ends: `repeated` can't exceed it without being `excess`. */
  readonly repeatable: number;
  /** The first faults and losses in words. */
  readonly examples: readonly string[];
}

interface Post extends SentMessage {
  /** How often it was POSTed: an answer that got lost may hide an accepted message. */
  posts: number;
  readonly ids: Set<string>;
}

interface Track {
  readonly messageId: string;
  readonly endpoint: string;
  /** `open`: never accepted; `accepted`: in this life; `repeatable`: in an earlier one, not durably; `closed`: durably. */
  state: "open" | "accepted" | "repeatable" | "closed";
}

const examplesKept = 20;

export class DeliveryChecker {
  readonly #deliverable: ReadonlySet<string>;
  readonly #retryDelayMsMin: number;
  readonly #posts = new Map<string, Post>();
  /** Which body an id stands for: the acknowledgement says so, and until then the first arrival. */
  readonly #bodyHashes = new Map<string, string>();
  readonly #acknowledged = new Set<string>();
  readonly #tracks = new Map<string, Track>();
  #acknowledgedInLife: string[] = [];
  /** The body hashes of each batch that was sent in this life. */
  #batchesInLife: (readonly string[])[] = [];
  #acceptedInLife: Track[] = [];
  /** When a delivery was last refused in this life, Unix milliseconds. */
  readonly #refusedAtMs = new Map<Track, number>();
  #owed = 0;
  #outstanding = 0;
  #drained: PromiseWithResolvers<void> | undefined;
  #arrivals = 0;
  #repeated = 0;
  #repeatable = 0;
  readonly #faults: Record<Fault, number> = {
    altered: 0,
    unexpected: 0,
    misplaced: 0,
    unsigned: 0,
    early: 0,
    excess: 0,
    unstored: 0,
    torn: 0,
  };
  readonly #examples: string[] = [];

  /**
   * @param deliverable the endpoints that accept sooner or later: only there can something be lost
   * @param retryDelayMsMin the shortest wait before any retry
   */
  constructor(deliverable: ReadonlySet<string>, retryDelayMsMin: number) {
    this.#deliverable = deliverable;
    this.#retryDelayMsMin = retryDelayMsMin;
  }

  get acknowledged(): number {
    return this.#acknowledged.size;
  }

  /** Acknowledged deliveries that are still to be accepted, at endpoints that can be delivered to. */
  get outstanding(): number {
    return this.#outstanding;
  }

  /** Resolves once nothing is outstanding. For use when nothing more is sent. */
  async drained(): Promise<void> {
    if (this.#outstanding === 0) return;
    this.#drained ??= Promise.withResolvers();
    await this.#drained.promise;
  }

  /** Call before each POST, so also before one that repeats a POST whose answer got lost. */
  sending(message: SentMessage): void {
    const post = this.#posts.get(message.bodyHash);
    if (post === undefined)
      this.#posts.set(message.bodyHash, { ...message, posts: 1, ids: new Set() });
    else post.posts += 1;
  }

  /** Call instead for the messages of a batch: all of them are to be stored or none. */
  sendingTogether(messages: readonly SentMessage[]): void {
    for (const message of messages) this.sending(message);
    this.#batchesInLife.push(messages.map(({ bodyHash }) => bodyHash));
  }

  /**
   * Call instead before a POST that repeats one under its idempotency key: however often that is done, each message is
   * stored once. Several messages are those of a batch.
   */
  repeating(messages: readonly SentMessage[]): void {
    if (messages.length > 1) this.#batchesInLife.push(messages.map(({ bodyHash }) => bodyHash));
  }

  /** The server answered that it has the message, and what its id is. */
  acknowledge(messageId: string, message: SentMessage): void {
    const arrived = this.#bodyHashes.get(messageId);
    if (arrived !== undefined && arrived !== message.bodyHash) this.#blame("altered", messageId);
    this.#bodyHashes.set(messageId, message.bodyHash);
    if (this.#hasIdTooMany(messageId, message.bodyHash)) this.#blame("unexpected", messageId);
    if (this.#acknowledged.has(messageId)) return; // the answer to a POST that was repeated
    this.#acknowledged.add(messageId);
    this.#acknowledgedInLife.push(messageId);
    for (const endpoint of message.recipients) {
      if (!this.#deliverable.has(endpoint)) continue;
      this.#owed += 1;
      if (this.#track(messageId, endpoint).state === "open") this.#outstanding += 1;
    }
  }

  arrive(arrival: Arrival): Verdict {
    this.#arrivals += 1;
    const fault = this.#faultOf(arrival);
    if (fault !== undefined) {
      return this.#blame(fault, keyOf(arrival.messageId, arrival.endpoint));
    }
    const track = this.#track(arrival.messageId, arrival.endpoint);
    const where = keyOf(arrival.messageId, arrival.endpoint);
    if (track.state === "accepted" || track.state === "closed") return this.#blame("excess", where);
    const refusedAtMs = this.#refusedAtMs.get(track) ?? -Infinity;
    const verdict =
      arrival.answer === "refused" ? this.#refuse(track, arrival) : this.#accept(track);
    const isEarly = arrival.atMs - refusedAtMs < this.#retryDelayMsMin;
    return isEarly ? this.#blame("early", where) : verdict;
  }

  /** The server has ended, and all that it had sent has been told. */
  endLife(how: "killed" | "stopped", durable: Durable): LifeEnd {
    for (const messageId of this.#acknowledgedInLife) {
      if (!durable.isStored(messageId)) this.#blame("unstored", messageId);
    }
    for (const batch of this.#batchesInLife) {
      const stored = batch.filter((bodyHash) => durable.isBodyStored(bodyHash)).length;
      if (stored > 0 && stored < batch.length) {
        this.#blame("torn", `${stored} of the ${batch.length} messages of a batch`);
      }
    }
    const accepted = this.#acceptedInLife.length;
    let repeatable = 0;
    for (const track of this.#acceptedInLife) {
      const isSettled = durable.isSettled(track.messageId, track.endpoint);
      if (!isSettled) repeatable += 1;
      track.state = isSettled || how === "stopped" ? "closed" : "repeatable";
    }
    this.#acknowledgedInLife = [];
    this.#batchesInLife = [];
    this.#acceptedInLife = [];
    this.#refusedAtMs.clear();
    this.#repeatable += how === "killed" ? repeatable : 0;
    return { accepted, repeatable };
  }

  report(): Report {
    return {
      sent: this.#posts.size,
      acknowledged: this.#acknowledged.size,
      owed: this.#owed,
      lost: this.#outstanding,
      arrivals: this.#arrivals,
      faults: { ...this.#faults },
      repeated: this.#repeated,
      repeatable: this.#repeatable,
      examples: [...this.#examples, ...this.#losses()],
    };
  }

  /** How one endpoint fared: acknowledged deliveries that it was to get, and those that it accepted. */
  endpointReport(endpoint: string): { readonly sent: number; readonly delivered: number } {
    let sent = 0;
    let delivered = 0;
    for (const messageId of this.#acknowledged) {
      if (!this.#recipientsOf(messageId).has(endpoint)) continue;
      sent += 1;
      if (this.#isAccepted(messageId, endpoint)) delivered += 1;
    }
    return { sent, delivered };
  }

  #faultOf(arrival: Arrival): Fault | undefined {
    if (arrival.signature === "invalid") return "unsigned";
    const bodyHash = this.#bodyHashes.get(arrival.messageId) ?? arrival.bodyHash;
    if (bodyHash !== arrival.bodyHash) return "altered";
    if (!this.#posts.has(bodyHash)) return "unexpected";
    this.#bodyHashes.set(arrival.messageId, bodyHash);
    if (this.#hasIdTooMany(arrival.messageId, bodyHash)) return "unexpected";
    return this.#recipientsOf(arrival.messageId).has(arrival.endpoint) ? undefined : "misplaced";
  }

  /** A body has no more ids than it was POSTed times. */
  #hasIdTooMany(messageId: string, bodyHash: string): boolean {
    const post = this.#posts.get(bodyHash);
    if (post === undefined) return true;
    post.ids.add(messageId);
    return post.ids.size > post.posts;
  }

  #recipientsOf(messageId: string): ReadonlySet<string> {
    const bodyHash = this.#bodyHashes.get(messageId) ?? "";
    return this.#posts.get(bodyHash)?.recipients ?? new Set();
  }

  #refuse(track: Track, arrival: Arrival): Verdict {
    this.#refusedAtMs.set(track, arrival.atMs);
    return "refused";
  }

  #accept(track: Track): Verdict {
    const isRepeated = track.state === "repeatable";
    track.state = "accepted";
    this.#acceptedInLife.push(track);
    if (isRepeated) {
      this.#repeated += 1;
      return "repeated";
    }
    const isOwed = this.#acknowledged.has(track.messageId) && this.#deliverable.has(track.endpoint);
    if (isOwed) this.#outstanding -= 1;
    if (this.#outstanding === 0) this.#drained?.resolve();
    return "delivered";
  }

  #blame(fault: Fault, where: string): Fault {
    this.#faults[fault] += 1;
    if (this.#examples.length < examplesKept) this.#examples.push(`${fault}: ${where}`);
    return fault;
  }

  #losses(): readonly string[] {
    const losses: string[] = [];
    for (const messageId of this.#acknowledged) {
      for (const endpoint of this.#recipientsOf(messageId)) {
        if (losses.length === examplesKept) return losses;
        const isLost = this.#deliverable.has(endpoint) && !this.#isAccepted(messageId, endpoint);
        if (isLost) losses.push(`lost: ${keyOf(messageId, endpoint)}`);
      }
    }
    return losses;
  }

  #isAccepted(messageId: string, endpoint: string): boolean {
    return (this.#tracks.get(keyOf(messageId, endpoint))?.state ?? "open") !== "open";
  }

  #track(messageId: string, endpoint: string): Track {
    const key = keyOf(messageId, endpoint);
    const known = this.#tracks.get(key);
    if (known !== undefined) return known;
    const track: Track = { messageId, endpoint, state: "open" };
    this.#tracks.set(key, track);
    return track;
  }
}

function keyOf(messageId: string, endpoint: string): string {
  return `${messageId} at ${endpoint}`;
}
