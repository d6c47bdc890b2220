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
 * Rejected: one bound for all, which a flood fills and everybody feels.
 */
import { assert } from "./errors.ts";
import { limits } from "./limits.ts";
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

interface Owner<Request> {
  requestsUnderWay: number;
  messagesUnderWay: number;
  /** In order of arrival. */
  readonly waiting: Waiting<Request>[];
  bytesWaiting: number;
  /** Virtual time at which what was admitted of it ends. */
  end: number;
  /** Its first request waits for nothing but its turn. */
  inLine: boolean;
}

export class IntakeLine<OwnerKey, Request> {
  /** Those with requests under way or waiting. */
  readonly #owners = new Map<OwnerKey, Owner<Request>>();
  /** Those without, that have had more than their part, the longest ago first: what they ask for next waits for that. */
  readonly #ahead = new Map<OwnerKey, Owner<Request>>();
  /** By the start of their next request. */
  readonly #line = new WakeHeap<Owner<Request>>();
  #messagesUnderWay = 0;
  /** The start of what was admitted last. */
  #virtualTime = 0;

  /** Whoever is admitted has to `leave`. */
  arrive(key: OwnerKey, request: Request, { messages, bytes }: RequestSize): Arrival {
    const owner = this.#take(key);
    const isFirst = owner.waiting.length === 0 && this.#line.nextAtMs === undefined;
    if (isFirst && hasOwnRoom(owner, messages) && this.#hasRoom(messages)) {
      this.#admit(owner, messages);
      return "admitted";
    }
    const isTooMany = owner.waiting.length >= limits.intakeRequestsWaiting;
    const isTooMuch = owner.bytesWaiting + bytes > limits.intakeBytesWaiting;
    if (isTooMany || isTooMuch) return "refused";
    owner.waiting.push({ request, messages, bytes });
    owner.bytesWaiting += bytes;
    this.#offer(owner);
    return "waiting";
  }

  /** A request that was admitted has ended. Returns those that are admitted now. */
  leave(key: OwnerKey, messages: number): readonly Request[] {
    const owner = this.#owners.get(key);
    assert(owner !== undefined && owner.requestsUnderWay > 0, "whoever leaves was admitted");
    owner.requestsUnderWay -= 1;
    owner.messagesUnderWay -= messages;
    this.#messagesUnderWay -= messages;
    this.#offer(owner);
    const admitted: Request[] = [];
    for (;;) {
      const request = this.#admitNext();
      if (request === undefined) break;
      admitted.push(request);
    }
    if (owner.requestsUnderWay === 0 && owner.waiting.length === 0) this.#forget(key, owner);
    return admitted;
  }

  #take(key: OwnerKey): Owner<Request> {
    const known = this.#owners.get(key);
    if (known !== undefined) return known;
    const owner = this.#ahead.get(key) ?? newOwner<Request>();
    this.#ahead.delete(key);
    this.#owners.set(key, owner);
    return owner;
  }

  #forget(key: OwnerKey, owner: Owner<Request>): void {
    this.#owners.delete(key);
    if (owner.end <= this.#virtualTime) return;
    this.#ahead.set(key, owner);
    if (this.#ahead.size <= limits.intakeOwnersAhead) return;
    const [oldest] = this.#ahead.keys();
    if (oldest !== undefined) this.#ahead.delete(oldest);
  }

  #offer(owner: Owner<Request>): void {
    const [first] = owner.waiting;
    if (first === undefined || owner.inLine || !hasOwnRoom(owner, first.messages)) return;
    owner.inLine = true;
    this.#line.push(Math.max(owner.end, this.#virtualTime), owner);
  }

  /** Undefined: there is nobody in line, or no room for whoever is first. */
  #admitNext(): Request | undefined {
    const owner = this.#line.popDue(Infinity);
    if (owner === undefined) return undefined;
    owner.inLine = false;
    const [first] = owner.waiting;
    assert(first !== undefined, "whoever is in line has a request that waits");
    if (!this.#hasRoom(first.messages)) {
      this.#offer(owner);
      return undefined;
    }
    owner.waiting.shift();
    owner.bytesWaiting -= first.bytes;
    this.#admit(owner, first.messages);
    this.#offer(owner);
    return first.request;
  }

  #hasRoom(messages: number): boolean {
    const all = this.#messagesUnderWay;
    return all === 0 || all + messages <= limits.intakeMessagesUnderWay;
  }

  #admit(owner: Owner<Request>, messages: number): void {
    this.#virtualTime = Math.max(owner.end, this.#virtualTime);
    owner.end = this.#virtualTime + messages;
    owner.requestsUnderWay += 1;
    owner.messagesUnderWay += messages;
    this.#messagesUnderWay += messages;
  }
}

function newOwner<Request>(): Owner<Request> {
  return {
    requestsUnderWay: 0,
    messagesUnderWay: 0,
    waiting: [],
    bytesWaiting: 0,
    end: 0,
    inLine: false,
  };
}

function hasOwnRoom({ requestsUnderWay, messagesUnderWay }: Owner<unknown>, messages: number) {
  return (
    requestsUnderWay === 0 || messagesUnderWay + messages <= limits.intakeMessagesPerApplication
  );
}
