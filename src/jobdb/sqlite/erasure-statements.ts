/** Erasing payloads: the one exception to "rows are never updated". */
import type { DatabaseSync } from "node:sqlite";
import type { Erasure } from "../../director/ports.ts";
import { prepareFirstRowSince, prepareSelectTime } from "./row-span.ts";

const dayMs = 24 * 60 * 60 * 1000;

export function prepareErasePayload(
  database: DatabaseSync,
): (messageRow: number, atMs: number) => void {
  const statement = database.prepare(
    "UPDATE message SET payload = x'', erased_at_ms = ? WHERE row = ? AND erased_at_ms IS NULL",
  );
  return (messageRow, atMs) => void statement.run(atMs, messageRow);
}

/** Remembers that messages here are kept for so many days. */
export function prepareInsertRetention(database: DatabaseSync): (days: number) => void {
  const statement = database.prepare("INSERT INTO retention_here (days, erased_to) VALUES (?, 0)");
  return (days) => void statement.run(days);
}

/** The numbers of days that messages here are kept for. */
export function selectRetentions(database: DatabaseSync): readonly number[] {
  return database
    .prepare("SELECT days FROM retention_here")
    .all()
    .map((row) => Number(row["days"]));
}

/** No payload expires before this, Unix milliseconds; undefined: none ever does. */
export function prepareSelectNextExpiry(database: DatabaseSync): () => number | undefined {
  const statement = database.prepare(
    `SELECT min(message.at_ms + days * ${dayMs}) AS at_ms
     FROM retention_here JOIN message ON message.row = erased_to + 1`,
  );
  return () => {
    const atMs = statement.get()?.["at_ms"];
    return typeof atMs === "number" ? atMs : undefined;
  };
}

type RetentionRow = { readonly days: number; readonly erased_to: number };

/**
 * Erases payloads whose time is over: for each number of days, those rows that are old enough for it and come after the last
 * that was looked at for it.
 */
export function prepareEraseExpired(
  database: DatabaseSync,
): (nowMs: number, rowsMax: number) => Erasure {
  const retentions = database.prepare("SELECT days, erased_to FROM retention_here");
  const erase = database.prepare(
    `UPDATE message SET payload = x'', erased_at_ms = $nowMs
     WHERE row > $above AND row <= $to AND retention_days = $days AND erased_at_ms IS NULL`,
  );
  const advance = database.prepare("UPDATE retention_here SET erased_to = ? WHERE days = ?");
  const firstRowSince = prepareFirstRowSince(database, "message");
  const timeOf = prepareSelectTime(database, "message");
  return (nowMs, rowsMax) => {
    let rowsLeft = rowsMax;
    let nextAtMs = Infinity;
    for (const row of retentions.all()) {
      const { days, erased_to: above } = row as RetentionRow; // the columns of the statement
      const last = firstRowSince(nowMs - days * dayMs + 1) - 1;
      const to = Math.min(last, above + rowsLeft);
      if (to > above) {
        erase.run({ nowMs, above, to, days });
        advance.run(to, days);
        rowsLeft -= to - above;
      }
      if (to < last) return { nextAtMs: nowMs };
      const nextMs = timeOf(Math.max(to, above) + 1);
      if (nextMs !== undefined) nextAtMs = Math.min(nextAtMs, nextMs + days * dayMs);
    }
    return { nextAtMs };
  };
}
