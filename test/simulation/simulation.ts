/**
 * The whole Director in a world made from a seed: clock, disk, network and endpoints. First faults (endpoints that hang, fail,
 * refuse or go away; crashes at any moment, with commits under way), then healing; and at the end every acknowledged
 * delivery must have been made, none at a wrong place, none early, and none twice but for a crash. Meanwhile operators do what they do
 * (simulated-operators.ts).
 */
import type { IncomingMessage } from "../../src/core/message.ts";
import { PosthornError } from "../../src/core/errors.ts";
import { limits } from "../../src/core/limits.ts";
import type { Retention, StoredJobDb } from "../../src/core/retention.ts";
import type { SealingLimits } from "../../src/core/sealing.ts";
import { Director } from "../../src/director/director.ts";
import { Dropper } from "../../src/director/dropper.ts";
import { MemoryDisk, type MemoryFile } from "../../src/jobdb/memory/memory-disk.ts";
import { MemoryJobDbStore } from "../../src/jobdb/memory/memory-job-db-store.ts";
import { MemoryFlightRecord } from "./memory-flight-record.ts";
import { SeededRandom } from "./seeded-random.ts";
import type { SimulationResult } from "./simulation-result.ts";
import { SimulatedClock } from "./simulated-clock.ts";
import { SimulatedEndpoints } from "./simulated-endpoints.ts";
import { SimulatedNetwork } from "./simulated-network.ts";
import { SimulatedOperators } from "./simulated-operators.ts";
import {
  messageOf,
  noteForgotten,
  textOf,
  violationsOf,
  type WorldRecord,
} from "./world-record.ts";

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
  readonly #flights = new MemoryFlightRecord();
  readonly #endpoints: SimulatedEndpoints;
  readonly #record: WorldRecord;
  readonly #operators: SimulatedOperators;
  readonly #violations: string[] = [];
  readonly #sealing: SealingLimits;
  readonly #retention: Retention;
  /** All that ever were, with what was in them. */
  readonly #files = new Map<number, MemoryFile>();
  #process: Process | undefined;
  #runs = 0;

  constructor(seed: number) {
    this.#seed = seed;
    this.#random = new SeededRandom(seed);
    this.#endpoints = new SimulatedEndpoints(this.#random);
    this.#disk = new MemoryDisk({
      flush: () => this.#wait(this.#random.chance(0.05) ? 200 : 1),
      survives: () => this.#random.chance(0.5),
    });
    this.#network = new SimulatedNetwork(this.#clock, this.#random, this.#endpoints.all);
    this.#sealing = {
      rowsMax: this.#random.pick([1, 20, 300, 5_000]),
      bytesMax: this.#random.pick([100, 10_000, Infinity]),
      ageMsMax: this.#random.pick([2_000, 30_000, 3_600_000]),
    };
    this.#retention = {
      keptMs: this.#random.pick([0, 20_000, 3_600_000, Infinity]),
      ownKeptMs: this.#endpoints.ownKeptMs,
      bytesMax: this.#random.pick([0, 2_000, Infinity, Infinity]),
    };
    this.#record = {
      schedule,
      endpoints: this.#endpoints,
      sent: new Map(),
      batches: [],
      resent: [],
      cancellations: [],
      deleted: new Map(),
      forgotten: new Map(),
      arrivals: this.#network.arrivals,
      attempts: this.#network.attempts,
      answered: this.#network.answered,
      files: this.#files,
    };
    this.#operators = new SimulatedOperators({
      clock: this.#clock,
      random: this.#random,
      endpoints: this.#endpoints,
      record: this.#record,
      ask: (ask) => this.#ask(ask),
      onChanged: (endpoint) => this.#process?.director.endpointChanged(endpoint),
    });
  }

  async faults(): Promise<void> {
    await this.#start();
    const untilMs = startMs + faultsMs;
    this.#producers(untilMs);
    this.#operators.work(untilMs);
    const crashes = this.#random.integer(0, 4);
    for (let crash = 0; crash < crashes; crash += 1) {
      await this.#clock.run(this.#clock.nowMs() + this.#random.integer(1, faultsMs / 4));
      if (this.#random.chance(0.5)) await this.#beginBatch();
      this.#crash();
      await this.#clock.run(this.#clock.nowMs() + this.#random.integer(0, 2_000));
      await this.#start();
      if (this.#random.chance(0.5)) await this.#beginBatch();
    }
    await this.#clock.run(untilMs);
  }

  async healing(): Promise<void> {
    this.#network.heal();
    this.#operators.heal();
    await this.#clock.run(this.#clock.nowMs() + healingMs);
    this.#stored();
    noteForgotten(this.#record);
    await this.#stop();
  }

  result(): SimulationResult {
    const sent = [...this.#record.sent.values()];
    const acknowledged = sent.filter(({ address }) => address !== undefined);
    return {
      seed: this.#seed,
      violations: [...this.#violations, ...violationsOf(this.#record)],
      acknowledged: acknowledged.length,
      deliveries: acknowledged.reduce((sum, { message }) => sum + message.recipients.length, 0),
      attempts: this.#network.arrivals.length,
      crashes: this.#runs - 1,
      resends: this.#record.resent.filter((each) => each.acknowledgedAtMs < Infinity).length,
      erasures: sent.filter(({ erasedAtMs }) => erasedAtMs < Infinity).length,
      deletions: this.#record.deleted.size,
      cancelled: this.#operators.cancelled,
      handPauses: [...this.#endpoints.all.values()].reduce(
        (sum, { handPauses }) => sum + handPauses.length,
        0,
      ),
      jobDbs: this.#files.size,
      dropped: this.#files.size - this.#disk.files.size,
      duplicates: this.#record.forgotten.size,
    };
  }

  #wait(ms: number): Promise<void> {
    return new Promise((resolve) => void this.#clock.after(ms, resolve));
  }

  async #start(): Promise<void> {
    this.#runs += 1;
    const life = { run: this.#runs, alive: true };
    const starting = Director.start({
      clock: this.#clock.forProcess(life),
      random: this.#random,
      store: this.#openStore(),
      transport: this.#network.forProcess(life),
      recorder: this.#flights.forRun(),
      destinations: this.#endpoints.forProcess(this.#clock, (endpoint) =>
        this.#record.deleted.has(endpoint),
      ),
      schedule,
      sealing: this.#sealing,
      bulkShare: limits.bulkShareMin,
      onGone: (endpoint) => this.#endpoints.disabled.add(endpoint),
      onHealth: (endpoint, pause) => this.#endpoints.kept.set(endpoint, pause),
      onFailedForLong: (endpoint) => this.#violations.push(`endpoint ${endpoint} failed for days`),
      onNotable: () => undefined,
      onTraced: () => undefined,
      onDamaged: () => undefined,
      onQuarantined: ({ message }) =>
        this.#violations.push(`message ${message.row} was taken for poison`),
      onFailure: (error) => {
        if (life.alive) this.#violations.push(`the Director failed: ${String(error)}`);
      },
    });
    let director: Director | undefined;
    void starting.then((started) => (director = started));
    await this.#clock.run(this.#clock.nowMs() + 1_000, () => director !== undefined);
    this.#process = { life, director: await starting };
    this.#startDropper(life, await starting);
  }

  #startDropper(life: Process["life"], director: Director): void {
    new Dropper({
      clock: this.#clock.forProcess(life),
      retention: () => this.#retention,
      jobDbs: async () => this.#stored(),
      pins: () => [],
      archive: undefined,
      drop: (jobDb) => director.drop(jobDb),
      onDropped: (jobDb) => {
        const { keptMs, ownKeptMs, bytesMax } = this.#retention;
        const ageMs = this.#clock.nowMs() - jobDb.lastAtMs;
        const isOver = jobDb.applications.every((key) => ageMs >= (ownKeptMs.get(key) ?? keptMs));
        if (!isOver && bytesMax === Infinity)
          this.#violations.push(`JobDb ${jobDb.number} was dropped before its time`);
      },
      onFailure: (error) => {
        if (life.alive) this.#violations.push(`the dropper failed: ${String(error)}`);
      },
    }).start();
  }

  /** Notes every file that is there, as it may be gone when the checker asks. */
  #stored(): readonly StoredJobDb[] {
    const stored: StoredJobDb[] = [];
    for (const file of this.#disk.files.values()) {
      this.#files.set(file.number, file);
      const [first, last] = [file.messages[0], file.messages.at(-1)];
      if (first === undefined || last === undefined) continue;
      const bytes = file.messages.reduce((sum, { payload }) => sum + payload.length, 0);
      const { number, drained } = file;
      const writtenAtMs = Math.max(last.atMs, file.attempts.at(-1)?.atMs ?? 0);
      stored.push({
        number,
        state: drained ? "drained" : "open",
        bytes,
        applications: [...new Set(file.messages.map(({ application }) => application))],
        firstAtMs: first.atMs,
        lastAtMs: last.atMs,
        writtenAtMs,
      });
    }
    return stored;
  }

  /** What earlier runs left is found after a moment, so that messages are accepted before. */
  #openStore(): MemoryJobDbStore {
    const store = new MemoryJobDbStore(this.#disk, { index: 0, count: 1, epoch: this.#runs });
    const unsettled = store.unsettled.bind(store);
    store.unsettled = async () => {
      await this.#wait(this.#random.integer(0, 100));
      return unsettled();
    };
    return store;
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

  /** What `ask` gives happens only if the answer does not get lost in a crash. */
  async #ask(ask: (director: Director) => Promise<() => void>): Promise<void> {
    const process = this.#process;
    if (process?.life.alive !== true) return; // connection refused
    try {
      const acknowledge = await ask(process.director);
      if (process.life.alive) acknowledge();
    } catch (error) {
      const isDropped = error instanceof PosthornError && error.code === "jobdb_dropped";
      if (process.life.alive && !isDropped)
        this.#violations.push(`something was refused: ${String(error)}`);
    }
  }

  /** Left to itself a crash seldom comes while a batch is being committed, nor a message right after a start. */
  async #beginBatch(): Promise<void> {
    void this.#send(Array.from({ length: this.#random.integer(2, 9) }, () => this.#newMessage()));
    await this.#clock.run(this.#clock.nowMs() + this.#random.integer(0, 2));
  }

  #newMessage(): IncomingMessage {
    const { application } = this.#random.pick([...this.#endpoints.all.values()]);
    const endpoints = this.#endpoints.of(application).filter(() => this.#random.chance(0.5));
    const text = `message ${this.#record.sent.size}`;
    const message = messageOf(text, application, endpoints);
    this.#record.sent.set(text, { message, address: undefined, erasedAtMs: Infinity });
    return message;
  }

  async #send(messages: readonly IncomingMessage[]): Promise<void> {
    await this.#ask(async (director) => {
      const texts = messages.map(textOf);
      this.#record.batches.push(texts);
      const addresses = await director.accept(messages);
      return () => {
        for (const [index, text] of texts.entries()) {
          const sent = this.#record.sent.get(text);
          if (sent !== undefined) sent.address = addresses[index];
        }
      };
    });
  }

  #crash(): void {
    if (this.#process === undefined) return;
    this.#process.life.alive = false;
    this.#disk.crash();
    this.#stored();
    noteForgotten(this.#record);
  }

  async #stop(): Promise<void> {
    const process = this.#process;
    if (process === undefined) return;
    let stopped = false;
    const stopping = process.director.stop(25_000).then(() => (stopped = true));
    await this.#clock.run(this.#clock.nowMs() + 60_000, () => stopped);
    await stopping;
  }
}
