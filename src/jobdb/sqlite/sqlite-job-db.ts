import { dirname } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { type DeliveryNumber, deliveryNumberOf } from "../../core/delivery.ts";
import { assert, PosthornError } from "../../core/errors.ts";
import type { EndpointKey } from "../../core/ids.ts";
import { limits } from "../../core/limits.ts";
import type { AttemptRow, MessageRow } from "../../core/message.ts";
import type {
  Commit,
  DueCursor,
  DueDelivery,
  DuePage,
  Erasure,
  FirstRoundsPage,
  JobDb,
  StoredPayload,
  UnattemptedPage,
  Purge,
  PurgedPage,
} from "../../director/ports.ts";
import { inTransaction } from "../../sqlite/in-transaction.ts";
import { readPragma } from "../../sqlite/read-pragma.ts";
import { isDamage, isFull } from "../../sqlite/result-code.ts";
import { releaseBallast } from "./ballast.ts";
import { type DeliveryRow, toFirstRound, type UnskippedQuery } from "./delivery-statements.ts";
import { toDueDelivery } from "./due-statements.ts";
import type { Janitor } from "./janitor.ts";
import { toJobDbFailure } from "./job-db-error.ts";
import { type JobDbFile, openJobDbFile } from "./job-db-file.ts";
import { updateDrained, updateSealed } from "./job-db-statements.ts";
import { markDamaged } from "./quarantine.ts";
import { prepareSelectLastRow, type TimedRow } from "./row-span.ts";
import { removeRunSummaries } from "./run-summary-file.ts";
import { lastDeliveryOfRun, runOfDelivery, runOfRow } from "./run.ts";
import { WalKeeper } from "./wal-keeper.ts";
import { prepareWriterStatements, selectHere } from "./writer-statements.ts";

interface Scan<Row> {
  readonly rows: readonly Row[];
  /** As in an UnattemptedPage. */
  readonly scannedTo: DeliveryNumber;
  readonly end: boolean;
}

/** A JobDb in one SQLite file. Every method blocks the calling thread for as long as SQLite takes. */
export class SqliteJobDb implements JobDb {
  readonly number: number;
  readonly lastMessageRow: number;
  readonly lastAttemptRow: number;
  readonly #file: JobDbFile;
  readonly #database: DatabaseSync;
  readonly #statements: ReturnType<typeof prepareWriterStatements>;
  readonly #walKeeper: WalKeeper;
  /** The newest rows that are durable. */
  #lastMessage: TimedRow;
  #lastAttempt: TimedRow;
  #lastAnswerAtMs: number;
  #sealed: boolean;
  #drained: boolean;
  /** What is in the tables `…_here`, from the first message on that this owner commits. */
  #here: ReturnType<typeof selectHere> | undefined;
  #failure: PosthornError | undefined;

  /**
   * Opens the file as its owner, and makes it if need be.
   *
   * @throws PosthornError as openJobDbFile
   */
  constructor(file: JobDbFile, janitor: Pick<Janitor, "checkpoint">) {
    this.#file = file;
    this.number = file.number;
    this.#database = openJobDbFile(file);
    this.#statements = prepareWriterStatements(this.#database, file.number);
    this.#lastMessage = prepareSelectLastRow(this.#database, "message")();
    this.#lastAttempt = prepareSelectLastRow(this.#database, "attempt")();
    this.#lastAnswerAtMs = prepareSelectLastRow(this.#database, "answer")().atMs;
    this.lastMessageRow = this.#lastMessage.row;
    this.lastAttemptRow = this.#lastAttempt.row;
    const { sealed_at_ms, drained_at_ms } = this.#statements.selectJobDb();
    this.#sealed = sealed_at_ms !== null;
    this.#drained = drained_at_ms !== null;
    this.#walKeeper = new WalKeeper({
      database: this.#database,
      path: file.path,
      checkpoint: (path) => janitor.checkpoint(path),
      onFailure: (error) => void this.#fail(error),
    });
  }

  async commit(commit: Commit): Promise<void> {
    this.#assertInOrder(commit);
    this.#use(() => {
      this.#lastAttempt = this.#transact(() => this.#write(commit));
      this.#lastMessage = commit.messages.at(-1) ?? this.#lastMessage;
    });
    this.#tendWal();
  }

  async endpoints(): Promise<readonly EndpointKey[]> {
    return this.#use(() => this.#statements.selectEndpoints());
  }

  async unattempted(
    endpoint: EndpointKey,
    after: DeliveryNumber,
    rowsMax: number,
  ): Promise<UnattemptedPage> {
    const { selectUnskipped } = this.#statements;
    const { rows, ...rest } = this.#use(() =>
      this.#scan({ endpoint, after, rowsMax }, selectUnskipped),
    );
    const deliveries = rows.filter(({ begun }) => begun === 0).map(({ number }) => number);
    return { deliveries, ...rest };
  }

  async firstRounds(
    endpoint: EndpointKey,
    after: DeliveryNumber,
    rowsMax: number,
  ): Promise<FirstRoundsPage> {
    const { selectFirstRounds } = this.#statements;
    const { rows, ...rest } = this.#use(() =>
      this.#scan({ endpoint, after, rowsMax }, selectFirstRounds),
    );
    return { deliveries: rows.flatMap((row) => toFirstRound(row) ?? []), ...rest };
  }

  async due(
    endpoint: EndpointKey,
    after: DueCursor,
    untilMs: number,
    rowsMax: number,
  ): Promise<DuePage> {
    return this.#use(() => {
      const rows = this.#statements.selectDue({ endpoint, after, untilMs, rowsMax });
      const last = rows.at(-1);
      const scannedTo = last === undefined ? after : { atMs: last.at_ms, place: last.place };
      const waiting = rows.filter((row) => row.overtaken === 0);
      return {
        deliveries: waiting.map(toDueDelivery),
        scannedTo,
        nextAtMs: this.#statements.selectNextDue(endpoint, scannedTo),
      };
    });
  }

  async waiting(
    endpoint: EndpointKey,
    messageRows: readonly number[],
  ): Promise<readonly DueDelivery[]> {
    const { selectWaiting } = this.#statements;
    return this.#use(() => messageRows.flatMap((row) => selectWaiting(endpoint, row)));
  }

  async payloads(messageRows: readonly number[]): Promise<readonly StoredPayload[]> {
    const payloads = this.#use(() => messageRows.map(this.#statements.selectPayload));
    return payloads.map((payload, index) => {
      assert(payload !== undefined, `message row ${messageRows[index]} of JobDb ${this.number}`);
      return payload;
    });
  }

  async erasePayload(messageRow: number): Promise<void> {
    this.#erase(() => this.#statements.erasePayload(messageRow, Date.now()));
  }

  async eraseResponse(attemptRow: number): Promise<void> {
    this.#erase(() => this.#statements.eraseResponse(attemptRow));
  }

  async eraseExpired(nowMs: number, rowsMax: number): Promise<Erasure> {
    const erased = this.#use(() =>
      this.#transact(() => {
        this.#assertOwner();
        return this.#statements.eraseExpired(nowMs, rowsMax);
      }),
    );
    this.#tendWal();
    return erased;
  }

  async purge(purge: Purge): Promise<PurgedPage> {
    const page = this.#erase(() => this.#statements.purge(purge, Date.now()));
    // Whoever made a summary of what was there has ended by now, as the WAL could be taken back.
    if (page.next === undefined) this.#use(() => removeRunSummaries(this.#file.path));
    return page;
  }

  async seal(): Promise<void> {
    this.#use(() => {
      this.#transact(() => {
        this.#assertOwner();
        if (!this.#sealed) updateSealed(this.#database, Date.now());
      });
      this.#sealed = true;
    });
  }

  async markDrained(): Promise<void> {
    this.#use(() => {
      this.#transact(() => {
        this.#assertOwner();
        if (!this.#drained) updateDrained(this.#database, Date.now());
      });
      this.#drained = true;
    });
  }

  /** Every later call fails with `shutting_down`. */
  close(): void {
    this.#failure ??= new PosthornError("shutting_down", `JobDb ${this.number} is closed`);
    if (this.#database.isOpen) this.#database.close();
  }

  #assertInOrder({ messages, attempts }: Commit): void {
    assert(messages.length === 0 || !this.#sealed, "a sealed JobDb takes no messages");
    let { row, atMs } = this.#lastMessage;
    for (const message of messages) {
      assert(message.row === row + 1, `message row ${message.row} follows ${row}`);
      assert(message.atMs >= atMs, `the time of message row ${message.row}`);
      ({ row, atMs } = message);
    }
    let attemptRow = this.#lastAttempt.row;
    for (const attempt of attempts) {
      assert(attempt.row === attemptRow + 1, `attempt row ${attempt.row} follows ${attemptRow}`);
      attemptRow = attempt.row;
    }
  }

  /**
   * What was there is overwritten, in the file and then in the WAL, so that it can't be found there either. That waits for
   * the disk and for who reads just now, which nobody does for long.
   */
  #erase<Result>(erase: () => Result): Result {
    return this.#use(() => {
      const result = this.#transact(() => {
        this.#assertOwner();
        return erase();
      });
      readPragma(this.#database, "wal_checkpoint(TRUNCATE)");
      return result;
    });
  }

  /** Returns the newest attempt there is now. */
  #write({ messages, attempts, resends, answers }: Commit): TimedRow {
    this.#assertOwner();
    this.#writeMessages(messages);
    for (const answer of answers) {
      this.#lastAnswerAtMs = Math.max(this.#lastAnswerAtMs, answer.atMs);
      this.#statements.insertAnswer(answer, this.#lastAnswerAtMs);
    }
    const rows = inTimeOrder(attempts, this.#lastAttempt.atMs);
    this.#statements.insertAttempts(rows);
    for (const resend of resends) this.#statements.insertResend(resend);
    if (this.#drained && messages.length + attempts.length + resends.length > 0) {
      updateDrained(this.#database, null);
      this.#drained = false;
    }
    return rows.at(-1) ?? this.#lastAttempt;
  }

  #writeMessages(messages: readonly MessageRow[]): void {
    this.#statements.insertMessages(messages);
    const deliveries = messages.flatMap(({ row, recipients }) =>
      recipients.map((recipient, ordinal) => ({
        number: deliveryNumberOf(row, ordinal),
        ...recipient,
      })),
    );
    this.#statements.insertDeliveries(deliveries);
    for (const message of messages) this.#noteMessage(message);
    for (const delivery of deliveries) this.#noteDelivery(delivery);
  }

  #noteMessage({ row, application, retentionDays }: MessageRow): void {
    const { applications, retentions } = (this.#here ??= selectHere(this.#database));
    if (!retentions.has(retentionDays)) {
      retentions.add(retentionDays);
      this.#statements.insertRetention(retentionDays);
    }
    if (!applications.has(application)) {
      applications.add(application);
      this.#statements.insertApplication(application, row);
    }
  }

  #noteDelivery({ number, endpoint }: DeliveryRow): void {
    const { endpoints } = (this.#here ??= selectHere(this.#database));
    if (endpoints.has(endpoint)) return;
    endpoints.add(endpoint);
    this.#statements.insertEndpoint(endpoint, number);
  }

  /** Within a write transaction: nobody can take the file over between this and the commit. */
  #assertOwner(): void {
    const { epoch } = this.#statements.selectJobDb();
    if (epoch === this.#file.epoch) return;
    throw new PosthornError(
      "jobdb_stale_owner",
      `${this.#file.path} has been taken over by the owner with epoch ${epoch}; ours is ${this.#file.epoch}`,
    );
  }

  /** Goes through the runs in turn, as the index is divided by them. `select` gives rows of a run, in order. */
  #scan<Row extends { readonly number: DeliveryNumber }>(
    { endpoint, after, rowsMax }: Omit<UnskippedQuery, "run">,
    select: (query: UnskippedQuery) => readonly Row[],
  ): Scan<Row> {
    const rows: Row[] = [];
    const first = this.#statements.selectFirstDelivery(endpoint);
    if (first === undefined) return { rows, scannedTo: after, end: true };
    const firstRun = runOfDelivery(Math.max(after + 1, first));
    const lastRun = runOfRow(this.#lastMessage.row);
    const to = Math.min(lastRun, firstRun + limits.refillRunsMax - 1);
    for (let from = firstRun; from <= to; from += 1) {
      const run = this.#statements.selectRun({ key: endpoint, from, to });
      if (run === undefined) break;
      rows.push(...select({ run, endpoint, after, rowsMax: rowsMax - rows.length + 1 }));
      if (rows.length > rowsMax) {
        const scanned = rows.slice(0, rowsMax);
        return { rows: scanned, scannedTo: scanned.at(-1)?.number ?? after, end: false };
      }
      from = run;
    }
    if (to < lastRun) return { rows, scannedTo: lastDeliveryOfRun(to), end: false };
    return { rows, scannedTo: rows.at(-1)?.number ?? after, end: true };
  }

  /** The commit is durable by now, so what goes wrong here is not its failure but that of what comes after it. */
  #tendWal(): void {
    try {
      this.#walKeeper.tend();
    } catch (error) {
      this.#fail(error);
    }
  }

  /** On a full disk the ballast is given up, and the same is tried once more. */
  #transact<Result>(work: () => Result): Result {
    try {
      return inTransaction(this.#database, work);
    } catch (error) {
      if (!isFull(error)) throw error;
      releaseBallast(dirname(this.#file.path));
      // What was known of the file may be what has just been undone.
      this.#here = undefined;
      this.#drained = this.#statements.selectJobDb().drained_at_ms !== null;
      return inTransaction(this.#database, work);
    }
  }

  /** Whatever SQLite fails with ends the JobDb: after a failed fsync nobody knows what is on the disk. */
  #use<Result>(action: () => Result): Result {
    if (this.#failure !== undefined) throw this.#failure;
    try {
      return action();
    } catch (error) {
      throw this.#fail(error);
    }
  }

  #fail(error: unknown): PosthornError {
    const failure = (this.#failure ??= toJobDbFailure(error, this.#file.path));
    try {
      if (isDamage(error)) markDamaged(this.#file.path, failure.message);
      if (this.#database.isOpen) this.#database.close();
    } catch {
      // It failed already; that marking or closing it fails too changes nothing, and the first cause is the one to tell.
    }
    return failure;
  }
}

/** Each at its own time, or at that of the one before if the clock went back. */
function inTimeOrder(attempts: readonly AttemptRow[], fromMs: number): readonly AttemptRow[] {
  let atMs = fromMs;
  return attempts.map((attempt) => {
    atMs = Math.max(atMs, attempt.atMs);
    return { ...attempt, atMs };
  });
}
