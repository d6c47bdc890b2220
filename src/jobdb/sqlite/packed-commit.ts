/**
 * A commit as it crosses from the Director's thread to that of the JobDbs: all numbers in one buffer and all bytes in
 * another, both transferred, and the texts in one array. Cloning the rows takes three times as long (bench/job-db.ts).
 */
import { assert } from "../../core/errors.ts";
import { applicationKeyOf, endpointKeyOf } from "../../core/ids.ts";
import type { AttemptRow, MessageRow, Recipient } from "../../core/message.ts";
import type { Commit } from "../../director/ports.ts";
import { settlementCodeOf, settlementOf, triggerCodeOf, triggerOf } from "./stored-codes.ts";

export interface PackedCommit {
  readonly messages: number;
  readonly attempts: number;
  /** In the order in which `pack` writes and `unpack` reads them. */
  readonly numbers: Float64Array<ArrayBuffer>;
  /** Event type and event id of each message, then the URL of each attempt. */
  readonly texts: readonly (string | undefined)[];
  /** Channels and tags of each message. */
  readonly lists: readonly (readonly string[] | undefined)[];
  /** Payloads, then responses, without gaps. */
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** Stands for "none" where a number can't be negative. */
const none = -1;

export function packCommit({ messages, attempts }: Commit): PackedCommit {
  const numbers: number[] = [];
  const texts: (string | undefined)[] = [];
  const lists: (readonly string[] | undefined)[] = [];
  for (const message of messages) {
    const { row, nonce, atMs, application, retentionDays, payload, recipients } = message;
    numbers.push(row, nonce, atMs, application, retentionDays, payload.length, recipients.length);
    for (const { endpoint, skipped } of recipients) numbers.push(endpoint, skipped ? 1 : 0);
    texts.push(message.eventType, message.eventId);
    lists.push(message.channels, message.tags);
  }
  for (const attempt of attempts) {
    const { row, nonce, atMs, delivery, endpoint, number, statusCode, durationMs } = attempt;
    const settlement =
      attempt.settlement === undefined ? none : settlementCodeOf(attempt.settlement);
    numbers.push(row, nonce, atMs, delivery, endpoint, number, statusCode, durationMs);
    numbers.push(triggerCodeOf(attempt.trigger), settlement, attempt.retryAtMs ?? none);
    numbers.push(attempt.response.length);
    texts.push(attempt.url);
  }
  return {
    messages: messages.length,
    attempts: attempts.length,
    numbers: Float64Array.from(numbers),
    texts,
    lists,
    bytes: joinBytes([
      ...messages.map((message) => message.payload),
      ...attempts.map((attempt) => attempt.response),
    ]),
  };
}

/** The payloads and responses are views of the packed bytes. */
export function unpackCommit(packed: PackedCommit): Commit {
  const reader = new PackedReader(packed);
  const messages = Array.from({ length: packed.messages }, () => readMessage(reader));
  const attempts = Array.from({ length: packed.attempts }, () => readAttempt(reader));
  return { messages, attempts };
}

function readMessage(reader: PackedReader): MessageRow {
  const row = reader.number();
  const nonce = reader.number();
  const atMs = reader.number();
  const application = applicationKeyOf(reader.number());
  const retentionDays = reader.number();
  const payload = reader.bytes(reader.number());
  const recipients = Array.from({ length: reader.number() }, () => readRecipient(reader));
  const eventType = reader.text();
  assert(eventType !== undefined, "a message has an event type");
  const eventId = reader.text();
  const channels = reader.list();
  const tags = reader.list();
  const text = { eventType, eventId, channels, tags };
  return { row, nonce, atMs, application, retentionDays, payload, recipients, ...text };
}

function readRecipient(reader: PackedReader): Recipient {
  return { endpoint: endpointKeyOf(reader.number()), skipped: reader.number() === 1 };
}

function readAttempt(reader: PackedReader): AttemptRow {
  const row = reader.number();
  const nonce = reader.number();
  const atMs = reader.number();
  const delivery = reader.number();
  const endpoint = endpointKeyOf(reader.number());
  const number = reader.number();
  const statusCode = reader.number();
  const durationMs = reader.number();
  const trigger = triggerOf(reader.number());
  const settlementCode = reader.number();
  const settlement = settlementCode === none ? undefined : settlementOf(settlementCode);
  const retryAt = reader.number();
  const retryAtMs = retryAt === none ? undefined : retryAt;
  const response = reader.bytes(reader.number());
  const url = reader.text();
  assert(url !== undefined, "an attempt has a URL");
  const outcome = { statusCode, durationMs, settlement, retryAtMs, response };
  return { row, nonce, atMs, delivery, endpoint, number, trigger, url, ...outcome };
}

/** Reads what `packCommit` wrote, in the same order. */
class PackedReader {
  readonly #packed: PackedCommit;
  #number = 0;
  #text = 0;
  #list = 0;
  #byte = 0;

  constructor(packed: PackedCommit) {
    this.#packed = packed;
  }

  number(): number {
    const value = this.#packed.numbers[this.#number];
    assert(value !== undefined, "a packed commit holds all its numbers");
    this.#number += 1;
    return value;
  }

  text(): string | undefined {
    this.#text += 1;
    return this.#packed.texts[this.#text - 1];
  }

  list(): readonly string[] | undefined {
    this.#list += 1;
    return this.#packed.lists[this.#list - 1];
  }

  bytes(length: number): Uint8Array {
    this.#byte += length;
    return this.#packed.bytes.subarray(this.#byte - length, this.#byte);
  }
}

/** One after the other, without gaps. */
export function joinBytes(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    joined.set(part, offset);
    offset += part.length;
  }
  return joined;
}
