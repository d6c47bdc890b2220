/** A commit as it crosses from the Director's thread to that of the JobDbs. */
import type { AnswerRow } from "../../core/answer.ts";
import { assert } from "../../core/errors.ts";
import { endpointKeyOf } from "../../core/ids.ts";
import type { AttemptRow, MessageRow, Resend } from "../../core/message.ts";
import { readAnswer, writeAnswer } from "../../core/packed-answer.ts";
import { readMessage, writeMessage } from "../../core/packed-message.ts";
import { type PackedRows, PackedRowsReader, PackedRowsWriter } from "../../core/packed-rows.ts";
import type { Commit } from "../../director/ports.ts";
import { settlementCodeOf, settlementOf, triggerCodeOf, triggerOf } from "./stored-codes.ts";

export interface PackedCommit {
  readonly messages: number;
  readonly attempts: number;
  readonly answers: number;
  readonly resends: number;
  readonly rows: PackedRows;
}

/** Stands for "none" where a number can't be negative. */
const none = -1;

export function packCommit({ messages, attempts, resends, answers }: Commit): PackedCommit {
  const writer = new PackedRowsWriter();
  for (const message of messages) {
    writer.numbers(message.row, message.nonce, message.atMs);
    writeMessage(writer, message);
  }
  for (const attempt of attempts) writeAttempt(writer, attempt);
  for (const { messageRow, endpoint, trigger, atMs, asker } of resends) {
    writer.numbers(messageRow, endpoint, triggerCodeOf(trigger), atMs);
    writer.bytes(asker ?? new Uint8Array());
  }
  for (const { atMs, firstMessage: from, messages: count, hash, text } of answers) {
    writer.numbers(atMs);
    writeAnswer(writer, { from, count, hash, text });
  }
  return {
    messages: messages.length,
    attempts: attempts.length,
    resends: resends.length,
    answers: answers.length,
    rows: writer.packed(),
  };
}

/** The payloads, responses and hashes are views of the packed bytes. */
export function unpackCommit({ messages, attempts, resends, answers, rows }: PackedCommit): Commit {
  const reader = new PackedRowsReader(rows);
  return {
    messages: Array.from({ length: messages }, () => readMessageRow(reader)),
    attempts: Array.from({ length: attempts }, () => readAttempt(reader)),
    resends: Array.from({ length: resends }, () => readResend(reader)),
    answers: Array.from({ length: answers }, () => readAnswerRow(reader)),
  };
}

function readAnswerRow(reader: PackedRowsReader): AnswerRow {
  const atMs = reader.number();
  const { from: firstMessage, count: messages, hash, text } = readAnswer(reader);
  return { atMs, firstMessage, messages, hash, text };
}

function readResend(reader: PackedRowsReader): Resend {
  const messageRow = reader.number();
  const endpoint = endpointKeyOf(reader.number());
  const trigger = triggerOf(reader.number());
  const atMs = reader.number();
  const asker = reader.bytes();
  return { messageRow, endpoint, trigger, atMs, asker: asker.length === 0 ? undefined : asker };
}

function readMessageRow(reader: PackedRowsReader): MessageRow {
  const row = reader.number();
  const nonce = reader.number();
  const atMs = reader.number();
  return { row, nonce, atMs, ...readMessage(reader) };
}

function writeAttempt(writer: PackedRowsWriter, attempt: AttemptRow): void {
  const { row, nonce, atMs, delivery, endpoint, round, number, statusCode, durationMs } = attempt;
  const settlement = attempt.settlement === undefined ? none : settlementCodeOf(attempt.settlement);
  writer.numbers(row, nonce, atMs, delivery, endpoint, round, number, statusCode, durationMs);
  writer.numbers(triggerCodeOf(attempt.trigger), settlement, attempt.retryAtMs ?? none);
  writer.bytes(attempt.response);
  writer.text(attempt.url);
}

function readAttempt(reader: PackedRowsReader): AttemptRow {
  const row = reader.number();
  const nonce = reader.number();
  const atMs = reader.number();
  const delivery = reader.number();
  const endpoint = endpointKeyOf(reader.number());
  const round = reader.number();
  const number = reader.number();
  const statusCode = reader.number();
  const durationMs = reader.number();
  const trigger = triggerOf(reader.number());
  const settlementCode = reader.number();
  const settlement = settlementCode === none ? undefined : settlementOf(settlementCode);
  const retryAt = reader.number();
  const retryAtMs = retryAt === none ? undefined : retryAt;
  const response = reader.bytes();
  const url = reader.text();
  assert(url !== undefined, "an attempt has a URL");
  const outcome = { statusCode, durationMs, settlement, retryAtMs, response };
  return { row, nonce, atMs, delivery, endpoint, round, number, trigger, url, ...outcome };
}
