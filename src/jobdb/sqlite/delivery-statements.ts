import type { DatabaseSync } from "node:sqlite";
import type { DeliveryNumber } from "../../core/delivery.ts";
import { type EndpointKey, endpointKeyOf } from "../../core/ids.ts";
import type { Recipient } from "../../core/message.ts";
import { settlementCodeOf } from "./stored-codes.ts";

const delivered = settlementCodeOf("delivered");

export function prepareInsertDelivery(
  database: DatabaseSync,
): (number: DeliveryNumber, recipient: Recipient) => void {
  const statement = database.prepare(
    "INSERT INTO delivery (number, endpoint, skipped) VALUES (?, ?, ?)",
  );
  return (number, recipient) => {
    statement.run(number, recipient.endpoint, recipient.skipped ? 1 : 0);
  };
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

/** An endpoint's deliveries in one run that were not skipped, in order, and whether each was begun with or delivered by hand. */
export function prepareSelectUnskipped(
  database: DatabaseSync,
): (query: UnskippedQuery) => readonly UnskippedRow[] {
  const statement = database.prepare(
    `SELECT number, EXISTS (
       SELECT 1 FROM attempt WHERE attempt.delivery = delivery.number AND (round = 0 OR settlement = ${delivered})
     ) AS begun
     FROM delivery INDEXED BY delivery_run
     WHERE number >> 28 = ? AND endpoint = ? AND skipped = 0 AND number > ?
     ORDER BY number LIMIT ?`,
  );
  return ({ run, endpoint, after, rowsMax }) =>
    statement.all(run, endpoint, after, rowsMax).map((row) => row as UnskippedRow); // the columns of the statement
}
