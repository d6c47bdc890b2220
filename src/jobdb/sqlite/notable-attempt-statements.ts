/** Attempts that there may be something to tell the operator of (core/operational-event.ts). */
import type { DatabaseSync } from "node:sqlite";
import { messageRowOf, type DeliveryNumber } from "../../core/delivery.ts";
import { endpointKeyOf } from "../../core/ids.ts";
import type { NotableAttempt } from "../../director/facade.ts";
import { settlementOf } from "./stored-codes.ts";

type NotableRow = {
  readonly row: number;
  readonly nonce: number;
  readonly at_ms: number;
  readonly delivery: DeliveryNumber;
  readonly endpoint: number;
  readonly number: number;
  readonly settlement: number | null;
  readonly retry_at_ms: number | null;
  readonly status_code: number;
  readonly message_nonce: number;
  readonly message_at_ms: number;
  readonly event_id: string | null;
  readonly failed_before: 0 | 1;
};

/** To the letter as the index `attempt_notable` has it, or it would not be used. */
const notable = `settlement = 2
  OR number = 4 AND settlement IS NULL AND retry_at_ms IS NOT NULL
  OR settlement = 0 AND (number > 4 OR round > 0)`;

/** The first rows after a row, in order. Only these are looked at, whatever lies between. */
export function prepareSelectNotableAttempts(
  database: DatabaseSync,
  jobDb: number,
): (afterRow: number, limit: number) => readonly NotableAttempt[] {
  const statement = database.prepare(
    `SELECT attempt.row, attempt.nonce, attempt.at_ms, attempt.delivery, endpoint, number, settlement, retry_at_ms,
       status_code, message.nonce AS message_nonce, message.at_ms AS message_at_ms, event_id, EXISTS (
         SELECT 1 FROM attempt AS earlier
         WHERE earlier.delivery = attempt.delivery AND earlier.row < attempt.row AND (earlier.settlement = 2
           OR earlier.number = 4 AND earlier.settlement IS NULL AND earlier.retry_at_ms IS NOT NULL)
       ) AS failed_before
     FROM (SELECT * FROM attempt WHERE row > ? AND (${notable}) ORDER BY row LIMIT ?) AS attempt
     JOIN message ON message.row = attempt.delivery >> 16 ORDER BY attempt.row`,
  );
  return (afterRow, limit) =>
    statement.all(afterRow, limit).map((each) => {
      const found = each as NotableRow; // the columns of the statement
      const messageRow = messageRowOf(found.delivery);
      return {
        address: { atMs: found.at_ms, jobDb, row: found.row, nonce: found.nonce },
        message: { atMs: found.message_at_ms, jobDb, row: messageRow, nonce: found.message_nonce },
        endpoint: endpointKeyOf(found.endpoint),
        number: found.number,
        settlement: found.settlement === null ? undefined : settlementOf(found.settlement),
        retryAtMs: found.retry_at_ms ?? undefined,
        statusCode: found.status_code,
        eventId: found.event_id ?? undefined,
        failedBefore: found.failed_before === 1,
      };
    });
}
