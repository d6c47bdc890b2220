/**
 * The JobDbs of earlier runs: finds what these left unsettled, opens one when something in it is to be sent again or
 * erased, and closes each when nobody needs it any more.
 *
 *     closed ──left unsettled, found at the start──▶ open ──last user is done──▶ marked drained, closed
 *        ▲  └──────── used ────────────────────────▶   │
 *        └─────────────────────────────────────────────┘
 *
 * A user is a virtual queue with something unsettled there, or a call that is under way. A JobDb is marked drained only
 * when it has no users, so a resend, which is one until its queue has taken it in, is never hidden from the next start.
 */
import { assert } from "../core/errors.ts";
import type { EndpointKey } from "../core/ids.ts";
import type { JobDb, JobDbStore } from "./ports.ts";

export interface OlderJobDbsOptions {
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

export class OlderJobDbs {
  readonly #options: OlderJobDbsOptions;
  readonly #open = new Map<number, Opened>();
  /** Openings and closings of one JobDb go one after the other. */
  readonly #turns = new Map<number, Promise<unknown>>();
  readonly #found = Promise.withResolvers<void>();

  constructor(options: OlderJobDbsOptions) {
    this.#options = options;
    this.#found.promise.catch(() => undefined); // whoever waits for it is told
  }

  /** Finds what earlier runs left, the oldest first. Fails as a JobDb does. */
  async find(): Promise<void> {
    try {
      for (const jobDb of await this.#options.store.unsettled()) {
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

  /** Resolves when all that was left is known. Fails as a JobDb does. */
  get found(): Promise<void> {
    return this.#found.promise;
  }

  /** One that is open. */
  jobDbOf(number: number): JobDb {
    const opened = this.#open.get(number);
    assert(opened !== undefined, `JobDb ${number} is open`);
    return opened.jobDb;
  }

  /**
   * Opens a JobDb if it is not open; it stays open until `release` is called for this use. Undefined if there is none.
   * Waits until everything that was left has been found, as that must be known first. Fails as a JobDb does.
   */
  async use(number: number): Promise<JobDb | undefined> {
    await this.#found.promise;
    return this.#inTurn(number, async () => {
      const opened = this.#open.get(number);
      if (opened !== undefined) {
        opened.users += 1;
        return opened.jobDb;
      }
      const jobDb = await this.#options.store.open(number);
      if (jobDb !== undefined) this.#add(jobDb);
      return jobDb;
    });
  }

  /** A queue that had nothing unsettled there has something now. Nothing happens if that is not an older one. */
  queued(number: number): void {
    const opened = this.#open.get(number);
    if (opened !== undefined) opened.users += 1;
  }

  /** A use has ended, or a queue is done with it. Nothing happens if that is not an older one. */
  release(number: number): void {
    const opened = this.#open.get(number);
    if (opened === undefined) return;
    opened.users -= 1;
    assert(opened.users >= 0, "a JobDb is released as often as it was used");
    if (opened.users === 0) void this.#inTurn(number, () => this.#close(opened));
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
