/** Retries and resends by the time when they are due. An endpoint has them in two tables, which are merged here. */
import type { DatabaseSync } from "node:sqlite";
import type { DeliveryNumber, Round } from "../../core/delivery.ts";
import type { EndpointKey } from "../../core/ids.ts";
import type { DueCursor, DueDelivery } from "../../director/ports.ts";
import { settlementCodeOf, triggerOf } from "./stored-codes.ts";

export type DueRow = {
  readonly at_ms: number;
  /** As in a DueCursor. */
  readonly place: number;
  readonly delivery: DeliveryNumber;
  readonly round: Round;
  /** The number that the attempt will have. */
  readonly number: number;
  readonly trigger: number;
  readonly overtaken: 0 | 1;
};

export function toDueDelivery({
  delivery,
  round,
  number,
  trigger,
}: Pick<DueRow, "delivery" | "round" | "number" | "trigger">): DueDelivery {
  return { delivery, round, attempt: number, trigger: triggerOf(trigger) };
}

export interface DueQuery {
  readonly endpoint: EndpointKey;
  readonly after: DueCursor;
  readonly untilMs: number;
  readonly rowsMax: number;
}

const delivered = settlementCodeOf("delivered");

/** Of an `attempt` that planned a retry: a later one of its round, or one that delivered since, has overtaken the plan. */
export const isRetryOvertaken = `EXISTS (
    SELECT 1 FROM attempt AS other WHERE other.delivery = attempt.delivery AND (
      other.round = attempt.round AND (other.number > attempt.number OR other.settlement IS NOT NULL)
      OR other.row > attempt.row AND other.settlement = ${delivered}
    )
  )`;

/** Of a `resend`: its round has begun. */
export const isResendBegun = `EXISTS (
    SELECT 1 FROM attempt AS other WHERE other.delivery = resend.delivery AND other.round = resend.row
  )`;

const retries = `
  SELECT retry_at_ms AS at_ms, 2 * row AS place, delivery, round, number + 1 AS number, trigger, ${isRetryOvertaken} AS overtaken
  FROM attempt INDEXED BY attempt_retry
  WHERE endpoint = ? AND retry_at_ms IS NOT NULL AND (retry_at_ms, row) > (?, ?) AND retry_at_ms <= ?
  ORDER BY retry_at_ms, row LIMIT ?`;

const resends = `
  SELECT at_ms, 2 * row + 1 AS place, delivery, row AS round, 1 AS number, trigger, ${isResendBegun} AS overtaken
  FROM resend INDEXED BY resend_due
  WHERE endpoint = ? AND (at_ms, row) > (?, ?) AND at_ms <= ?
  ORDER BY at_ms, row LIMIT ?`;

/** What is due, soonest first, and whether each has been overtaken. */
export function prepareSelectDue(database: DatabaseSync): (query: DueQuery) => readonly DueRow[] {
  const selectRetries = database.prepare(retries);
  const selectResends = database.prepare(resends);
  return ({ endpoint, after, untilMs, rowsMax }) => {
    const [retryRow, resendRow] = lastRowsUpTo(after.place);
    const rows = [
      ...selectRetries.all(endpoint, after.atMs, retryRow, untilMs, rowsMax),
      ...selectResends.all(endpoint, after.atMs, resendRow, untilMs, rowsMax),
    ].map((row) => row as DueRow); // the columns of both statements
    return rows
      .toSorted((left, right) => left.at_ms - right.at_ms || left.place - right.place)
      .slice(0, rowsMax);
  };
}

/** When the first retry or resend of an endpoint after a position is due. */
export function prepareSelectNextDue(
  database: DatabaseSync,
): (endpoint: EndpointKey, after: DueCursor) => number | undefined {
  const nextRetry = database.prepare(
    `SELECT retry_at_ms AS at_ms FROM attempt INDEXED BY attempt_retry
     WHERE endpoint = ? AND retry_at_ms IS NOT NULL AND (retry_at_ms, row) > (?, ?)
     ORDER BY retry_at_ms, row LIMIT 1`,
  );
  const nextResend = database.prepare(
    `SELECT at_ms FROM resend INDEXED BY resend_due
     WHERE endpoint = ? AND (at_ms, row) > (?, ?) ORDER BY at_ms, row LIMIT 1`,
  );
  return (endpoint, after) => {
    const [retryRow, resendRow] = lastRowsUpTo(after.place);
    const found = [
      nextRetry.get(endpoint, after.atMs, retryRow),
      nextResend.get(endpoint, after.atMs, resendRow),
    ].flatMap((row) => (row === undefined ? [] : [Number(row["at_ms"])]));
    return found.length === 0 ? undefined : Math.min(...found);
  };
}

/** The last row of `attempt` and that of `resend` that have a place up to this one. */
function lastRowsUpTo(place: number): readonly [attempt: number, resend: number] {
  return [Math.floor(place / 2), Math.floor((place - 1) / 2)];
}
