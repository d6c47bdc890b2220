/** What waits of an endpoint's deliveries: a first attempt, a retry, or a resend. As `unattempted` and `due` find it, for messages that are named. */
import type { DatabaseSync } from "node:sqlite";
import { deliveryNumberOf } from "../../core/delivery.ts";
import type { EndpointKey } from "../../core/ids.ts";
import type { DueDelivery } from "../../director/ports.ts";
import { isBegun } from "./delivery-statements.ts";
import { type DueRow, isResendBegun, isRetryOvertaken, toDueDelivery } from "./due-statements.ts";
import { runOfRow } from "./run.ts";
import { triggerCodeOf } from "./stored-codes.ts";

const ofDelivery = `FROM delivery INDEXED BY delivery_run
  WHERE delivery.number >> 28 = $run AND delivery.endpoint = $endpoint AND delivery.skipped IN (0, 1)
    AND delivery.number BETWEEN $first AND $last`;

/** All that waits of a message for an endpoint. */
export function prepareSelectWaiting(
  database: DatabaseSync,
): (endpoint: EndpointKey, messageRow: number) => readonly DueDelivery[] {
  const statement = database.prepare(
    `WITH own AS MATERIALIZED (SELECT delivery.number, delivery.skipped ${ofDelivery})
     SELECT delivery.number AS delivery, 0 AS round, 1 AS number, ${triggerCodeOf("scheduled")} AS trigger
     FROM own AS delivery WHERE skipped = 0 AND NOT ${isBegun}
     UNION ALL
     SELECT delivery, round, attempt.number + 1, trigger
     FROM own CROSS JOIN attempt INDEXED BY attempt_delivery ON attempt.delivery = own.number
     WHERE retry_at_ms IS NOT NULL AND NOT ${isRetryOvertaken}
     UNION ALL
     SELECT delivery, row, 1, trigger
     FROM own CROSS JOIN resend INDEXED BY resend_delivery ON resend.delivery = own.number
     WHERE NOT ${isResendBegun}`,
  );
  return (endpoint, messageRow) =>
    statement
      .all({
        endpoint,
        run: runOfRow(messageRow),
        first: deliveryNumberOf(messageRow, 0),
        last: deliveryNumberOf(messageRow + 1, 0) - 1,
      })
      .map((row) => toDueDelivery(row as DueRow)); // the columns of the statement that it looks at
}
