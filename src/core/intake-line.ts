/**
 * Who may hand in messages now. Each owner has so many messages under way, from admission to the durable answer, and all
 * together have so many; whoever asks for more waits in line, and of whoever waits with too much the rest is refused:
 *
 *     arrive ──room──▶ under way ──leave──▶ gone
 *        ├──no room──▶ waiting ──turn──▲
 *        └──too much of the owner's waits──▶ refused
 *
 * Turns go by start-time fair queuing (Goyal, Vin and Cheng, 1996): on a line of virtual time, measured in messages, a
 * request starts where its owner's one before ended, or at the present if that is later, and the earliest start is next.
 * So a flood waits behind itself, and somebody who hands in little waits behind one request of each other owner at the
 * most. What is larger than a bound goes alone. Nobody overtakes whose turn it is, so that a large request finds room.
 *
 * An owner that has bulk in hand (bulk-debt.ts) rests before its next batch while somebody else hands in a little: so the
 * machine has room for whoever comes meanwhile. Its small requests go on, `limits.intakeTrickleMessages` at a time. Alone,
 * or among others with bulk, nobody rests.
 *
 * Rejected: one bound for all, which a flood fills and everybody feels; a rest before small requests too, after which all
 * that wait would come at once.
 */
import { bulkDebtAt, type BulkDebt, noBulkDebt } from "./bulk-debt.ts";
import { assert } from "./errors.ts";
import { limits } from "./limits.ts";
import { RecentOwners } from "./recent-owners.ts";
import { WakeHeap } from "./wake-heap.ts";

/** What a request costs. */
export interface RequestSize {
  readonly messages: number;
  /** Of its body, which is in memory while it waits. */
  readonly bytes: number;
}

type Arrival = "admitted" | "waiting" | "refused";

interface Waiting<Request> extends RequestSize {
  readonly request: Request;
}

interface Owner<OwnerKey, Request> {
  readonly key: OwnerKey;
  requestsUnderWay: number;
  messagesUnderWay: number;
  /** In order of arrival. */
  readonly waiting: Waiting<Request>[];
  bytesWaiting: number;
  /** Virtual time at which what was admitted of it ends. */
  end: number;
  /** What its first request waits for: its turn, the end of a rest, or what it has under way itself. */
  waitsFor: "turn" | "rest" | "own";
  debt: BulkDebt;
  /** Admitted since nothing was owed. */
  messagesSinceDebt: number;
  /** It has been in debt, and has had something under way or waiting ever since. */
  isBulk: boolean;
}

/** All times are milliseconds of a clock that never goes back. */
export class IntakeLine<OwnerKey, Request> {
  /** Those with requests under way or waiting. */
  readonly #owners = new Map<OwnerKey, Owner<OwnerKey, Request>>();
  /** Those without, that have had more than their part, the longest ago first: what they ask for next waits for that. */
  readonly #ahead = new Map<OwnerKey, Owner<OwnerKey, Request>>();
  /** By the start of their next request. */
  readonly #line = new WakeHeap<Owner<OwnerKey, Request>>();
  /** By the end of their rest. */
  readonly #resting = new WakeHeap<Owner<OwnerKey, Request>>();
  /** Owners that did not have bulk when they handed in. */
  readonly #light = new RecentOwners<OwnerKey>();
  readonly #bulkShare: number;
  #messagesUnderWay = 0;
  /** The start of what was admitted last. */
  #virtualTime = 0;

  /** @param bulkShare of the time, in which bulk may be in hand while others hand in a little; 1: always */
  constructor(bulkShare: number) {
    this.#bulkShare = bulkShare;
  }

  /** When to `wake`; undefined: nobody rests. */
  get nextWakeAtMs(): number | undefined {
    return this.#resting.nextAtMs;
  }

  /** Whether somebody else hands in a little, and bulk is to be held back for that. */
  hasNeighbour(key: OwnerKey, nowMs: number): boolean {
    const sinceMs = nowMs - this.#light.lastOtherThan(key);
    return this.#bulkShare < 1 && sinceMs < limits.intakeNeighbourMs;
  }

  /** Whoever is admitted has to `leave`. */
  arrive(key: OwnerKey, request: Request, size: RequestSize, nowMs: number): Arrival {
    const { messages, bytes } = size;
    const owner = this.#take(key);
    this.#age(owner, nowMs);
    if (!owner.isBulk) this.#light.note(key, nowMs);
    const isFirst = owner.waiting.length === 0 && this.#line.nextAtMs === undefined;
    const isFree =
      this.#hasOwnRoom(owner, messages, nowMs) && !this.#hasToRest(owner, messages, nowMs);
    if (isFirst && isFree && this.#hasRoom(messages)) {
      this.#admit(owner, messages);
      return "admitted";
    }
    const isTooMany = owner.waiting.length >= limits.intakeRequestsWaiting;
    const isTooMuch = owner.bytesWaiting + bytes > limits.intakeBytesWaiting;
    if (isTooMany || isTooMuch) return "refused";
    owner.waiting.push({ request, messages, bytes });
    owner.bytesWaiting += bytes;
    this.#offer(owner, nowMs);
    return "waiting";
  }

  /** A request that was admitted has ended. Returns those that are admitted now. */
  leave(key: OwnerKey, messages: number, nowMs: number): readonly Request[] {
    const owner = this.#owners.get(key);
    assert(owner !== undefined && owner.requestsUnderWay > 0, "whoever leaves was admitted");
    this.#age(owner, nowMs);
    owner.requestsUnderWay -= 1;
    owner.messagesUnderWay -= messages;
    this.#messagesUnderWay -= messages;
    this.#offer(owner, nowMs);
    const admitted = this.#admitAll(nowMs);
    if (owner.requestsUnderWay === 0 && owner.waiting.length === 0) this.#forget(owner);
    return admitted;
  }

  /** Rests may have ended. Returns those that are admitted now. */
  wake(nowMs: number): readonly Request[] {
    for (;;) {
      const owner = this.#resting.popDue(nowMs);
      if (owner === undefined) return this.#admitAll(nowMs);
      owner.waitsFor = "own";
      this.#age(owner, nowMs);
      this.#offer(owner, nowMs);
    }
  }

  #take(key: OwnerKey): Owner<OwnerKey, Request> {
    const known = this.#owners.get(key);
    if (known !== undefined) return known;
    const owner = this.#ahead.get(key) ?? newOwner<OwnerKey, Request>(key);
    this.#ahead.delete(key);
    this.#owners.set(key, owner);
    return owner;
  }

  #forget(owner: Owner<OwnerKey, Request>): void {
    this.#owners.delete(owner.key);
    if (owner.end <= this.#virtualTime && owner.debt.ms === 0) return;
    this.#ahead.set(owner.key, owner);
    if (this.#ahead.size <= limits.intakeOwnersAhead) return;
    const [oldest] = this.#ahead.keys();
    if (oldest !== undefined) this.#ahead.delete(oldest);
  }

  /** Brings its debt up to now; to be called before what it has under way changes. */
  #age(owner: Owner<OwnerKey, Request>, nowMs: number): void {
    if (this.#bulkShare === 1) return;
    const { debt, messagesUnderWay: messages, messagesSinceDebt: messagesSince } = owner;
    const share = this.#bulkShare / (1 + this.#resting.size); // those with bulk share it
    owner.debt = bulkDebtAt(debt, { messages, share, messagesSince }, nowMs);
    if (owner.debt.ms > 0) owner.isBulk = true;
    else if (owner.requestsUnderWay === 0 && owner.waiting.length === 0) owner.isBulk = false;
  }

  /** Before a request of so many messages. */
  #hasToRest({ key, debt }: Owner<OwnerKey, Request>, messages: number, nowMs: number): boolean {
    const isSmall = messages <= limits.intakeTrickleMessages;
    return debt.ms > 0 && !isSmall && this.hasNeighbour(key, nowMs);
  }

  #hasOwnRoom(owner: Owner<OwnerKey, Request>, messages: number, nowMs: number): boolean {
    const { key, isBulk, requestsUnderWay, messagesUnderWay } = owner;
    const most =
      isBulk && this.hasNeighbour(key, nowMs)
        ? limits.intakeTrickleMessages
        : limits.intakeMessagesPerApplication;
    return requestsUnderWay === 0 || messagesUnderWay + messages <= most;
  }

  #offer(owner: Owner<OwnerKey, Request>, nowMs: number): void {
    const [first] = owner.waiting;
    if (first === undefined || owner.waitsFor !== "own") return;
    if (!this.#hasOwnRoom(owner, first.messages, nowMs)) return;
    if (this.#hasToRest(owner, first.messages, nowMs)) {
      owner.waitsFor = "rest";
      this.#resting.push(nowMs + Math.max(owner.debt.ms, limits.intakeRestMsMin), owner);
    } else {
      owner.waitsFor = "turn";
      this.#line.push(Math.max(owner.end, this.#virtualTime), owner);
    }
  }

  #admitAll(nowMs: number): readonly Request[] {
    const admitted: Request[] = [];
    for (;;) {
      const request = this.#admitNext(nowMs);
      if (request === undefined) return admitted;
      admitted.push(request);
    }
  }

  /** Undefined: there is nobody in line, or no room for whoever is first. */
  #admitNext(nowMs: number): Request | undefined {
    const owner = this.#line.popDue(Infinity);
    if (owner === undefined) return undefined;
    const [first] = owner.waiting;
    assert(first !== undefined, "whoever is in line has a request that waits");
    if (!this.#hasRoom(first.messages)) {
      this.#line.push(Math.max(owner.end, this.#virtualTime), owner);
      return undefined;
    }
    owner.waitsFor = "own";
    owner.waiting.shift();
    owner.bytesWaiting -= first.bytes;
    this.#age(owner, nowMs);
    this.#admit(owner, first.messages);
    this.#offer(owner, nowMs);
    return first.request;
  }

  #hasRoom(messages: number): boolean {
    const all = this.#messagesUnderWay;
    return all === 0 || all + messages <= limits.intakeMessagesUnderWay;
  }

  #admit(owner: Owner<OwnerKey, Request>, messages: number): void {
    this.#virtualTime = Math.max(owner.end, this.#virtualTime);
    owner.end = this.#virtualTime + messages;
    owner.requestsUnderWay += 1;
    owner.messagesUnderWay += messages;
    owner.messagesSinceDebt = (owner.debt.ms > 0 ? owner.messagesSinceDebt : 0) + messages;
    this.#messagesUnderWay += messages;
  }
}

function newOwner<OwnerKey, Request>(key: OwnerKey): Owner<OwnerKey, Request> {
  return {
    key,
    requestsUnderWay: 0,
    messagesUnderWay: 0,
    waiting: [],
    bytesWaiting: 0,
    end: 0,
    waitsFor: "own",
    debt: noBulkDebt,
    messagesSinceDebt: 0,
    isBulk: false,
  };
}
