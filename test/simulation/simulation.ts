/**
 * The whole Director in a world made from a seed: clock, disk, network and endpoints. First faults (endpoints that hang, fail,
 * refuse or go away; crashes at any moment, with commits under way), then healing; and at the end every acknowledged
 * delivery must have been made, none at a wrong place, none early, and none twice but for a crash.
 */
import { deliveryNumberOf, messageRowOf } from "../../src/core/delivery.ts";
import {
  type Address,
  applicationKeyOf,
  type EndpointKey,
  endpointIdOf,
  endpointKeyOf,
  messageIdOf,
  parseMessageId,
} from "../../src/core/ids.ts";
import type { IncomingMessage } from "../../src/core/message.ts";
import { Director } from "../../src/director/director.ts";
import type { Destination, Destinations } from "../../src/director/ports.ts";
import { MemoryDisk } from "../../src/jobdb/memory/memory-disk.ts";
import { MemoryJobDbStore } from "../../src/jobdb/memory/memory-job-db-store.ts";
import { SeededRandom } from "./seeded-random.ts";
import { SimulatedClock } from "./simulated-clock.ts";
import { type Arrival, type Behaviour, behaviours, SimulatedNetwork } from "./simulated-network.ts";

export interface SimulationResult {
  readonly seed: number;
  /** Everything that must not have happened, in words; empty if all is well. */
  readonly violations: readonly string[];
  readonly acknowledged: number;
  readonly deliveries: number;
  readonly attempts: number;
  readonly crashes: number;
  /** Arrivals after a 2xx, each explained by a crash. */
  readonly duplicates: number;
}

const schedule = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512];
const startMs = 1_700_000_000_000;
const faultsMs = 120_000;
const healingMs = 3 * 60 * 60 * 1000;

/** One run of the program in the world, from a start to its crash. */
interface Process {
  /** Clock and network look here whether they still have somebody to call back. */
  readonly life: { readonly run: number; alive: boolean };
  readonly director: Director;
}

interface Sent {
  readonly message: IncomingMessage;
  /** Set when it was acknowledged. */
  address: Address | undefined;
}

export async function simulate(seed: number): Promise<SimulationResult> {
  const world = new World(seed);
  await world.faults();
  await world.healing();
  return world.result();
}

class World {
  readonly #seed: number;
  readonly #random: SeededRandom;
  readonly #clock = new SimulatedClock(startMs);
  readonly #disk: MemoryDisk;
  readonly #network: SimulatedNetwork;
  readonly #behaviours = new Map<EndpointKey, Behaviour>();
  readonly #disabled = new Set<EndpointKey>();
  readonly #sent = new Map<string, Sent>();
  /** The messages that were handed in together. */
  readonly #batches: (readonly string[])[] = [];
  readonly #violations: string[] = [];
  /** Deliveries that were answered 2xx without the program knowing it durably, and in how many runs. */
  readonly #forgotten = new Map<string, number>();
  #process: Process | undefined;
  #runs = 0;

  constructor(seed: number) {
    this.#seed = seed;
    this.#random = new SeededRandom(seed);
    const endpoints = this.#random.integer(1, 12);
    for (let key = 1; key <= endpoints; key += 1) {
      this.#behaviours.set(endpointKeyOf(key), this.#random.pick(behaviours));
    }
    this.#disk = new MemoryDisk({
      flush: () => this.#wait(this.#random.chance(0.05) ? 200 : 1),
      survives: () => this.#random.chance(0.5),
    });
    this.#network = new SimulatedNetwork(this.#clock, this.#random, this.#behaviours);
  }

  async faults(): Promise<void> {
    await this.#start();
    const untilMs = startMs + faultsMs;
    this.#producers(untilMs);
    const crashes = this.#random.integer(0, 4);
    for (let crash = 0; crash < crashes; crash += 1) {
      await this.#clock.run(this.#clock.nowMs() + this.#random.integer(1, faultsMs / 4));
      if (this.#random.chance(0.5)) await this.#beginBatch();
      this.#crash();
      await this.#clock.run(this.#clock.nowMs() + this.#random.integer(0, 2_000));
      await this.#start();
    }
    await this.#clock.run(untilMs);
  }

  async healing(): Promise<void> {
    this.#network.heal();
    for (const endpoint of this.#disabled) {
      this.#disabled.delete(endpoint);
      this.#process?.director.endpointChanged(endpoint);
    }
    await this.#clock.run(this.#clock.nowMs() + healingMs);
    this.#noteForgotten();
    await this.#stop();
  }

  result(): SimulationResult {
    this.#checkArrivals();
    this.#checkDelivered();
    this.#checkBatches();
    this.#checkDrained();
    const acknowledged = [...this.#sent.values()].filter((sent) => sent.address !== undefined);
    return {
      seed: this.#seed,
      violations: this.#violations,
      acknowledged: acknowledged.length,
      deliveries: acknowledged.reduce((sum, sent) => sum + sent.message.recipients.length, 0),
      attempts: this.#network.arrivals.length,
      crashes: this.#runs - 1,
      duplicates: this.#forgotten.size,
    };
  }

  #wait(ms: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#clock.after(ms, resolve);
    return promise;
  }

  async #start(): Promise<void> {
    this.#runs += 1;
    const life = { run: this.#runs, alive: true };
    const starting = Director.start({
      clock: this.#clock.forProcess(life),
      random: this.#random,
      store: new MemoryJobDbStore(this.#disk, { index: 0, count: 1, epoch: this.#runs }),
      transport: this.#network.forProcess(life),
      destinations: this.#destinations(),
      schedule,
      onGone: (endpoint) => this.#disabled.add(endpoint),
      onNotable: () => undefined,
      onFailure: (error) => {
        if (life.alive) this.#violations.push(`the Director failed: ${String(error)}`);
      },
    });
    let director: Director | undefined;
    void starting.then((started) => (director = started));
    await this.#clock.run(this.#clock.nowMs() + 1_000, () => director !== undefined);
    this.#process = { life, director: await starting };
  }

  #destinations(): Destinations {
    const made = new Map<EndpointKey, Destination>();
    return {
      find: (endpoint) => {
        const known = made.get(endpoint);
        const disabled = this.#disabled.has(endpoint);
        if (known?.disabled === disabled) return known;
        const destination: Destination = {
          endpoint,
          id: endpointIdOf(startMs, new Uint8Array(14).fill(endpoint)),
          application: applicationKeyOf(1),
          url: `https://endpoint-${endpoint}.example/`,
          disabled,
          headers: [],
          secrets: [],
        };
        made.set(endpoint, destination);
        return destination;
      },
    };
  }

  /** Batches of messages at random moments, more than a window now and then. */
  #producers(untilMs: number): void {
    const random = this.#random;
    const produce = (): void => {
      if (this.#clock.nowMs() >= untilMs) return;
      const batch = random.chance(0.02) ? random.integer(200, 700) : random.integer(1, 5);
      void this.#send(Array.from({ length: batch }, () => this.#newMessage()));
      this.#clock.after(random.integer(1, 4_000), produce);
    };
    produce();
  }

  /** Left to itself a crash seldom comes while a batch is being committed. */
  async #beginBatch(): Promise<void> {
    void this.#send(Array.from({ length: this.#random.integer(2, 9) }, () => this.#newMessage()));
    await this.#clock.run(this.#clock.nowMs() + this.#random.integer(0, 2));
  }

  #newMessage(): IncomingMessage {
    const endpoints = [...this.#behaviours.keys()].filter(() => this.#random.chance(0.5));
    const text = `message ${this.#sent.size}`;
    const message: IncomingMessage = {
      application: applicationKeyOf(1),
      eventType: "test",
      eventId: undefined,
      channels: undefined,
      tags: undefined,
      payload: Uint8Array.from(text, (character) => character.charCodeAt(0)),
      retentionDays: 90,
      recipients: endpoints.map((endpoint) => ({ endpoint, skipped: false })),
    };
    this.#sent.set(text, { message, address: undefined });
    return message;
  }

  async #send(messages: readonly IncomingMessage[]): Promise<void> {
    const process = this.#process;
    if (process?.life.alive !== true) return; // connection refused
    const texts = messages.map(textOf);
    this.#batches.push(texts);
    try {
      const addresses = await process.director.accept(messages);
      if (!process.life.alive) return; // the answer got lost
      for (const [index, text] of texts.entries()) {
        const sent = this.#sent.get(text);
        if (sent !== undefined) sent.address = addresses[index];
      }
    } catch (error) {
      if (process.life.alive) this.#violations.push(`a message was refused: ${String(error)}`);
    }
  }

  #crash(): void {
    if (this.#process === undefined) return;
    this.#process.life.alive = false;
    this.#disk.crash();
    this.#noteForgotten();
  }

  /** Whatever was answered 2xx and is not in an attempt row now may be sent once more. */
  #noteForgotten(): void {
    const nowMs = this.#clock.nowMs();
    for (const arrival of this.#network.arrivals) {
      if (arrival.run !== this.#runs || !isSuccess(arrival)) continue;
      if (arrival.answeredAtMs <= nowMs && this.#isRecorded(arrival)) continue;
      this.#forgotten.set(keyOf(arrival), (this.#forgotten.get(keyOf(arrival)) ?? 0) + 1);
    }
  }

  #isRecorded(arrival: Arrival): boolean {
    const address = parseMessageId(arrival.messageId);
    const file = address === undefined ? undefined : this.#disk.files.get(address.jobDb);
    return (
      file?.attempts.some(
        (attempt) =>
          attempt.settlement === "delivered" &&
          attempt.endpoint === arrival.endpoint &&
          messageRowOf(attempt.delivery) === address?.row,
      ) ?? false
    );
  }

  async #stop(): Promise<void> {
    const process = this.#process;
    if (process === undefined) return;
    let stopped = false;
    const stopping = process.director.stop(25_000).then(() => (stopped = true));
    await this.#clock.run(this.#clock.nowMs() + 60_000, () => stopped);
    await stopping;
  }

  #checkArrivals(): void {
    const timesDelivered = new Map<string, number>();
    const last = new Map<string, Arrival>();
    const attempts = new Map<string, number>();
    for (const arrival of this.#network.arrivals) {
      const key = keyOf(arrival);
      this.#checkPlace(arrival);
      if ((timesDelivered.get(key) ?? 0) > (this.#forgotten.get(key) ?? 0)) {
        this.#violations.push(`twice without a crash that explains it: ${key}`);
      }
      const before = last.get(key);
      if (before?.run === arrival.run) {
        const number = (attempts.get(key) ?? 0) + 1;
        this.#checkNotEarly(key, { before, arrival, number });
      }
      attempts.set(key, (attempts.get(key) ?? 0) + 1);
      last.set(key, arrival);
      if (isSuccess(arrival)) timesDelivered.set(key, (timesDelivered.get(key) ?? 0) + 1);
    }
  }

  #checkPlace(arrival: Arrival): void {
    const sent = this.#sent.get(arrival.payload);
    if (sent === undefined) {
      this.#violations.push(`unexpected or altered: ${arrival.payload}`);
    } else if (
      !sent.message.recipients.some((recipient) => recipient.endpoint === arrival.endpoint)
    ) {
      this.#violations.push(`misplaced: ${arrival.payload} at ${arrival.endpoint}`);
    } else if (sent.address !== undefined && messageIdOf(sent.address) !== arrival.messageId) {
      this.#violations.push(`another id: ${arrival.payload} came as ${arrival.messageId}`);
    }
  }

  /** The least that any failed attempt waits; a longer wait than the first is due only when attempts were counted. */
  #checkNotEarly(
    key: string,
    { before, arrival, number }: { before: Arrival; arrival: Arrival; number: number },
  ): void {
    const leastSeconds = before.statusCode === 429 ? 3 : (schedule[0] ?? 0);
    if (arrival.atMs < before.answeredAtMs + leastSeconds * 1000) {
      this.#violations.push(`early: attempt ${number} of ${key}`);
    }
  }

  #checkDelivered(): void {
    const done = new Set(
      this.#network.arrivals
        .filter((arrival) => isSuccess(arrival) || arrival.statusCode === 410)
        .map((arrival) => keyOf(arrival)),
    );
    for (const { message, address } of this.#sent.values()) {
      if (address === undefined) continue;
      for (const [ordinal, { endpoint }] of message.recipients.entries()) {
        if (done.has(`${messageIdOf(address)} at ${endpoint}`)) continue;
        const delivery = deliveryNumberOf(address.row, ordinal);
        this.#violations.push(
          `lost: delivery ${delivery} of JobDb ${address.jobDb}, endpoint ${endpoint}`,
        );
      }
    }
  }

  /** Rows never go away, so half a batch at any time is half a batch at the end. */
  #checkBatches(): void {
    const stored = new Set(
      [...this.#disk.files.values()].flatMap((file) => file.messages.map(textOf)),
    );
    for (const batch of this.#batches) {
      const count = batch.filter((text) => stored.has(text)).length;
      if (count > 0 && count < batch.length) {
        this.#violations.push(`torn: ${count} of the ${batch.length} messages of a batch`);
      }
    }
  }

  #checkDrained(): void {
    const newest = Math.max(...this.#disk.files.keys());
    for (const file of this.#disk.files.values()) {
      if (file.number !== newest && !file.drained) {
        this.#violations.push(
          `JobDb ${file.number} has nothing unsettled and is not marked drained`,
        );
      }
    }
  }
}

function textOf({ payload }: Pick<IncomingMessage, "payload">): string {
  return String.fromCharCode(...payload);
}

function keyOf(arrival: Arrival): string {
  return `${arrival.messageId} at ${arrival.endpoint}`;
}

function isSuccess(arrival: Arrival): boolean {
  return arrival.statusCode >= 200 && arrival.statusCode < 300;
}
