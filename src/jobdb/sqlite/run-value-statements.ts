/** Reading the different values of a filter's field among the rows of a run. */
import type { DatabaseSync } from "node:sqlite";
import { listOfText } from "./message-statements.ts";
import type { RunField, RunOfRows, SelectRunValues } from "./run-values.ts";
import { settlementCodeOf } from "./stored-codes.ts";

const rowsOf = {
  message: "message INDEXED BY message_run WHERE row >> 12 = $run AND application = $key",
  attempt: `attempt INDEXED BY attempt_run CROSS JOIN message ON message.row = attempt.delivery >> 16
    WHERE attempt.row >> 12 = $run AND endpoint = $key`,
  delivery: `delivery INDEXED BY delivery_run CROSS JOIN message ON message.row = delivery.number >> 16
    WHERE delivery.number >> 28 = $run AND endpoint = $key AND skipped IN (0, 1)`,
} as const satisfies Record<RunOfRows["entry"], string>;

/** As the filters of history-statements.ts compare them. */
export const columnOf = {
  eventType: "message.event_type",
  channel: "message.channels",
  tag: "message.tags",
  status: `CASE WHEN attempt.settlement IS ${settlementCodeOf("delivered")} THEN 'delivered' ELSE 'failed' END`,
  statusCodeClass: "CAST(attempt.status_code / 100 * 100 AS TEXT)",
} as const satisfies Record<RunField, string>;

const isList: ReadonlySet<RunField> = new Set<RunField>(["channel", "tag"]);

/** Each statement is prepared when it is first used. */
export function prepareSelectRunValues(database: DatabaseSync): SelectRunValues {
  const statements = new Map<string, ReturnType<DatabaseSync["prepare"]>>();
  return ({ entry, run, key }, field, valuesMax) => {
    const name = `${entry} ${field}`;
    const statement =
      statements.get(name) ??
      database.prepare(
        `SELECT DISTINCT ${columnOf[field]} AS value FROM ${rowsOf[entry]} LIMIT $textsMax`,
      );
    statements.set(name, statement);
    const texts = statement.all({ run, key, textsMax: valuesMax + 1 }).map(({ value }) => value);
    if (texts.length > valuesMax) return undefined;
    const values = texts.flatMap((text) => valuesOf(text as string | null, field)); // texts, by their columns
    return values.length > valuesMax ? undefined : values;
  };
}

/** Those of a field in its column's text: channels and tags are lists. */
export function valuesOf(text: string | null, field: RunField): readonly string[] {
  if (text === null) return [];
  return isList.has(field) ? (listOfText(text) ?? []) : [text];
}
