import { PosthornError } from "../../core/errors.ts";
import type { JobDbStore } from "../../director/ports.ts";
import { numberAbove, type Owner, owns } from "../owner.ts";
import type { MemoryDisk, MemoryFile } from "./memory-disk.ts";
import { MemoryJobDb, nextExpiryMs } from "./memory-job-db.ts";

/** JobDbs for the simulator. Start a new store on the same disk after a crash: it sees what was durable. */
export class MemoryJobDbStore implements JobDbStore {
  readonly #disk: MemoryDisk;
  readonly #owner: Owner;
  readonly #crashesBefore: number;
  readonly #open = new Map<number, MemoryJobDb>();
  /** Those that this store has had open. */
  readonly #taken = new Set<number>();
  #closed = false;

  constructor(disk: MemoryDisk, owner: Owner) {
    this.#disk = disk;
    this.#owner = owner;
    this.#crashesBefore = disk.crashes;
  }

  async unsettled(): Promise<readonly MemoryJobDb[]> {
    this.#assertUsable();
    return this.#ownFiles()
      .filter((file) => file.messages.length > 0 && !file.drained && !this.#open.has(file.number))
      .map((file) => this.#takeOver(file));
  }

  async create(): Promise<MemoryJobDb> {
    this.#assertUsable();
    const last = this.#ownFiles().at(-1);
    if (last !== undefined && last.messages.length === 0 && !this.#open.has(last.number)) {
      return this.#takeOver(last);
    }
    const number = numberAbove(Math.max(0, ...this.#disk.files.keys()), this.#owner);
    const file = emptyFile(number, this.#owner.epoch);
    this.#disk.files.set(number, file);
    return this.#openFile(file);
  }

  async expiring(untilMs: number): Promise<readonly number[]> {
    this.#assertUsable();
    return this.#ownFiles()
      .filter((file) => nextExpiryMs(file) < untilMs)
      .map((file) => file.number);
  }

  async open(number: number): Promise<MemoryJobDb | undefined> {
    this.#assertUsable();
    const open = this.#open.get(number);
    if (open !== undefined) return open;
    const file = this.#ownFiles().find((each) => each.number === number);
    return file === undefined || file.messages.length === 0 ? undefined : this.#takeOver(file);
  }

  async release(number: number): Promise<void> {
    this.#assertUsable();
    this.#open.get(number)?.close();
    this.#open.delete(number);
  }

  async drop(number: number): Promise<boolean> {
    this.#assertUsable();
    const file = this.#ownFiles().find((each) => each.number === number);
    const isHighest = number === Math.max(...this.#disk.files.keys());
    if (file === undefined || !file.drained || isHighest) return false;
    if (this.#open.has(number)) return false;
    await this.#disk.write(() => void this.#disk.files.delete(number));
    return true;
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    // Comes after everything under way; whatever of that fails is told to its own caller.
    await this.#disk.write(() => undefined).catch(() => undefined);
    for (const jobDb of this.#open.values()) jobDb.close();
  }

  #ownFiles(): readonly MemoryFile[] {
    return [...this.#disk.files.values()]
      .filter((file) => owns(this.#owner, file.number))
      .toSorted((left, right) => left.number - right.number);
  }

  #takeOver(file: MemoryFile): MemoryJobDb {
    const isOurs = this.#taken.has(file.number) && file.epoch === this.#owner.epoch;
    if (file.epoch >= this.#owner.epoch && !isOurs) {
      throw new PosthornError(
        "jobdb_stale_owner",
        `JobDb ${file.number} has had an owner with epoch ${file.epoch}; epoch ${this.#owner.epoch} is too old to open it`,
      );
    }
    file.epoch = this.#owner.epoch;
    return this.#openFile(file);
  }

  #openFile(file: MemoryFile): MemoryJobDb {
    const jobDb = new MemoryJobDb(this.#disk, file, this.#owner.epoch);
    this.#open.set(file.number, jobDb);
    this.#taken.add(file.number);
    return jobDb;
  }

  #assertUsable(): void {
    if (this.#closed) throw new PosthornError("shutting_down", "the JobDbs are closed");
    if (this.#disk.crashes > this.#crashesBefore) {
      throw new PosthornError("jobdb_failed", "the simulated process has crashed");
    }
  }
}

function emptyFile(number: number, epoch: number): MemoryFile {
  return {
    number,
    epoch,
    sealed: false,
    drained: false,
    messages: [],
    deliveries: new Map(),
    recipients: new Map(),
    endpoints: new Set(),
    queues: new Map(),
    attempts: [],
    attemptsByDelivery: new Map(),
    plans: new Map(),
    answers: [],
    resends: [],
    erased: new Set(),
  };
}
