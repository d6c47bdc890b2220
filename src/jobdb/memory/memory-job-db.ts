import type { AnswerRow } from "../../core/answer.ts";
import { type DeliveryNumber, deliveryNumberOf } from "../../core/delivery.ts";
import { assert, PosthornError } from "../../core/errors.ts";
import type { EndpointKey } from "../../core/ids.ts";
import type { AttemptRow, MessageRow } from "../../core/message.ts";
import type {
  Commit,
  DueCursor,
  DuePage,
  JobDb,
  StoredPayload,
  UnattemptedPage,
} from "../../director/ports.ts";
import type { MemoryDisk, MemoryFile } from "./memory-disk.ts";

/** A JobDb on a MemoryDisk, as one owner sees it. */
export class MemoryJobDb implements JobDb {
  readonly number: number;
  readonly lastMessageRow: number;
  readonly lastAttemptRow: number;
  readonly #disk: MemoryDisk;
  readonly #file: MemoryFile;
  readonly #epoch: number;
  readonly #crashesBefore: number;
  #failure: PosthornError | undefined;

  /** Takes the file over. */
  constructor(disk: MemoryDisk, file: MemoryFile, epoch: number) {
    this.#disk = disk;
    this.#file = file;
    this.#epoch = epoch;
    this.#crashesBefore = disk.crashes;
    this.number = file.number;
    this.lastMessageRow = file.messages.length;
    this.lastAttemptRow = file.attempts.length;
  }

  async commit(commit: Commit): Promise<void> {
    await this.#write(() => {
      assertInOrder(this.#file, commit);
      for (const message of commit.messages) addMessage(this.#file, message);
      for (const attempt of commit.attempts) addAttempt(this.#file, attempt);
      for (const answer of commit.answers ?? []) addAnswer(this.#file, answer);
      if (commit.messages.length + commit.attempts.length > 0) this.#file.drained = false;
    });
  }

  async endpoints(): Promise<readonly EndpointKey[]> {
    this.#assertUsable();
    const recipients = this.#file.messages.flatMap((message) => message.recipients);
    return [...new Set(recipients.map((recipient) => recipient.endpoint))].toSorted(
      (left, right) => left - right,
    );
  }

  async unattempted(
    endpoint: EndpointKey,
    after: DeliveryNumber,
    rowsMax: number,
  ): Promise<UnattemptedPage> {
    this.#assertUsable();
    const queue = this.#file.queues.get(endpoint) ?? [];
    const following = queue.filter((delivery) => delivery > after);
    const scanned = following.slice(0, rowsMax);
    return {
      deliveries: scanned.filter((delivery) => !this.#file.attemptsByDelivery.has(delivery)),
      scannedTo: scanned.at(-1) ?? after,
      end: scanned.length === following.length,
    };
  }

  async due(
    endpoint: EndpointKey,
    after: DueCursor,
    untilMs: number,
    rowsMax: number,
  ): Promise<DuePage> {
    this.#assertUsable();
    const following = (this.#file.plans.get(endpoint) ?? [])
      .filter(({ retryAtMs, row }) => (retryAtMs - after.atMs || row - after.row) > 0)
      .toSorted((left, right) => left.retryAtMs - right.retryAtMs || left.row - right.row);
    const scanned = following.filter(({ retryAtMs }) => retryAtMs <= untilMs).slice(0, rowsMax);
    const last = scanned.at(-1);
    return {
      retries: scanned
        .filter((attempt) => !isOvertaken(this.#file, attempt))
        .map(({ delivery, number }) => ({ delivery, attempt: number + 1 })),
      scannedTo: last === undefined ? after : { atMs: last.retryAtMs, row: last.row },
      nextAtMs: following[scanned.length]?.retryAtMs,
    };
  }

  async payloads(messageRows: readonly number[]): Promise<readonly StoredPayload[]> {
    this.#assertUsable();
    return messageRows.map((row) => {
      const message = this.#file.messages[row - 1];
      assert(message !== undefined, `message row ${row} of JobDb ${this.number}`);
      const { atMs, nonce, payload } = message;
      return { address: { atMs, jobDb: this.number, row, nonce }, payload };
    });
  }

  async markDrained(): Promise<void> {
    await this.#write(() => {
      this.#file.drained = true;
    });
  }

  /** Every later call fails with `shutting_down`. */
  close(): void {
    this.#failure ??= new PosthornError("shutting_down", `JobDb ${this.number} is closed`);
  }

  async #write(change: () => void): Promise<void> {
    this.#assertUsable();
    try {
      await this.#disk.write(() => {
        this.#assertOwner();
        change();
      });
    } catch (error) {
      throw (this.#failure ??= toFailure(error, this.number));
    }
  }

  #assertUsable(): void {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#disk.crashes > this.#crashesBefore) {
      throw new PosthornError("jobdb_failed", "the simulated process has crashed");
    }
  }

  #assertOwner(): void {
    if (this.#file.epoch === this.#epoch) return;
    throw new PosthornError(
      "jobdb_stale_owner",
      `JobDb ${this.number} has been taken over by the owner with epoch ${this.#file.epoch}; ours is ${this.#epoch}`,
    );
  }
}

function toFailure(error: unknown, jobDb: number): PosthornError {
  if (error instanceof PosthornError) return error;
  const reason = error instanceof Error ? error.message : String(error);
  return new PosthornError("jobdb_failed", `JobDb ${jobDb}: ${reason}`, { cause: error });
}

function assertInOrder(file: MemoryFile, { messages, attempts }: Commit): void {
  let atMs = file.messages.at(-1)?.atMs ?? 0;
  for (const [index, message] of messages.entries()) {
    assert(message.row === file.messages.length + index + 1, `message row ${message.row}`);
    assert(message.atMs >= atMs, `the time of message row ${message.row}`);
    ({ atMs } = message);
  }
  for (const [index, attempt] of attempts.entries()) {
    assert(attempt.row === file.attempts.length + index + 1, `attempt row ${attempt.row}`);
  }
}

/** The list of a key, made if there is none. */
function listOf<Key, Item>(lists: Map<Key, Item[]>, key: Key): Item[] {
  const list = lists.get(key) ?? [];
  lists.set(key, list);
  return list;
}

function addMessage(file: MemoryFile, message: MessageRow): void {
  file.messages.push(message);
  for (const [ordinal, { endpoint, skipped }] of message.recipients.entries()) {
    if (!skipped) listOf(file.queues, endpoint).push(deliveryNumberOf(message.row, ordinal));
  }
}

function addAttempt(file: MemoryFile, attempt: AttemptRow): void {
  const atMs = Math.max(attempt.atMs, file.attempts.at(-1)?.atMs ?? 0);
  const stored = { ...attempt, atMs };
  file.attempts.push(stored);
  listOf(file.attemptsByDelivery, attempt.delivery).push(stored);
  const { retryAtMs } = stored;
  if (retryAtMs !== undefined) listOf(file.plans, attempt.endpoint).push({ ...stored, retryAtMs });
}

function addAnswer(file: MemoryFile, answer: AnswerRow): void {
  const atMs = Math.max(answer.atMs, file.answers.at(-1)?.atMs ?? 0);
  file.answers.push({ ...answer, atMs });
}

function isOvertaken(file: MemoryFile, attempt: AttemptRow): boolean {
  const attempts = file.attemptsByDelivery.get(attempt.delivery) ?? [];
  return attempts.some((other) => other.number > attempt.number || other.settlement !== undefined);
}
