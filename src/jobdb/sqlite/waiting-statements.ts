/** What waits of an endpoint's deliveries: a first attempt, a retry, or a resend. As `unattempted` and `due` find it, for messages that are named. */
import type { DatabaseSync } from "node:sqlite";
import type { EndpointKey } from "../../core/ids.ts";
import type { Page } from "../../director/facade.ts";
import type { DueDelivery } from "../../director/ports.ts";
import {
  type MessageRange,
  prepareSelectDeliveryKeysWhere,
  rangeParameters,
} from "./delivery-history-statements.ts";
import { isBegun } from "./delivery-statements.ts";
import { type DueRow, isResendBegun, isRetryOvertaken, toDueDelivery } from "./due-statements.ts";
import {
  messageCondition,
  type MessageFilter,
  messageParameters,
  type RowRange,
} from "./history-statements.ts";
import type { TimedRow } from "./row-span.ts";
import { runOfRow } from "./run.ts";
import { triggerCodeOf } from "./stored-codes.ts";

/** Of a `delivery`: something of it waits. */
const waits = `(
  delivery.skipped = 0 AND NOT ${isBegun}
  OR EXISTS (
    SELECT 1 FROM attempt INDEXED BY attempt_delivery
    WHERE attempt.delivery = delivery.number AND retry_at_ms IS NOT NULL AND NOT ${isRetryOvertaken}
  )
  OR EXISTS (
    SELECT 1 FROM resend INDEXED BY resend_delivery WHERE resend.delivery = delivery.number AND NOT ${isResendBegun}
  )
)`;

const ofDelivery = `FROM delivery INDEXED BY delivery_run
  WHERE delivery.number >> 28 = $run AND delivery.endpoint = $endpoint AND delivery.skipped IN (0, 1)
    AND delivery.number BETWEEN $first AND $last`;

/** Messages of one run of which something waits for an endpoint, nearest first. */
export function prepareSelectWaitingKeys(
  database: DatabaseSync,
  direction: Page["direction"],
): (endpoint: EndpointKey, filter: MessageFilter, range: RowRange) => readonly TimedRow[] {
  return prepareSelectDeliveryKeysWhere(database, direction, waits);
}

/** How many deliveries to an endpoint, of the messages of one run, have something that waits, and how many others there are. */
export function prepareCountWaiting(
  database: DatabaseSync,
): (
  endpoint: EndpointKey,
  filter: MessageFilter,
  range: MessageRange,
) => Record<"waiting" | "others", number> {
  const statement = database.prepare(
    `SELECT COUNT(*) AS count, COUNT(*) FILTER (WHERE ${waits} AND EXISTS (
       SELECT 1 FROM message WHERE message.row = delivery.number >> 16 AND ${messageCondition}
     )) AS waiting ${ofDelivery}`,
  );
  return (endpoint, filter, range) => {
    const parameters = { endpoint, ...messageParameters(filter), ...rangeParameters(range) };
    const row = statement.get(parameters);
    const waiting = Number(row?.["waiting"]);
    return { waiting, others: Number(row?.["count"]) - waiting };
  };
}

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
        ...rangeParameters({
          run: runOfRow(messageRow),
          above: messageRow - 1,
          below: messageRow + 1,
        }),
      })
      .map((row) => toDueDelivery(row as DueRow)); // the columns of the statement that it looks at
}
