/** Finding the rows of a listing: only their keys, as few of those that are found come onto the page. */
import type { DatabaseSync } from "node:sqlite";
import type { AttemptsQuery, MessagesQuery, Page } from "../../director/facade.ts";
import { limits } from "../../core/limits.ts";
import type { TimedRow } from "./row-span.ts";
import { settlementCodeOf } from "./stored-codes.ts";

/** Which rows to look at: strictly between two rows, and within one run where an index is divided by runs. */
export interface RowRange {
  readonly run: number;
  readonly above: number;
  readonly below: number;
  readonly rowsMax: number;
}

type Direction = Page["direction"];
export type MessageFilter = Pick<MessagesQuery, "eventTypes" | "channel" | "tag">;
type AttemptFilter = Pick<AttemptsQuery, "status" | "statusCodeClass" | "endpoint"> & MessageFilter;

/** Of `$eventTypes`, `$channel` and `$tag`. */
export const messageCondition = `
  ($eventTypes IS NULL OR message.event_type IN (SELECT value FROM json_each($eventTypes)))
  AND ($channel IS NULL OR EXISTS (SELECT 1 FROM json_each(message.channels) WHERE value = $channel))
  AND ($tag IS NULL OR EXISTS (SELECT 1 FROM json_each(message.tags) WHERE value = $tag))`;

const delivered = settlementCodeOf("delivered");
const attemptCondition = `
  ($endpoint IS NULL OR attempt.endpoint = $endpoint)
  AND ($statusCodeClass IS NULL OR attempt.status_code / 100 * 100 = $statusCodeClass)
  AND CASE $status
    WHEN 'delivered' THEN attempt.settlement IS ${delivered}
    WHEN 'failed' THEN attempt.settlement IS NOT ${delivered}
    ELSE TRUE
  END
  AND ($eventTypes IS NULL AND $channel IS NULL AND $tag IS NULL OR EXISTS (
    SELECT 1 FROM message WHERE message.row = attempt.delivery >> 16 AND ${messageCondition}
  ))`;

/** Messages of an application in one run, nearest first. */
export function prepareSelectMessageKeys(
  database: DatabaseSync,
  direction: Direction,
): (application: number, filter: MessageFilter, range: RowRange) => readonly TimedRow[] {
  const statement = database.prepare(
    `SELECT row, at_ms AS atMs FROM message INDEXED BY message_run
     WHERE row >> 12 = $run AND application = $application AND row > $above AND row < $below AND ${messageCondition}
     ORDER BY row ${orderOf(direction)} LIMIT $rowsMax`,
  );
  return (application, filter, range) =>
    statement
      .all({ application, ...messageParameters(filter), ...range })
      .map((row) => row as TimedRow);
}

/** Attempts to an endpoint in one run, nearest first. */
export function prepareSelectEndpointAttemptKeys(
  database: DatabaseSync,
  direction: Direction,
): (of: number, filter: AttemptFilter, range: RowRange) => readonly TimedRow[] {
  const statement = database.prepare(
    `SELECT row, at_ms AS atMs FROM attempt INDEXED BY attempt_run
     WHERE row >> 12 = $run AND endpoint = $of AND row > $above AND row < $below AND ${attemptCondition}
     ORDER BY row ${orderOf(direction)} LIMIT $rowsMax`,
  );
  return (of, filter, range) =>
    statement.all({ of, ...attemptParameters(filter), ...range }).map((row) => row as TimedRow);
}

/** Attempts of all deliveries of a message, nearest first. */
export function prepareSelectMessageAttemptKeys(
  database: DatabaseSync,
  direction: Direction,
): (message: number, filter: AttemptFilter, range: Omit<RowRange, "run">) => readonly TimedRow[] {
  const statement = database.prepare(
    `SELECT row, at_ms AS atMs FROM attempt INDEXED BY attempt_delivery
     WHERE delivery BETWEEN $first AND $last AND row > $above AND row < $below AND ${attemptCondition}
     ORDER BY row ${orderOf(direction)} LIMIT $rowsMax`,
  );
  return (message, filter, range) => {
    const first = message * limits.deliveriesPerMessageMax;
    const last = first + limits.deliveriesPerMessageMax - 1;
    return statement
      .all({ first, last, ...attemptParameters(filter), ...range })
      .map((row) => row as TimedRow);
  };
}

export function orderOf(direction: Direction): "DESC" | "ASC" {
  return direction === "older" ? "DESC" : "ASC";
}

export function messageParameters(filter: MessageFilter) {
  return {
    eventTypes: filter.eventTypes === undefined ? null : JSON.stringify(filter.eventTypes),
    channel: filter.channel ?? null,
    tag: filter.tag ?? null,
  };
}

function attemptParameters(filter: AttemptFilter) {
  return {
    status: filter.status ?? null,
    statusCodeClass: filter.statusCodeClass ?? null,
    endpoint: filter.endpoint ?? null,
    ...messageParameters(filter),
  };
}
