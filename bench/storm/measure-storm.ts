import { initialPause } from "../../src/core/endpoint-pause.ts";
import {
  type ApplicationKey,
  applicationKeyOf,
  type EndpointKey,
  endpointIdOf,
  endpointKeyOf,
} from "../../src/core/ids.ts";
import { limits } from "../../src/core/limits.ts";
import type { IncomingMessage } from "../../src/core/message.ts";
import { Director } from "../../src/director/director.ts";
import type { AttemptRequest, Destination, Transport } from "../../src/director/ports.ts";
import { MemoryDisk } from "../../src/jobdb/memory/memory-disk.ts";
import { MemoryJobDbStore } from "../../src/jobdb/memory/memory-job-db-store.ts";
import { MemoryFlightRecord } from "../../test/simulation/memory-flight-record.ts";
import { SeededRandom } from "../../test/simulation/seeded-random.ts";
import { SimulatedClock } from "../../test/simulation/simulated-clock.ts";
import { spreadOf } from "../spread.ts";
import type { Spread } from "../throughput-result.ts";

export interface StormOptions {
  readonly applications: number;
  /** Spread evenly over the applications; every second one fails. */
  readonly endpoints: number;
  /** In all, to each endpoint in turn. */
  readonly messagesPerSecond: number;
  /** From the beginning; 0: all are healthy. */
  readonly stormMs: number;
}

export interface StormResult {
  readonly messages: number;
  /** Of the endpoints that are healthy in any case. */
  readonly healthyMs: Spread;
  readonly healthyDelivered: number;
  readonly failingDelivered: number;
  /** Attempts that were answered 503, and how many of them each message of the storm for a failing endpoint cost. */
  readonly failedAttempts: number;
  readonly failedAttemptsPerMessage: number;
  /** The most messages of the storm that one endpoint got in any whole second after it. */
  readonly peakPerSecondAfter: number;
  /** From the end of the storm to the arrival of the last message of it; undefined if there was none or some did not arrive. */
  readonly drainedAfterMs: number | undefined;
  /** Of this machine, not of the simulated one. */
  readonly attemptsPerRealSecond: number;
}

const startMs = 1_700_000_000_000;
const answerMs = 5;
const schedule = [5, 300, 1800, 7200, 18_000];
/** Failing endpoints come and go with the seconds of virtual time, the rest follows from it. */
const seed = 1;

/** One run of `runMs` of virtual time. */
export async function measureStorm(options: StormOptions, runMs: number): Promise<StormResult> {
  const startedAtMs = performance.now();
  const clock = new SimulatedClock(startMs);
  const random = new SeededRandom(seed);
  const network = new StormyNetwork(clock, options);
  const director = await started(clock, random, network);
  const messages = produce(clock, director, { ...options, runMs, network });
  await clock.run(startMs + runMs);
  const realSeconds = (performance.now() - startedAtMs) / 1000;
  return { messages: messages(), ...network.result(realSeconds) };
}

async function started(
  clock: SimulatedClock,
  random: SeededRandom,
  network: StormyNetwork,
): Promise<Director> {
  const disk = new MemoryDisk({
    flush: () => {
      const { promise, resolve } = Promise.withResolvers<void>();
      clock.after(1, resolve);
      return promise;
    },
  });
  const starting = Director.start({
    clock,
    random,
    recorder: new MemoryFlightRecord().forRun(),
    store: new MemoryJobDbStore(disk, { index: 0, count: 1, epoch: 1 }),
    transport: network,
    destinations: {
      find: (endpoint) => network.destinations.get(endpoint),
      pauseOf: () => initialPause,
      throttleRateOf: () => undefined,
    },
    schedule,
    bulkShare: limits.bulkShareDefault,
    sealing: { rowsMax: Infinity, bytesMax: Infinity, ageMsMax: Infinity },
    onGone: () => undefined,
    onFailedForLong: () => undefined,
    onHealth: () => undefined,
    onNotable: () => undefined,
    onTraced: () => undefined,
    onDamaged: () => undefined,
    onQuarantined: () => undefined,
    onFailure: (error) => {
      throw error;
    },
  });
  let done = false;
  void starting.then(() => (done = true));
  await clock.run(startMs, () => done);
  return starting;
}

interface Production extends StormOptions {
  readonly runMs: number;
  readonly network: StormyNetwork;
}

/** Sends one message after the other, in even steps; returns how many there were. */
function produce(clock: SimulatedClock, director: Director, production: Production): () => number {
  const { network, messagesPerSecond, runMs } = production;
  const destinations = [...network.destinations.values()];
  let sent = 0;
  const send = (): void => {
    const atMs = clock.nowMs();
    if (atMs >= startMs + runMs) return;
    const destination = destinations[sent % destinations.length];
    if (destination === undefined) throw new Error("there are endpoints");
    sent += 1;
    network.expect(destination.endpoint, atMs);
    void director.accept([messageFor(destination, clock.nowMs())]);
    clock.after(startMs + (sent * 1000) / messagesPerSecond - atMs, send);
  };
  send();
  return () => sent;
}

/** The payload says when it was sent. */
function messageFor({ application, endpoint }: Destination, atMs: number): IncomingMessage {
  return {
    application,
    eventType: "storm",
    eventId: undefined,
    channels: undefined,
    tags: undefined,
    payload: Uint8Array.from(String(atMs), (character) => character.charCodeAt(0)),
    retentionDays: 90,
    recipients: [{ endpoint, skipped: false }],
  };
}

class StormyNetwork implements Transport {
  readonly destinations: ReadonlyMap<EndpointKey, Destination>;
  readonly #clock: SimulatedClock;
  readonly #stormEndsAtMs: number;
  readonly #healthyMs: number[] = [];
  /** Messages of the storm, by endpoint and whole second. */
  readonly #perSecond = new Map<string, number>();
  #failingDelivered = 0;
  #failedAttempts = 0;
  #attempts = 0;
  #stormMessages = 0;
  #stormArrivals = 0;
  #lastStormArrivalAtMs = 0;

  constructor(clock: SimulatedClock, { endpoints, applications, stormMs }: StormOptions) {
    this.#clock = clock;
    this.#stormEndsAtMs = startMs + stormMs;
    this.destinations = new Map(
      Array.from({ length: endpoints }, (_, index) => {
        const key = endpointKeyOf(index + 1);
        return [key, destinationOf(key, applicationKeyOf(1 + (index % applications)))];
      }),
    );
  }

  costOf(): number {
    return 1;
  }

  /** A message for an endpoint is sent now. */
  expect(endpoint: EndpointKey, atMs: number): void {
    if (isStormy(endpoint) && atMs < this.#stormEndsAtMs) this.#stormMessages += 1;
  }

  send({ destination: { endpoint }, payload }: AttemptRequest) {
    const nowMs = this.#clock.nowMs();
    const sentAtMs = Number(String.fromCharCode(...payload));
    const fails = isStormy(endpoint) && nowMs < this.#stormEndsAtMs;
    this.#attempts += 1;
    if (fails) this.#failedAttempts += 1;
    else this.#arrived(endpoint, sentAtMs);
    const { promise, resolve } = Promise.withResolvers<{
      readonly kind: "answered";
      readonly statusCode: number;
      readonly body: Uint8Array;
      readonly retryAfterMs: undefined;
      readonly durationMs: number;
    }>();
    const answer = { body: new Uint8Array(), retryAfterMs: undefined, durationMs: answerMs };
    const statusCode = fails ? 503 : 200;
    this.#clock.after(answerMs, () => resolve({ kind: "answered", statusCode, ...answer }));
    return promise;
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  result(realSeconds: number): Omit<StormResult, "messages"> {
    const stormMessages = this.#stormMessages;
    return {
      healthyMs: spreadOf(this.#healthyMs),
      healthyDelivered: this.#healthyMs.length,
      failingDelivered: this.#failingDelivered,
      failedAttempts: this.#failedAttempts,
      failedAttemptsPerMessage: this.#failedAttempts / Math.max(1, stormMessages),
      peakPerSecondAfter: Math.max(0, ...this.#perSecond.values()),
      drainedAfterMs:
        stormMessages > 0 && stormMessages === this.#stormArrivals
          ? this.#lastStormArrivalAtMs - this.#stormEndsAtMs
          : undefined,
      attemptsPerRealSecond: Math.round(this.#attempts / realSeconds),
    };
  }

  #arrived(endpoint: EndpointKey, sentAtMs: number): void {
    const atMs = this.#clock.nowMs();
    if (!isStormy(endpoint)) {
      this.#healthyMs.push(atMs + answerMs - sentAtMs);
      return;
    }
    this.#failingDelivered += 1;
    if (sentAtMs >= this.#stormEndsAtMs) return;
    const second = `${endpoint} ${Math.floor(atMs / 1000)}`;
    this.#perSecond.set(second, (this.#perSecond.get(second) ?? 0) + 1);
    this.#stormArrivals += 1;
    this.#lastStormArrivalAtMs = atMs;
  }
}

/** Every second one. */
function isStormy(endpoint: EndpointKey): boolean {
  return endpoint % 2 === 0;
}

function destinationOf(endpoint: EndpointKey, application: ApplicationKey): Destination {
  return {
    endpoint,
    id: endpointIdOf(startMs, new Uint8Array(14).fill(endpoint % 256)),
    application,
    url: `https://endpoint-${endpoint}.example/`,
    disabled: false,
    throttleRate: undefined,
    ordered: false,
    handPause: undefined,
    readable: true,
    headers: [],
    tls: undefined,
    secrets: [],
  };
}
