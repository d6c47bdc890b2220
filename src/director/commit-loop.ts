/**
 * Group commit: everything that waits goes into one transaction, and while that is being made durable the next one
 * gathers. Idle, a lone message commits at once; under load a commit holds what came during the commit before it.
 * Nobody waits for an outcome but strict order, so other outcomes don't start a commit of their own for
 * `limits.outcomeWaitMs`: mostly the next message's commit takes them along.
 *
 *     submit, resend ─▶ gathering ─▶ one commit per JobDb touched ─▶ durable ─▶ `recorded` callbacks, then promises
 *     record ─▶ (a moment) ─┘              └─ fails ─▶ nothing of it is acknowledged, the loop is dead for good
 *
 * Row numbers are given here, at the moment of the commit, so they have no gaps and follow the order of acceptance.
 */
import type { AnswerRow, PlacedAnswer } from "../core/answer.ts";
import { assert, PosthornError } from "../core/errors.ts";
import type { Address } from "../core/ids.ts";
import { limits } from "../core/limits.ts";
import type { AttemptRow, IncomingMessage, MessageRow, Resend } from "../core/message.ts";
import type { JobDbSize } from "../core/sealing.ts";
import { CommitProgress } from "./commit-progress.ts";
import { JobDbRows, type Stamp } from "./job-db-rows.ts";
import type { Clock, JobDb, Random, Stoppable } from "./ports.ts";

/** An outcome that is to become an attempt row; row, nonce and time are given at the commit. */
export interface NewAttempt {
  readonly jobDb: number;
  readonly attempt: Omit<AttemptRow, "row" | "nonce" | "atMs">;
  /** When the outcome was decided on, Unix milliseconds: a retry that it plans is later than this. */
  readonly decidedAtMs: number;
  /** The next delivery waits for it to be durable: it does not wait for a message. */
  readonly isAwaited: boolean;
  /** Runs when the row is durable. */
  readonly recorded: () => void;
}

/** Resends that are to become durable together. */
export interface NewResends {
  readonly resends: readonly (Omit<Resend, "atMs"> & { readonly jobDb: number })[];
  /** Runs when the rows are durable, before anything that was durable with them is read. */
  readonly recorded: (atMs: number) => void;
}

interface Resending extends NewResends {
  /** When they are due, Unix milliseconds: later than they were asked for. */
  readonly atMs: number;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** Messages that are durable, and the JobDb that has them. */
export interface Committed {
  readonly jobDb: number;
  readonly rows: readonly MessageRow[];
}

interface Submission {
  readonly messages: readonly IncomingMessage[];
  readonly answers: readonly PlacedAnswer[];
  /** Of payloads and answers. */
  readonly bytes: number;
  readonly resolve: (committed: Committed) => void;
  readonly reject: (error: unknown) => void;
}

/** What one commit makes durable. */
interface Batch {
  readonly submissions: readonly Submission[];
  readonly resendings: readonly Resending[];
  readonly attempts: readonly NewAttempt[];
}

export interface CommitLoopOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** Takes the new messages, until `change`; it is added before the first of them comes. */
  readonly openJobDb: number;
  /** Runs when messages are durable, before whoever submitted them is told. */
  readonly onCommitted: (committed: Committed) => void;
  /** Runs after every commit, when all that were waiting for it have been told. */
  readonly onEnded: () => void;
  /** Runs once, when a commit has failed. */
  readonly onFailure: (error: unknown) => void;
}

export class CommitLoop {
  readonly #options: CommitLoopOptions;
  readonly #rows = new Map<number, JobDbRows>();
  #openJobDb: number;
  #submissions: Submission[] = [];
  #attempts: NewAttempt[] = [];
  #resendings: Resending[] = [];
  /** Of everything not durable yet, in a commit or waiting for one. */
  #uncommittedBytes = 0;
  #uncommittedMessages = 0;
  #uncommittedOutcomes = 0;
  readonly #progress = new CommitProgress();
  #committing: Batch | undefined;
  #running: Promise<void> | undefined;
  /** Set while outcomes wait for a message to be committed with. */
  #outcomeTimer: Stoppable | undefined;
  /** Outcomes have waited long enough, or are not to wait at all. */
  #outcomesDue = false;
  #failure: PosthornError | undefined;

  constructor(options: CommitLoopOptions) {
    this.#options = options;
    this.#openJobDb = options.openJobDb;
  }

  /** Lets attempts of this JobDb be recorded. */
  add(jobDb: JobDb): void {
    this.#rows.set(jobDb.number, new JobDbRows(jobDb));
  }

  /** From the next commit on, new messages go to this JobDb, which has been added. */
  change(openJobDb: number): void {
    assert(this.#committing === undefined, "JobDbs change between two commits");
    this.#openJobDb = openJobDb;
  }

  /** What the JobDb has taken that new messages go to; undefined while a commit is under way. */
  get openSize(): JobDbSize | undefined {
    return this.#committing === undefined ? this.#rowsOf(this.#openJobDb).size : undefined;
  }

  /** A JobDb of which nothing is unsettled takes no more attempts. */
  remove(jobDb: number): void {
    this.#rows.delete(jobDb);
  }

  /** No more attempts should start until outcomes have become durable. */
  get congested(): boolean {
    return this.#uncommittedOutcomes >= limits.uncommittedOutcomesMax;
  }

  /** When the oldest plan that is not durable yet was made, Unix milliseconds; infinite if there is none. It is due later. */
  get oldestPlanAtMs(): number {
    const attempt = this.#committing?.attempts[0] ?? this.#attempts[0];
    const resending = this.#committing?.resendings[0] ?? this.#resendings[0];
    return Math.min(attempt?.decidedAtMs ?? Infinity, (resending?.atMs ?? Infinity) - 1);
  }

  /**
   * Makes messages durable, and answers about them, all in one transaction. Resolves to the messages' rows.
   * Fails with `overloaded` at once if too much waits, or with `jobdb_failed` or `jobdb_stale_owner`.
   */
  async submit(
    messages: readonly IncomingMessage[],
    answers: readonly PlacedAnswer[] = [],
  ): Promise<Committed> {
    if (this.#failure !== undefined) throw this.#failure;
    const bytes =
      messages.reduce((sum, message) => sum + message.payload.length, 0) +
      answers.reduce((sum, { hash, text }) => sum + hash.length + text.length, 0);
    if (
      this.#uncommittedMessages + messages.length > limits.uncommittedMessagesMax ||
      this.#uncommittedBytes + bytes > limits.uncommittedBytesMax
    ) {
      throw new PosthornError(
        "overloaded",
        `${this.#uncommittedMessages} messages wait to be stored; send this one again in a second`,
      );
    }
    this.#uncommittedMessages += messages.length;
    this.#uncommittedBytes += bytes;
    const { promise, resolve, reject } = Promise.withResolvers<Committed>();
    this.#submissions.push({ messages, answers, bytes, resolve, reject });
    this.#kick();
    return promise;
  }

  /**
   * Makes resends durable, all that are of one JobDb in one transaction. The JobDbs must be the open one or added.
   * Fails as `submit`.
   */
  async resend(asked: NewResends): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure;
    const waiting = this.#resendings.reduce((sum, { resends }) => sum + resends.length, 0);
    if (waiting + asked.resends.length > limits.uncommittedResendsMax) {
      throw new PosthornError(
        "overloaded",
        `${waiting} resends wait to be stored; ask for this one again in a second`,
      );
    }
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#resendings.push({ ...asked, atMs: this.#options.clock.nowMs() + 1, resolve, reject });
    this.#kick();
    return promise;
  }

  /** Makes an outcome durable. After a failure it is forgotten: the attempt will be made again. */
  record(attempt: NewAttempt): void {
    if (this.#failure !== undefined) return;
    this.#uncommittedOutcomes += 1;
    this.#attempts.push(attempt);
    if (attempt.isAwaited) this.#commitOutcomes();
    else if (this.#running === undefined) this.#awaitMessage();
  }

  /**
   * Resolves when every outcome recorded until now is durable, and so is what is being committed, and whoever waited for any of
   * it has been told. However much comes meanwhile: nobody waits for that. Fails as `submit`.
   */
  async caughtUp(): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure;
    const commits = this.#committing === undefined ? 0 : 1;
    const caughtUp = this.#progress.more(commits, this.#uncommittedOutcomes);
    if (this.#attempts.length > 0) this.#commitOutcomes();
    await caughtUp;
  }

  /** Resolves when nothing waits to be durable, or it has failed. While more and more comes it does not. */
  async flush(): Promise<void> {
    while (this.#running !== undefined || this.#attempts.length > 0) {
      this.#commitOutcomes();
      await this.#running;
    }
  }

  /** Outcomes are committed with the next message, or without one after a moment. */
  #awaitMessage(): void {
    const { clock } = this.#options;
    this.#outcomeTimer ??= clock.after(limits.outcomeWaitMs, () => this.#commitOutcomes());
  }

  #commitOutcomes(): void {
    this.#outcomesDue = true;
    this.#kick();
  }

  #kick(): void {
    this.#running ??= this.#run();
  }

  async #run(): Promise<void> {
    // What arrives in the same turn as the first of it shares its commit.
    await Promise.resolve();
    this.#outcomeTimer?.stop();
    this.#outcomeTimer = undefined;
    while (this.#submissions.length > 0 || this.#resendings.length > 0 || this.#outcomesDue) {
      const batch = {
        submissions: this.#takeSubmissions(),
        resendings: this.#resendings.splice(0),
        attempts: this.#takeAttempts(),
      };
      this.#outcomesDue = false;
      this.#committing = batch;
      let committed;
      try {
        committed = await this.#commit(batch);
      } catch (error) {
        this.#fail(batch, error);
        break;
      }
      this.#committing = undefined;
      this.#settle(batch, committed);
      this.#options.onEnded();
    }
    if (this.#attempts.length > 0) this.#awaitMessage();
    this.#running = undefined; // in the same turn as the last look at what waits, or a submission could be forgotten
  }

  /** Whole submissions, at least one, up to the bounds of a commit. */
  #takeSubmissions(): Submission[] {
    let count = 0;
    let rows = 0;
    let bytes = 0;
    for (const submission of this.#submissions) {
      rows += submission.messages.length + submission.answers.length;
      bytes += submission.bytes;
      if (count > 0 && (rows > limits.commitRowsMax || bytes > limits.commitBytesMax)) break;
      count += 1;
    }
    return this.#submissions.splice(0, count);
  }

  #takeAttempts(): NewAttempt[] {
    return this.#attempts.splice(0, limits.commitRowsMax);
  }

  async #commit(batch: Batch): Promise<Committed> {
    const atMs = this.#options.clock.nowMs();
    const openNumber = this.#openJobDb;
    const open = this.#rowsOf(openNumber);
    const attempts = Map.groupBy(batch.attempts, (each) => each.jobDb);
    const resends = Map.groupBy(batch.resendings.flatMap(resendRows), (each) => each.jobDb);
    const answers = this.#answerRows(batch.submissions, atMs);
    const messages = batch.submissions.flatMap((submission) =>
      submission.messages.map((message) => open.giveMessage(message, this.#stamp(atMs))),
    );
    const touched = new Set([...attempts.keys(), ...resends.keys()]);
    if (messages.length + answers.length > 0) touched.add(openNumber);
    await Promise.all(
      Array.from(touched, (number) =>
        this.#rowsOf(number).jobDb.commit({
          messages: number === openNumber ? messages : [],
          attempts: (attempts.get(number) ?? []).map(({ attempt }) =>
            this.#rowsOf(number).giveAttempt(attempt, this.#stamp(atMs)),
          ),
          resends: resends.get(number) ?? [],
          answers: number === openNumber ? answers : [],
        }),
      ),
    );
    return { jobDb: openNumber, rows: messages };
  }

  /** To be called before the messages get their rows. */
  #answerRows(submissions: readonly Submission[], atMs: number): AnswerRow[] {
    let row = this.#rowsOf(this.#openJobDb).nextMessageRow;
    const rows: AnswerRow[] = [];
    for (const { messages, answers } of submissions) {
      for (const { hash, text, from, count } of answers) {
        rows.push({ hash, text, atMs, firstMessage: row + from, messages: count });
      }
      row += messages.length;
    }
    return rows;
  }

  #stamp(atMs: number): Stamp {
    return { atMs, nonce: this.#options.random.nonce() };
  }

  #rowsOf(number: number): JobDbRows {
    const rows = this.#rows.get(number);
    if (rows === undefined) throw new Error(`JobDb ${number} is not one of this Director's`);
    return rows;
  }

  #settle(batch: Batch, committed: Committed): void {
    this.#uncommittedOutcomes -= batch.attempts.length;
    for (const attempt of batch.attempts) attempt.recorded();
    for (const { recorded, atMs, resolve } of batch.resendings) {
      recorded(atMs);
      resolve();
    }
    if (committed.rows.length > 0) this.#options.onCommitted(committed);
    let from = 0;
    for (const submission of batch.submissions) {
      const to = from + submission.messages.length;
      this.#uncommittedMessages -= submission.messages.length;
      this.#uncommittedBytes -= submission.bytes;
      submission.resolve({ jobDb: committed.jobDb, rows: committed.rows.slice(from, to) });
      from = to;
    }
    this.#progress.committed(batch.attempts.length);
  }

  #fail(batch: Batch, error: unknown): void {
    this.#failure =
      error instanceof PosthornError
        ? error
        : new PosthornError("jobdb_failed", `a commit failed: ${String(error)}`, { cause: error });
    for (const { reject } of [
      ...batch.submissions,
      ...this.#submissions,
      ...batch.resendings,
      ...this.#resendings,
    ]) {
      reject(this.#failure);
    }
    this.#progress.fail(this.#failure);
    this.#submissions = [];
    this.#resendings = [];
    this.#attempts = [];
    this.#options.onFailure(this.#failure);
  }
}

function resendRows({
  resends,
  atMs,
}: Resending): readonly (Resend & { readonly jobDb: number })[] {
  return resends.map((resend) => ({ ...resend, atMs }));
}

/** The address of a row in a JobDb. */
export function addressOf(
  jobDb: number,
  { row, nonce, atMs }: Pick<MessageRow, "row" | "nonce" | "atMs">,
): Address {
  return { jobDb, row, nonce, atMs };
}
