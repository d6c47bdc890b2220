/** What background tasks look for before they send something: messages that an endpoint has missed, and what waits already. */
import type { DatabaseSync } from "node:sqlite";
import { missingFactBits } from "../../core/delivery-state.ts";
import type { ApplicationKey, EndpointKey } from "../../core/ids.ts";
import { limits } from "../../core/limits.ts";
import type { MessagesQuery, Page } from "../../director/facade.ts";
import { factBits } from "./delivery-history-statements.ts";
import {
  messageCondition,
  messageParameters,
  orderOf,
  type RowRange,
} from "./history-statements.ts";
import type { TimedRow } from "./row-span.ts";

/** An application and one of its endpoints. */
export interface Subscriber {
  readonly application: ApplicationKey;
  readonly endpoint: EndpointKey;
}

/** Messages of an application in one run that an endpoint was never sent by the schedule, nearest first. */
export function prepareSelectMissingKeys(
  database: DatabaseSync,
  direction: Page["direction"],
): (subscriber: Subscriber, filter: MessagesQuery, range: RowRange) => readonly TimedRow[] {
  const deliveries = limits.deliveriesPerMessageMax;
  const statement = database.prepare(
    `SELECT row, at_ms AS atMs FROM message INDEXED BY message_run
     WHERE row >> 12 = $run AND application = $application AND row > $above AND row < $below AND ${messageCondition}
       AND NOT EXISTS (
         SELECT 1 FROM delivery INDEXED BY delivery_run
         WHERE delivery.number >> 28 = $run AND delivery.endpoint = $endpoint AND delivery.skipped IN (0, 1)
           AND delivery.number BETWEEN message.row * ${deliveries} AND message.row * ${deliveries} + ${deliveries - 1}
           AND ${factBits} NOT IN (${missingFactBits.join(", ")})
       )
     ORDER BY row ${orderOf(direction)} LIMIT $rowsMax`,
  );
  return (subscriber, filter, range) =>
    statement
      .all({ ...subscriber, ...messageParameters(filter), ...range })
      .map((row) => row as TimedRow); // the columns of the statement
}

/** How many of the newest resends to an endpoint have not begun. They begin about in the order of asking. */
export function prepareCountWaitingResends(
  database: DatabaseSync,
): (endpoint: EndpointKey, newest: number) => number {
  const statement = database.prepare(
    `SELECT COUNT(*) AS count FROM (
       SELECT delivery, row FROM resend INDEXED BY resend_due WHERE endpoint = ?
       ORDER BY at_ms DESC, row DESC LIMIT ?
     ) AS newest
     WHERE NOT EXISTS (
       SELECT 1 FROM attempt WHERE attempt.delivery = newest.delivery AND attempt.round = newest.row
     )`,
  );
  return (endpoint, newest) => Number(statement.get(endpoint, newest)?.["count"]);
}
