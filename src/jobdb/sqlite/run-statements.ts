/** Finding the runs in which an index divided by runs has anything. */
import type { DatabaseSync } from "node:sqlite";

const entries = {
  message: "message INDEXED BY message_run WHERE row >> 12 = n AND application = $key",
  attempt: "attempt INDEXED BY attempt_run WHERE row >> 12 = n AND endpoint = $key",
  delivery: "delivery INDEXED BY delivery_run WHERE number >> 28 = n AND endpoint = $key",
  unskipped:
    "delivery INDEXED BY delivery_run WHERE number >> 28 = n AND endpoint = $key AND skipped = 0",
} as const;

export interface RunQuery {
  /** The application of messages, the endpoint of attempts and deliveries. */
  readonly key: number;
  /** The run to begin with, and the last one to look into, which may be below it. */
  readonly from: number;
  readonly to: number;
}

/**
 * The first run on the way that has an entry for the key. One statement for all runs, as each statement takes some 10 µs and
 * a look into one run half a µs.
 */
export function prepareSelectRun(
  database: DatabaseSync,
  of: keyof typeof entries,
): (query: RunQuery) => number | undefined {
  const statement = database.prepare(
    `WITH RECURSIVE run (n) AS (SELECT $from UNION ALL SELECT n + $step FROM run WHERE n <> $to)
     SELECT n FROM run WHERE EXISTS (SELECT 1 FROM ${entries[of]}) LIMIT 1`,
  );
  return ({ key, from, to }) => {
    const row = statement.get({ key, from, to, step: from <= to ? 1 : -1 });
    return row === undefined ? undefined : Number(row["n"]);
  };
}
