import type { AnswerRow } from "../../core/answer.ts";
import {
  type DeliveryNumber,
  deliveryNumberOf,
  firstRound,
  messageRowOf,
} from "../../core/delivery.ts";
import { assert, PosthornError } from "../../core/errors.ts";
import type { EndpointKey } from "../../core/ids.ts";
import type { AttemptRow, MessageRow, Resend } from "../../core/message.ts";
import type {
  Commit,
  DueCursor,
  DueDelivery,
  DuePage,
  Erasure,
  FirstRound,
  FirstRoundsPage,
  JobDb,
  StoredPayload,
  UnattemptedPage,
  Purge,
  PurgedPage,
} from "../../director/ports.ts";
import type { MemoryDisk, MemoryFile } from "./memory-disk.ts";

const dayMs = 24 * 60 * 60 * 1000;

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
      const isRefused = this.#file.sealed && commit.messages.length > 0;
      assert(!isRefused, "a sealed JobDb takes no messages");
      assertInOrder(this.#file, commit);
      for (const message of commit.messages) addMessage(this.#file, message);
      for (const attempt of commit.attempts) addAttempt(this.#file, attempt);
      for (const answer of commit.answers) addAnswer(this.#file, answer);
      for (const resend of commit.resends) addResend(this.#file, resend);
      const rows = commit.messages.length + commit.attempts.length + commit.resends.length;
      if (rows > 0) this.#file.drained = false;
    });
  }

  async endpoints(): Promise<readonly EndpointKey[]> {
    this.#assertUsable();
    return [...this.#file.endpoints].toSorted((left, right) => left - right);
  }

  async unattempted(
    endpoint: EndpointKey,
    after: DeliveryNumber,
    rowsMax: number,
  ): Promise<UnattemptedPage> {
    const { scanned, ...rest } = this.#scan(endpoint, after, rowsMax);
    return { deliveries: scanned.filter((delivery) => !isBegun(this.#file, delivery)), ...rest };
  }

  async firstRounds(
    endpoint: EndpointKey,
    after: DeliveryNumber,
    rowsMax: number,
  ): Promise<FirstRoundsPage> {
    const { scanned, ...rest } = this.#scan(endpoint, after, rowsMax);
    return {
      deliveries: scanned.flatMap((delivery) => firstRoundOf(this.#file, delivery) ?? []),
      ...rest,
    };
  }

  async due(
    endpoint: EndpointKey,
    after: DueCursor,
    untilMs: number,
    rowsMax: number,
  ): Promise<DuePage> {
    this.#assertUsable();
    const following = plansOf(this.#file, endpoint)
      .filter(({ atMs, place }) => (atMs - after.atMs || place - after.place) > 0)
      .toSorted((left, right) => left.atMs - right.atMs || left.place - right.place);
    const scanned = following.filter(({ atMs }) => atMs <= untilMs).slice(0, rowsMax);
    const last = scanned.at(-1);
    return {
      deliveries: scanned.filter(({ isOvertaken }) => !isOvertaken).map(({ due }) => due),
      scannedTo: last === undefined ? after : { atMs: last.atMs, place: last.place },
      nextAtMs: following[scanned.length]?.atMs,
    };
  }

  async waiting(
    endpoint: EndpointKey,
    messageRows: readonly number[],
  ): Promise<readonly DueDelivery[]> {
    this.#assertUsable();
    const isAsked = (delivery: DeliveryNumber): boolean =>
      messageRows.includes(messageRowOf(delivery));
    const firsts = (this.#file.queues.get(endpoint) ?? [])
      .filter((delivery) => isAsked(delivery) && !isBegun(this.#file, delivery))
      .map((delivery) => ({
        delivery,
        round: firstRound,
        attempt: 1,
        trigger: "scheduled" as const,
      }));
    const plans = plansOf(this.#file, endpoint).filter(
      ({ due: { delivery }, isOvertaken: isOver }) => isAsked(delivery) && !isOver,
    );
    return [...firsts, ...plans.map(({ due }) => due)];
  }

  async payloads(messageRows: readonly number[]): Promise<readonly StoredPayload[]> {
    this.#assertUsable();
    return messageRows.map((row) => {
      const message = this.#file.messages[row - 1];
      assert(message !== undefined, `message row ${row} of JobDb ${this.number}`);
      const { atMs, nonce, eventType, payload, trace } = message;
      const isErased = this.#file.erased.has(row);
      const address = { atMs, jobDb: this.number, row, nonce };
      if (isErased) return { address, eventType, payload: "erased" };
      const stored = { address, eventType, payload };
      return trace === undefined ? stored : { ...stored, trace };
    });
  }

  async erasePayload(messageRow: number): Promise<void> {
    await this.#write(() => void this.#file.erased.add(messageRow));
  }

  async eraseResponse(attemptRow: number): Promise<void> {
    await this.#write(() => {
      const attempt = this.#file.attempts[attemptRow - 1];
      if (attempt === undefined) return;
      this.#file.attempts[attemptRow - 1] = { ...attempt, response: new Uint8Array() };
    });
  }

  async eraseExpired(nowMs: number): Promise<Erasure> {
    const expiries = expiriesOf(this.#file);
    await this.#write(() => {
      for (const { row, atMs } of expiries) if (atMs <= nowMs) this.#file.erased.add(row);
    });
    return { nextAtMs: nextExpiryMs(this.#file) };
  }

  async purge({ scope, after, rowsMax }: Purge): Promise<PurgedPage> {
    const { application, endpoint, message } = scope;
    const { messages, attempts } = this.#file;
    const all = endpoint === undefined ? messages : attempts;
    const last = Math.min(message ?? Infinity, all.length);
    const from = Math.max(after, message === undefined ? 0 : message - 1);
    const to = Math.min(from + rowsMax, last);
    const isIn = (row: number): boolean => row > from && row <= to;
    const isOwn = (row: number): boolean => messages[row - 1]?.application === application;
    let purgedAttempts = 0;
    let purgedMessages = 0;
    await this.#write(() => {
      for (const [index, attempt] of attempts.entries()) {
        const messageRow = messageRowOf(attempt.delivery);
        const inScope =
          endpoint === undefined
            ? isIn(messageRow)
            : isIn(attempt.row) && attempt.endpoint === endpoint;
        if (!inScope || !isOwn(messageRow)) continue;
        attempts[index] = { ...attempt, response: new Uint8Array(), url: "" };
        purgedAttempts += 1;
      }
      if (endpoint !== undefined) return;
      for (const { row } of messages) {
        if (!isIn(row) || !isOwn(row)) continue;
        this.#file.erased.add(row);
        purgedMessages += 1;
      }
    });
    const rows = { messages: purgedMessages, attempts: purgedAttempts };
    return { rows, next: to < last ? to : undefined };
  }

  async seal(): Promise<void> {
    await this.#write(() => {
      this.#file.sealed = true;
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

  #scan(endpoint: EndpointKey, after: DeliveryNumber, rowsMax: number) {
    this.#assertUsable();
    const queue = this.#file.queues.get(endpoint) ?? [];
    const following = queue.filter((delivery) => delivery > after);
    const scanned = following.slice(0, rowsMax);
    return {
      scanned,
      scannedTo: scanned.at(-1) ?? after,
      end: scanned.length === following.length,
    };
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

/** When the payloads expire that are still there. */
function expiriesOf(file: MemoryFile): readonly { readonly row: number; readonly atMs: number }[] {
  return file.messages
    .filter(({ row }) => !file.erased.has(row))
    .map(({ row, atMs, retentionDays }) => ({ row, atMs: atMs + retentionDays * dayMs }));
}

/** When the first of them does, Unix milliseconds; infinite if there are none. */
export function nextExpiryMs(file: MemoryFile): number {
  return expiriesOf(file).reduce((soonest, { atMs }) => Math.min(soonest, atMs), Infinity);
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
  for (const { endpoint, skipped } of message.recipients) {
    const delivery = addDelivery(file, message.row, endpoint);
    if (!skipped) listOf(file.queues, endpoint).push(delivery);
  }
}

function addDelivery(file: MemoryFile, messageRow: number, endpoint: EndpointKey): DeliveryNumber {
  const ordinal = file.recipients.get(messageRow) ?? 0;
  const delivery = deliveryNumberOf(messageRow, ordinal);
  file.recipients.set(messageRow, ordinal + 1);
  file.deliveries.set(`${messageRow} to ${endpoint}`, delivery);
  file.endpoints.add(endpoint);
  return delivery;
}

function addResend(file: MemoryFile, resend: Resend): void {
  const { messageRow, endpoint } = resend;
  assert(file.messages[messageRow - 1] !== undefined, `message row ${messageRow} is there`);
  const delivery =
    file.deliveries.get(`${messageRow} to ${endpoint}`) ?? addDelivery(file, messageRow, endpoint);
  file.resends.push({ ...resend, delivery, row: file.resends.length + 1 });
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

/** Whether the first round of a delivery has begun, or it was delivered by hand. */
function isBegun(file: MemoryFile, delivery: DeliveryNumber): boolean {
  const attempts = file.attemptsByDelivery.get(delivery) ?? [];
  return attempts.some(
    ({ round, settlement }) => round === firstRound || settlement === "delivered",
  );
}

/** Undefined: it is over, or the delivery was delivered by hand. */
function firstRoundOf(file: MemoryFile, delivery: DeliveryNumber): FirstRound | undefined {
  const attempts = file.attemptsByDelivery.get(delivery) ?? [];
  if (attempts.some(({ settlement }) => settlement === "delivered")) return undefined;
  const last = attempts.filter(({ round }) => round === firstRound).at(-1);
  if (last === undefined) return { delivery, attempt: 1, dueAtMs: 0 };
  if (last.retryAtMs === undefined) return undefined;
  return { delivery, attempt: last.number + 1, dueAtMs: last.retryAtMs };
}

interface Plan {
  readonly atMs: number;
  /** As in a DueCursor. */
  readonly place: number;
  readonly due: DueDelivery;
  readonly isOvertaken: boolean;
}

/** All retries and resends of an endpoint, in no order. */
function plansOf(file: MemoryFile, endpoint: EndpointKey): readonly Plan[] {
  const retries = (file.plans.get(endpoint) ?? []).map((attempt) => ({
    atMs: attempt.retryAtMs,
    place: 2 * attempt.row,
    due: {
      delivery: attempt.delivery,
      round: attempt.round,
      attempt: attempt.number + 1,
      trigger: attempt.trigger,
    },
    isOvertaken: isOvertaken(file, attempt),
  }));
  const resends = file.resends
    .filter((resend) => resend.endpoint === endpoint)
    .map(({ row, atMs, delivery, trigger }) => ({
      atMs,
      place: 2 * row + 1,
      due: { delivery, round: row, attempt: 1, trigger },
      isOvertaken: (file.attemptsByDelivery.get(delivery) ?? []).some(({ round }) => round === row),
    }));
  return [...retries, ...resends];
}

function isOvertaken(file: MemoryFile, attempt: AttemptRow): boolean {
  const attempts = file.attemptsByDelivery.get(attempt.delivery) ?? [];
  return attempts.some((other) =>
    other.round === attempt.round
      ? other.number > attempt.number || other.settlement !== undefined
      : other.row > attempt.row && other.settlement === "delivered",
  );
}
