import type { DatabaseSync } from "node:sqlite";
import { messageRowOf, type DeliveryNumber } from "../../core/delivery.ts";
import { type EndpointKey, endpointKeyOf } from "../../core/ids.ts";
import type { AttemptRow } from "../../core/message.ts";
import type { StoredAttempt } from "../../director/facade.ts";
import type { DueCursor } from "../../director/ports.ts";
import { listOfText } from "./message-statements.ts";
import { settlementCodeOf, settlementOf, triggerCodeOf, triggerOf } from "./stored-codes.ts";

/** Inserts an attempt, at the given time instead of its own. */
export function prepareInsertAttempt(
  database: DatabaseSync,
): (attempt: AttemptRow, atMs: number) => void {
  const statement = database.prepare(
    `INSERT INTO attempt (row, nonce, at_ms, delivery, endpoint, number, trigger, settlement, retry_at_ms,
       status_code, duration_ms, url, response)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  return (attempt, atMs) => {
    statement.run(
      attempt.row,
      attempt.nonce,
      atMs,
      attempt.delivery,
      attempt.endpoint,
      attempt.number,
      triggerCodeOf(attempt.trigger),
      attempt.settlement === undefined ? null : settlementCodeOf(attempt.settlement),
      attempt.retryAtMs ?? null,
      attempt.statusCode,
      attempt.durationMs,
      attempt.url,
      attempt.response,
    );
  };
}

type DueRow = {
  readonly row: number;
  readonly retry_at_ms: number;
  readonly delivery: DeliveryNumber;
  readonly number: number;
  readonly overtaken: 0 | 1;
};

export interface DueQuery {
  readonly endpoint: EndpointKey;
  readonly after: DueCursor;
  readonly untilMs: number;
  readonly rowsMax: number;
}

/** Planned retries of an endpoint by their time, and whether a later attempt or a settlement has overtaken each. */
export function prepareSelectDue(database: DatabaseSync): (query: DueQuery) => readonly DueRow[] {
  const statement = database.prepare(
    `SELECT row, retry_at_ms, delivery, number, EXISTS (
       SELECT 1 FROM attempt AS other
       WHERE other.delivery = attempt.delivery AND (other.number > attempt.number OR other.settlement IS NOT NULL)
     ) AS overtaken
     FROM attempt INDEXED BY attempt_retry
     WHERE endpoint = ? AND retry_at_ms IS NOT NULL AND (retry_at_ms, row) > (?, ?) AND retry_at_ms <= ?
     ORDER BY retry_at_ms, row LIMIT ?`,
  );
  return ({ endpoint, after, untilMs, rowsMax }) =>
    statement.all(endpoint, after.atMs, after.row, untilMs, rowsMax).map((row) => row as DueRow); // the columns of the statement
}

/** When the first retry of an endpoint after a position is planned. */
export function prepareSelectNextRetry(
  database: DatabaseSync,
): (endpoint: EndpointKey, after: DueCursor) => number | undefined {
  const statement = database.prepare(
    `SELECT retry_at_ms FROM attempt INDEXED BY attempt_retry
     WHERE endpoint = ? AND retry_at_ms IS NOT NULL AND (retry_at_ms, row) > (?, ?)
     ORDER BY retry_at_ms, row LIMIT 1`,
  );
  return (endpoint, after) => {
    const row = statement.get(endpoint, after.atMs, after.row);
    return row === undefined ? undefined : Number(row["retry_at_ms"]);
  };
}

type StoredAttemptRow = {
  readonly nonce: number;
  readonly at_ms: number;
  readonly delivery: DeliveryNumber;
  readonly endpoint: number;
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
    `SELECT attempt.nonce, attempt.at_ms, delivery, endpoint, number, trigger, settlement, retry_at_ms, status_code,
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
