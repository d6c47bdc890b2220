import type { DatabaseSync } from "node:sqlite";
import { messageRowOf, type DeliveryNumber } from "../../core/delivery.ts";
import { endpointKeyOf } from "../../core/ids.ts";
import type { AttemptRow } from "../../core/message.ts";
import type { StoredAttempt } from "../../director/facade.ts";
import { bodyChecksumOf } from "./body-checksum.ts";
import { prepareInsertRows } from "./insert-rows.ts";
import { listOfText } from "./message-statements.ts";
import { settlementCodeOf, settlementOf, triggerCodeOf, triggerOf } from "./stored-codes.ts";

export function prepareInsertAttempts(
  database: DatabaseSync,
): (attempts: readonly AttemptRow[]) => void {
  return prepareInsertRows(database, {
    table: "attempt",
    columns: [
      "row",
      "nonce",
      "at_ms",
      "delivery",
      "endpoint",
      "round",
      "number",
      "trigger",
      "settlement",
      "retry_at_ms",
      "status_code",
      "duration_ms",
      "url",
      "response",
      "checksum",
    ],
    valuesOf: (attempt) => [
      attempt.row,
      attempt.nonce,
      attempt.atMs,
      attempt.delivery,
      attempt.endpoint,
      attempt.round,
      attempt.number,
      triggerCodeOf(attempt.trigger),
      attempt.settlement === undefined ? null : settlementCodeOf(attempt.settlement),
      attempt.retryAtMs ?? null,
      attempt.statusCode,
      attempt.durationMs,
      attempt.url,
      attempt.response,
      bodyChecksumOf(attempt.response, attempt),
    ],
  });
}

/** Takes out of a row what the endpoint answered. */
export function prepareEraseResponse(database: DatabaseSync): (row: number) => void {
  const statement = database.prepare(
    "UPDATE attempt SET response = x'', checksum = NULL WHERE row = ?",
  );
  return (row) => void statement.run(row);
}

type StoredAttemptRow = {
  readonly nonce: number;
  readonly at_ms: number;
  readonly delivery: DeliveryNumber;
  readonly endpoint: number;
  readonly round: number;
  readonly number: number;
  readonly trigger: number;
  readonly settlement: number | null;
  readonly retry_at_ms: number | null;
  readonly status_code: number;
  readonly duration_ms: number;
  readonly url: string;
  readonly response: Uint8Array;
  readonly message_nonce: number;
  readonly message_at_ms: number;
  readonly event_type: string;
  readonly channels: string | null;
};

/** An attempt with what is shown of its message. */
export function prepareSelectAttempt(
  database: DatabaseSync,
  jobDb: number,
): (row: number) => StoredAttempt | undefined {
  const statement = database.prepare(
    `SELECT attempt.nonce, attempt.at_ms, delivery, endpoint, round, number, trigger, settlement, retry_at_ms, status_code,
       duration_ms, url, response, message.nonce AS message_nonce, message.at_ms AS message_at_ms, event_type, channels
     FROM attempt JOIN message ON message.row = attempt.delivery >> 16
     WHERE attempt.row = ?`,
  );
  return (row) => {
    const found = statement.get(row) as StoredAttemptRow | undefined; // the columns of the statement
    if (found === undefined) return undefined;
    const messageRow = messageRowOf(found.delivery);
    return {
      address: { atMs: found.at_ms, jobDb, row, nonce: found.nonce },
      message: { atMs: found.message_at_ms, jobDb, row: messageRow, nonce: found.message_nonce },
      delivery: found.delivery,
      endpoint: endpointKeyOf(found.endpoint),
      round: found.round,
      number: found.number,
      trigger: triggerOf(found.trigger),
      settlement: found.settlement === null ? undefined : settlementOf(found.settlement),
      retryAtMs: found.retry_at_ms ?? undefined,
      statusCode: found.status_code,
      durationMs: found.duration_ms,
      url: found.url,
      response: found.response,
      eventType: found.event_type,
      channels: listOfText(found.channels),
    };
  };
}
