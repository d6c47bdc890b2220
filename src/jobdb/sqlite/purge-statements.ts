/** Erasing what messages and attempts say, in place: rows stay, as ids and positions are made of them. */
import type { DatabaseSync, SQLInputValue } from "node:sqlite";
import { deliveryNumberOf } from "../../core/delivery.ts";
import type { PurgeScope } from "../../core/purge.ts";
import type { Purge, PurgedPage } from "../../director/ports.ts";

/** Nothing of a message but that it was there, for whom and when. */
const eraseMessages = `UPDATE message SET payload = x'', checksum = NULL, event_id = NULL, channels = NULL, tags = NULL,
  erased_at_ms = coalesce(erased_at_ms, $nowMs)
  WHERE row > $after AND row <= $to AND application = $application`;

const eraseAttempts = "UPDATE attempt SET response = x'', url = '', checksum = NULL";

/** One page of the rows: of messages, or for one endpoint's scope of attempts. */
export function preparePurge(database: DatabaseSync): (purge: Purge, nowMs: number) => PurgedPage {
  const lastMessage = database.prepare("SELECT max(row) AS row FROM message");
  const lastAttempt = database.prepare("SELECT max(row) AS row FROM attempt");
  const messages = database.prepare(eraseMessages);
  const attemptsOfMessages = database.prepare(
    `${eraseAttempts} WHERE delivery >= $first AND delivery < $end AND EXISTS (
       SELECT 1 FROM message WHERE row = delivery >> 16 AND application = $application)`,
  );
  const attemptsOfEndpoint = database.prepare(
    `${eraseAttempts} WHERE row > $after AND row <= $to AND endpoint = $endpoint AND EXISTS (
       SELECT 1 FROM message WHERE row = delivery >> 16 AND application = $application)`,
  );
  const run = (
    statement: typeof messages,
    values: Readonly<Record<string, SQLInputValue>>,
  ): number => Number(statement.run(values).changes);
  return ({ scope, after, rowsMax }, nowMs) => {
    const { application, endpoint } = scope;
    const last = Number((endpoint === undefined ? lastMessage : lastAttempt).get()?.["row"] ?? 0);
    const from = Math.max(after, firstAfter(scope));
    const to = Math.min(from + rowsMax, lastOf(scope, last));
    const next = to < lastOf(scope, last) ? to : undefined;
    if (endpoint !== undefined) {
      const attempts = run(attemptsOfEndpoint, { after: from, to, endpoint, application });
      return { rows: { messages: 0, attempts }, next };
    }
    const first = deliveryNumberOf(from + 1, 0);
    const end = deliveryNumberOf(to + 1, 0);
    const attempts = run(attemptsOfMessages, { first, end, application });
    const rows = { messages: run(messages, { after: from, to, application, nowMs }), attempts };
    return { rows, next };
  };
}

function firstAfter({ message }: PurgeScope): number {
  return message === undefined ? 0 : message - 1;
}

function lastOf({ message }: PurgeScope, last: number): number {
  return message === undefined ? last : Math.min(message, last);
}
