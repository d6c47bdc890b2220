import type { DatabaseSync } from "node:sqlite";
import type { DeliveryNumber } from "../../core/delivery.ts";
import { type EndpointKey, endpointKeyOf } from "../../core/ids.ts";
import type { Recipient } from "../../core/message.ts";
import type { FirstRound } from "../../director/ports.ts";
import { prepareInsertRows } from "./insert-rows.ts";
import { settlementCodeOf } from "./stored-codes.ts";

const delivered = settlementCodeOf("delivered");

export interface DeliveryRow extends Recipient {
  readonly number: DeliveryNumber;
}

export function prepareInsertDeliveries(
  database: DatabaseSync,
): (deliveries: readonly DeliveryRow[]) => void {
  return prepareInsertRows(database, {
    table: "delivery",
    columns: ["number", "endpoint", "skipped"],
    valuesOf: ({ number, endpoint, skipped }) => [number, endpoint, skipped ? 1 : 0],
  });
}

/** Remembers that an endpoint has deliveries here, and from which number on, unless there are earlier ones. */
export function prepareInsertEndpoint(
  database: DatabaseSync,
): (endpoint: EndpointKey, firstDelivery: DeliveryNumber) => void {
  const statement = database.prepare(
    `INSERT INTO endpoint_here (endpoint, first_delivery) VALUES (?, ?)
     ON CONFLICT (endpoint) DO UPDATE SET first_delivery = MIN(first_delivery, excluded.first_delivery)`,
  );
  return (endpoint, firstDelivery) => void statement.run(endpoint, firstDelivery);
}

/** All endpoints that have deliveries here. */
export function prepareSelectEndpoints(database: DatabaseSync): () => readonly EndpointKey[] {
  const statement = database.prepare("SELECT endpoint FROM endpoint_here ORDER BY endpoint");
  return () => statement.all().map((row) => endpointKeyOf(Number(row["endpoint"])));
}

/** The first delivery of an endpoint, or undefined if there is none. */
export function prepareSelectFirstDelivery(
  database: DatabaseSync,
): (endpoint: EndpointKey) => DeliveryNumber | undefined {
  const statement = database.prepare("SELECT first_delivery FROM endpoint_here WHERE endpoint = ?");
  return (endpoint) => {
    const row = statement.get(endpoint);
    return row === undefined ? undefined : Number(row["first_delivery"]);
  };
}

type UnskippedRow = { readonly number: DeliveryNumber; readonly begun: 0 | 1 };

export interface UnskippedQuery {
  readonly run: number;
  readonly endpoint: EndpointKey;
  readonly after: DeliveryNumber;
  readonly rowsMax: number;
}

/** Of a `delivery`: its first round was begun, or it was delivered by hand. */
export const isBegun = `EXISTS (
  SELECT 1 FROM attempt WHERE attempt.delivery = delivery.number AND (round = 0 OR settlement = ${delivered})
)`;

/** An endpoint's deliveries in one run that were not skipped, in order, and whether each was begun. */
export function prepareSelectUnskipped(
  database: DatabaseSync,
): (query: UnskippedQuery) => readonly UnskippedRow[] {
  const statement = database.prepare(
    `SELECT number, ${isBegun} AS begun
     FROM delivery INDEXED BY delivery_run
     WHERE number >> 28 = ? AND endpoint = ? AND skipped = 0 AND number > ?
     ORDER BY number LIMIT ?`,
  );
  return ({ run, endpoint, after, rowsMax }) =>
    statement.all(run, endpoint, after, rowsMax).map((row) => row as UnskippedRow); // the columns of the statement
}

export type FirstRoundRow = {
  readonly number: DeliveryNumber;
  /** Attempts of the first round, null if it has not begun. */
  readonly attempts: number | null;
  /** What the last of them planned; null: nothing. */
  readonly retry_at_ms: number | null;
  readonly delivered: 0 | 1;
};

/** An endpoint's deliveries in one run that were not skipped, in order, and how far the first round of each has come. */
export function prepareSelectFirstRounds(
  database: DatabaseSync,
): (query: UnskippedQuery) => readonly FirstRoundRow[] {
  const statement = database.prepare(
    `SELECT number,
       (SELECT MAX(attempt.number) FROM attempt WHERE attempt.delivery = delivery.number AND round = 0) AS attempts,
       (SELECT retry_at_ms FROM attempt WHERE attempt.delivery = delivery.number AND round = 0
        ORDER BY attempt.number DESC LIMIT 1) AS retry_at_ms,
       EXISTS (
         SELECT 1 FROM attempt WHERE attempt.delivery = delivery.number AND settlement = ${delivered}
       ) AS delivered
     FROM delivery INDEXED BY delivery_run
     WHERE number >> 28 = ? AND endpoint = ? AND skipped = 0 AND number > ?
     ORDER BY number LIMIT ?`,
  );
  return ({ run, endpoint, after, rowsMax }) =>
    statement.all(run, endpoint, after, rowsMax).map((row) => row as FirstRoundRow); // the columns of the statement
}

/** Undefined: the first round is over, or the delivery was delivered by hand. */
export function toFirstRound(row: FirstRoundRow): FirstRound | undefined {
  if (row.delivered === 1) return undefined;
  if (row.attempts === null) return { delivery: row.number, attempt: 1, dueAtMs: 0 };
  if (row.retry_at_ms === null) return undefined;
  return { delivery: row.number, attempt: row.attempts + 1, dueAtMs: row.retry_at_ms };
}
