import type { DatabaseSync } from "node:sqlite";
import { type DeliveryNumber, deliveryNumberOf } from "../../core/delivery.ts";
import { assert } from "../../core/errors.ts";
import type { EndpointKey } from "../../core/ids.ts";
import type { Resend } from "../../core/message.ts";
import { prepareInsertDeliveries, prepareInsertEndpoint } from "./delivery-statements.ts";
import { runOfRow } from "./run.ts";
import { triggerCodeOf } from "./stored-codes.ts";

/** Inserts a resend; if its message was not for the endpoint, a delivery that is skipped but for what is resent, too. */
export function prepareInsertResend(database: DatabaseSync): (resend: Resend) => void {
  const findDelivery = prepareFindDelivery(database);
  const addDelivery = prepareAddDelivery(database);
  const insert = database.prepare(
    "INSERT INTO resend (at_ms, delivery, endpoint, trigger, asker) VALUES (?, ?, ?, ?, ?)",
  );
  return ({ messageRow, endpoint, trigger, atMs, asker }) => {
    const delivery = findDelivery(messageRow, endpoint) ?? addDelivery(messageRow, endpoint);
    insert.run(atMs, delivery, endpoint, triggerCodeOf(trigger), asker ?? null);
  };
}

/** Whether a message was resent to an endpoint, at or after a time, for the same asker. */
export function prepareIsResent(
  database: DatabaseSync,
): (messageRow: number, endpoint: EndpointKey, asker: Uint8Array, sinceMs: number) => boolean {
  const findDelivery = prepareFindDelivery(database);
  const statement = database.prepare(
    `SELECT 1 FROM resend INDEXED BY resend_delivery
     WHERE delivery = ? AND trigger IN (0, 1) AND asker = ? AND at_ms >= ?`,
  );
  return (messageRow, endpoint, asker, sinceMs) => {
    const delivery = findDelivery(messageRow, endpoint);
    return delivery !== undefined && statement.get(delivery, asker, sinceMs) !== undefined;
  };
}

function prepareFindDelivery(
  database: DatabaseSync,
): (messageRow: number, endpoint: EndpointKey) => DeliveryNumber | undefined {
  const statement = database.prepare(
    `SELECT number FROM delivery INDEXED BY delivery_run
     WHERE number >> 28 = ? AND endpoint = ? AND skipped IN (0, 1) AND number BETWEEN ? AND ?`,
  );
  return (messageRow, endpoint) => {
    const first = deliveryNumberOf(messageRow, 0);
    const last = deliveryNumberOf(messageRow + 1, 0) - 1;
    const row = statement.get(runOfRow(messageRow), endpoint, first, last);
    return row === undefined ? undefined : Number(row["number"]);
  };
}

/** Gives a message one more recipient, after those that it has. */
function prepareAddDelivery(
  database: DatabaseSync,
): (messageRow: number, endpoint: EndpointKey) => DeliveryNumber {
  const hasMessage = database.prepare("SELECT 1 FROM message WHERE row = ?");
  const lastNumber = database.prepare(
    "SELECT MAX(number) AS number FROM delivery WHERE number BETWEEN ? AND ?",
  );
  const insertDeliveries = prepareInsertDeliveries(database);
  const insertEndpoint = prepareInsertEndpoint(database);
  return (messageRow, endpoint) => {
    assert(hasMessage.get(messageRow) !== undefined, `message row ${messageRow} is there`);
    const first = deliveryNumberOf(messageRow, 0);
    const last = lastNumber.get(first, deliveryNumberOf(messageRow + 1, 0) - 1)?.["number"];
    const number = typeof last === "number" ? last + 1 : first;
    insertDeliveries([{ number, endpoint, skipped: true }]);
    insertEndpoint(endpoint, number);
    return number;
  };
}
