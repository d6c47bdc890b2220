/** What became of deliveries. No row says it: it follows from those of the delivery and its attempts. */
import type { DatabaseSync } from "node:sqlite";
import { type DeliveryNumber, deliveryNumberOf, messageRowOf } from "../../core/delivery.ts";
import {
  deliveryFactsOf,
  type DeliveryState,
  deliveryStateOf,
  factBitsOf,
} from "../../core/delivery-state.ts";
import { type EndpointKey, endpointKeyOf } from "../../core/ids.ts";
import type { DeliveriesQuery, Page, StoredDelivery } from "../../director/facade.ts";
import {
  messageCondition,
  type MessageFilter,
  messageParameters,
  orderOf,
  type RowRange,
} from "./history-statements.ts";
import type { TimedRow } from "./row-span.ts";
import { runOfRow } from "./run.ts";
import { settlementCodeOf, triggerCodeOf } from "./stored-codes.ts";

/** The newest round of a delivery that goes by the schedule: 0, or the resend that began it. */
const round = `COALESCE((
  SELECT MAX(row) FROM resend WHERE resend.delivery = delivery.number AND resend.trigger = ${triggerCodeOf("scheduled")}
), 0)`;

/** Of a row of `delivery`, as core/delivery-state.ts numbers them. */
export const factBits = `(delivery.skipped AND ${round} = 0) + COALESCE((
  SELECT 2 * MAX(settlement IS ${settlementCodeOf("delivered")})
    + 4 * MAX(settlement IS NOT NULL AND attempt.round = ${round})
  FROM attempt WHERE attempt.delivery = delivery.number
), 0)`;

const storedDelivery = `number, endpoint, ${factBits} AS bits, COALESCE((
  SELECT retry_at_ms FROM attempt
  WHERE attempt.delivery = delivery.number AND attempt.round = ${round} AND retry_at_ms IS NOT NULL
  ORDER BY attempt.number DESC LIMIT 1
), (
  SELECT at_ms FROM resend WHERE resend.row = ${round}
)) AS retry_at_ms`;

type DeliveryRow = {
  readonly number: DeliveryNumber;
  readonly endpoint: number;
  readonly bits: number;
  readonly retry_at_ms: number | null;
};

/** Deliveries of messages strictly between two rows. */
export type MessageRange = Pick<RowRange, "run" | "above" | "below">;

/** Messages that were for an endpoint, of one run, nearest first. */
export function prepareSelectDeliveryKeys(
  database: DatabaseSync,
  direction: Page["direction"],
): (endpoint: EndpointKey, filter: DeliveriesQuery, range: RowRange) => readonly TimedRow[] {
  const isOfState = `($bits IS NULL OR ${factBits} IN (SELECT value FROM json_each($bits)))`;
  const select = prepareSelectDeliveryKeysWhere(database, direction, isOfState);
  return (endpoint, filter, range) =>
    select(endpoint, filter, range, { bits: bitsText(filter.state) });
}

/** The same, of those that a condition holds for. */
export function prepareSelectDeliveryKeysWhere(
  database: DatabaseSync,
  direction: Page["direction"],
  condition: string,
): (
  endpoint: EndpointKey,
  filter: MessageFilter,
  range: RowRange,
  parameters?: Readonly<Record<string, string | null>>,
) => readonly TimedRow[] {
  // Each half is in the order of its index, so the two are merged without sorting.
  const half = (skipped: 0 | 1) => `
    SELECT delivery.number AS number, message.at_ms AS atMs
    FROM delivery INDEXED BY delivery_run CROSS JOIN message ON message.row = delivery.number >> 16
    WHERE delivery.number >> 28 = $run AND endpoint = $endpoint AND skipped = ${skipped}
      AND delivery.number BETWEEN $first AND $last
      AND ${condition}
      AND ${messageCondition}`;
  const statement = database.prepare(
    `${half(0)} UNION ALL ${half(1)} ORDER BY number ${orderOf(direction)} LIMIT $rowsMax`,
  );
  return (endpoint, filter, { rowsMax, ...range }, parameters = {}) =>
    statement
      .all({
        ...parameters,
        endpoint,
        rowsMax,
        ...rangeParameters(range),
        ...messageParameters(filter),
      })
      .map((row) => ({ row: messageRowOf(Number(row["number"])), atMs: Number(row["atMs"]) }));
}

/** The delivery of a message to an endpoint. */
export function prepareSelectDeliveryTo(
  database: DatabaseSync,
): (
  message: number,
  endpoint: EndpointKey,
) => (StoredDelivery & { readonly number: DeliveryNumber }) | undefined {
  const statement = database.prepare(
    `SELECT ${storedDelivery} FROM delivery INDEXED BY delivery_run
     WHERE number >> 28 = $run AND endpoint = $endpoint AND skipped IN (0, 1) AND number BETWEEN $first AND $last`,
  );
  return (message, endpoint) => {
    const range = { run: runOfRow(message), above: message - 1, below: message + 1 };
    const row = statement.get({ endpoint, ...rangeParameters(range) }) as DeliveryRow | undefined; // its columns
    return row === undefined ? undefined : { number: row.number, ...toStoredDelivery(row) };
  };
}

/** Deliveries of a message strictly between two numbers, nearest first. */
export function prepareSelectRecipients(
  database: DatabaseSync,
  direction: "forward" | "backward",
): (above: DeliveryNumber, below: DeliveryNumber, rowsMax: number) => readonly StoredDelivery[] {
  const order = direction === "forward" ? "ASC" : "DESC";
  const statement = database.prepare(
    `SELECT ${storedDelivery} FROM delivery WHERE number > ? AND number < ? ORDER BY number ${order} LIMIT ?`,
  );
  return (above, below, rowsMax) =>
    statement.all(above, below, rowsMax).map((row) => toStoredDelivery(row as DeliveryRow)); // its columns
}

/** Deliveries by their state, and those that a filter leaves out. */
export type FilteredCounts = Record<DeliveryState | "others", number>;

/** How many deliveries to an endpoint, of the messages of one run, are in each state. */
export function prepareCountDeliveries(
  database: DatabaseSync,
): (endpoint: EndpointKey, filter: MessageFilter, range: MessageRange) => FilteredCounts {
  const statement = database.prepare(
    `SELECT ${factBits} AS bits, COUNT(*) AS count,
       $eventTypes IS NULL AND $channel IS NULL AND $tag IS NULL OR EXISTS (
         SELECT 1 FROM message WHERE message.row = delivery.number >> 16 AND ${messageCondition}
       ) AS matching
     FROM delivery INDEXED BY delivery_run
     WHERE number >> 28 = $run AND endpoint = $endpoint AND skipped IN (0, 1) AND number BETWEEN $first AND $last
     GROUP BY bits, matching`,
  );
  return (endpoint, filter, range) => {
    const counts: FilteredCounts = { delivered: 0, waiting: 0, failed: 0, others: 0 };
    const parameters = { endpoint, ...messageParameters(filter), ...rangeParameters(range) };
    for (const { bits, count, matching } of statement.all(parameters)) {
      const state = deliveryStateOf(deliveryFactsOf(Number(bits)));
      counts[matching === 1 ? state : "others"] += Number(count);
    }
    return counts;
  };
}

function toStoredDelivery(row: DeliveryRow): StoredDelivery {
  const state = deliveryStateOf(deliveryFactsOf(row.bits));
  return {
    endpoint: endpointKeyOf(row.endpoint),
    state,
    nextAttemptAtMs: state === "waiting" ? (row.retry_at_ms ?? undefined) : undefined,
  };
}

export function rangeParameters({ run, above, below }: MessageRange) {
  return { run, first: deliveryNumberOf(above + 1, 0), last: deliveryNumberOf(below, 0) - 1 };
}

function bitsText(state: DeliveryState | undefined): string | null {
  return state === undefined ? null : JSON.stringify(factBitsOf(state));
}
