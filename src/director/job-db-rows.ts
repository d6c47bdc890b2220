import type { IncomingMessage, AttemptRow, MessageRow } from "../core/message.ts";
import type { JobDbSize } from "../core/sealing.ts";
import type { JobDb } from "./ports.ts";

/** When a row is made, and what tells that its id was given out. */
export interface Stamp {
  /** Unix milliseconds. */
  readonly atMs: number;
  readonly nonce: number;
}

/** A JobDb with the highest rows given out so far, and what this run has put into it. */
export class JobDbRows {
  readonly jobDb: JobDb;
  #lastMessage: number;
  #lastAttempt: number;
  #rows = 0;
  #bytes = 0;
  #firstAtMs: number | undefined;

  constructor(jobDb: JobDb) {
    this.jobDb = jobDb;
    this.#lastMessage = jobDb.lastMessageRow;
    this.#lastAttempt = jobDb.lastAttemptRow;
  }

  get size(): JobDbSize {
    return { rows: this.#rows, bytes: this.#bytes, firstAtMs: this.#firstAtMs };
  }

  /** The row that the next message gets. */
  get nextMessageRow(): number {
    return this.#lastMessage + 1;
  }

  giveMessage(message: IncomingMessage, { atMs, nonce }: Stamp): MessageRow {
    this.#lastMessage += 1;
    this.#count(1 + message.recipients.length, message.payload.length, atMs);
    return { ...message, row: this.#lastMessage, nonce, atMs };
  }

  giveAttempt(attempt: Omit<AttemptRow, "row" | keyof Stamp>, { atMs, nonce }: Stamp): AttemptRow {
    this.#lastAttempt += 1;
    this.#count(1, attempt.response.length, atMs);
    return { ...attempt, row: this.#lastAttempt, nonce, atMs };
  }

  #count(rows: number, bytes: number, atMs: number): void {
    this.#rows += rows;
    this.#bytes += bytes;
    this.#firstAtMs ??= atMs;
  }
}
