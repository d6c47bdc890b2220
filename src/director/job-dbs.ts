/**
 * The JobDbs of a Director: the one that takes messages, and others for as long as somebody needs them. Finds what earlier
 * runs left unsettled, opens a JobDb when something in it is to be sent again or erased, and closes each when nobody
 * needs it any more.
 *
 *     made ──▶ taking messages ──sealed──▶ in use ──last user is done──▶ marked drained, closed
 *                                           ▲  ▲                                │
 *      left unsettled, found at the start ──┘  └───────── used again ───────────┴──its time is over──▶ dropped
 *
 * A user is a virtual queue with something unsettled there, a call that is under way, or the commit loop, whose messages it
 * takes. A JobDb is marked drained only when it has no users, so a resend, which is one until its queue has taken it in, is
 * never hidden from the next start.
 *
 * A crash between sealing and the mark: the next start finds it as it finds any that was left, and seals it then.
 */
import { PosthornError, assert } from "../core/errors.ts";
import type { EndpointKey } from "../core/ids.ts";
import type { JobDb, JobDbStore } from "./ports.ts";

export interface JobDbsOptions {
  readonly store: JobDbStore;
  /** Attempts and resends may be recorded there from now on. */
  readonly onOpened: (jobDb: JobDb) => void;
  /** A JobDb that an earlier run left, and every endpoint that may have something unsettled in it. */
  readonly onFound: (jobDb: JobDb, endpoints: readonly EndpointKey[]) => void;
  /** Nothing is recorded there any more. */
  readonly onClosing: (jobDb: JobDb) => void;
  readonly onFailure: (error: unknown) => void;
}

interface Opened {
  readonly jobDb: JobDb;
  users: number;
}

export class JobDbs {
  readonly #options: JobDbsOptions;
  readonly #open = new Map<number, Opened>();
  /** Openings and closings of one JobDb go one after the other. */
  readonly #turns = new Map<number, Promise<unknown>>();
  readonly #found = Promise.withResolvers<void>();
  #taking: JobDb;

  /** @param taking takes messages, until the next one does */
  constructor(options: JobDbsOptions, taking: JobDb) {
    this.#options = options;
    this.#taking = taking;
    this.#add(taking);
    this.#found.promise.catch(() => undefined); // whoever waits for it is told
  }

  /** Resolves when all that earlier runs left is known. Fails as a JobDb does. */
  get found(): Promise<void> {
    return this.#found.promise;
  }

  /** The one that takes messages is sealed, and another one takes them from now on. No commit of messages is under way. */
  seal(next: JobDb): void {
    const { number } = this.#taking;
    const sealed = this.#taking.seal();
    this.#taking = next;
    this.#add(next);
    sealed.then(
      () => this.release(number),
      (error: unknown) => this.#options.onFailure(error),
    );
  }

  /** Finds what earlier runs left, the oldest first. Fails as a JobDb does. */
  async find(): Promise<void> {
    try {
      for (const jobDb of await this.#options.store.unsettled()) {
        await jobDb.seal();
        const endpoints = await jobDb.endpoints();
        const opened = this.#add(jobDb);
        opened.users += endpoints.length;
        this.#options.onFound(jobDb, endpoints);
        this.release(jobDb.number);
      }
      this.#found.resolve();
    } catch (error) {
      this.#found.reject(error);
      throw error;
    }
  }

  /** One that is open. */
  jobDbOf(number: number): JobDb {
    const opened = this.#open.get(number);
    assert(opened !== undefined, `JobDb ${number} is open`);
    return opened.jobDb;
  }

  /** Erases one for good if nobody uses it and nothing in it is unsettled; else false. Fails as a JobDb does. */
  async drop(number: number): Promise<boolean> {
    await this.#found.promise; // what is left there must be known first
    return this.#inTurn(number, async () => {
      return !this.#open.has(number) && (await this.#options.store.drop(number));
    });
  }

  /**
   * Keeps JobDbs open while they are used, and opens those that are not. Fails as a JobDb does, and with `jobdb_dropped` for
   * one that is not there.
   */
  async withAll<Result>(numbers: readonly number[], use: () => Promise<Result>): Promise<Result> {
    const [first, ...others] = numbers;
    if (first === undefined) return use();
    return this.with(first, () => this.withAll(others, use));
  }

  /** The same for one. */
  async with<Result>(number: number, use: (jobDb: JobDb) => Promise<Result>): Promise<Result> {
    const jobDb = await this.#use(number);
    try {
      return await use(jobDb);
    } finally {
      this.release(number);
    }
  }

  /** A queue that had nothing unsettled in an open one has something now. */
  queued(number: number): void {
    const opened = this.#open.get(number);
    assert(opened !== undefined, `JobDb ${number} is open while something is put into it`);
    opened.users += 1;
  }

  /** A use has ended, or a queue is done with it. */
  release(number: number): void {
    const opened = this.#open.get(number);
    assert(opened !== undefined, `JobDb ${number} is open while it has users`);
    opened.users -= 1;
    assert(opened.users >= 0, "a JobDb is released as often as it was used");
    if (opened.users === 0) void this.#inTurn(number, () => this.#close(opened));
  }

  /** It stays open until `release` is called for this use. */
  async #use(number: number): Promise<JobDb> {
    if (number !== this.#taking.number) await this.#found.promise; // what is left there must be known first
    return this.#inTurn(number, async () => {
      const opened = this.#open.get(number);
      if (opened !== undefined) {
        opened.users += 1;
        return opened.jobDb;
      }
      const jobDb = await this.#options.store.open(number);
      if (jobDb === undefined)
        throw new PosthornError("jobdb_dropped", `JobDb ${number} is not there any more`);
      this.#add(jobDb);
      return jobDb;
    });
  }

  #add(jobDb: JobDb): Opened {
    const opened = { jobDb, users: 1 };
    this.#open.set(jobDb.number, opened);
    this.#options.onOpened(jobDb);
    return opened;
  }

  /** A failure here loses nothing: without the mark the next start finds out by reading. */
  async #close(opened: Opened): Promise<void> {
    const { jobDb } = opened;
    const { number } = jobDb;
    if (this.#open.get(number) !== opened || opened.users > 0) return; // used again meanwhile
    this.#open.delete(number);
    this.#options.onClosing(jobDb);
    try {
      await jobDb.markDrained();
      await this.#options.store.release(number);
    } catch (error) {
      this.#options.onFailure(error);
    }
  }

  async #inTurn<Result>(number: number, act: () => Promise<Result>): Promise<Result> {
    const before = this.#turns.get(number) ?? Promise.resolve();
    const turn = before.then(act);
    const settled = turn.then(
      () => undefined,
      () => undefined,
    );
    this.#turns.set(number, settled);
    void settled.then(() => {
      if (this.#turns.get(number) === settled) this.#turns.delete(number);
    });
    return turn;
  }
}
