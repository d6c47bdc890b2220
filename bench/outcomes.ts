import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

/** What a server that has stopped in order left in its JobDbs. */
export interface Outcomes {
  readonly messages: number;
  readonly attempts: number;
  readonly settled: number;
  /** Of all files. */
  readonly bytes: number;
  /** Attempts whose outcome was known in a span of time, Unix milliseconds. */
  attemptsBetween(fromMs: number, untilMs: number): number;
}

export function readOutcomes(dataFolder: string): Outcomes {
  const folder = join(dataFolder, "jobdb");
  const files = readdirSync(folder);
  const paths = files.filter((name) => name.endsWith(".db")).map((name) => join(folder, name));
  const count = (sql: string, ...values: readonly number[]): number =>
    paths.reduce((sum, path) => sum + countIn(path, sql, values), 0);
  return {
    messages: count("SELECT count(*) AS count FROM message"),
    attempts: count("SELECT count(*) AS count FROM attempt"),
    settled: count("SELECT count(*) AS count FROM attempt WHERE settlement IS NOT NULL"),
    bytes: files.reduce((sum, name) => sum + statSync(join(folder, name)).size, 0),
    attemptsBetween: (fromMs, untilMs) =>
      count(
        "SELECT count(*) AS count FROM attempt WHERE at_ms >= ? AND at_ms < ?",
        Math.round(fromMs),
        Math.round(untilMs),
      ),
  };
}

function countIn(path: string, sql: string, values: readonly number[]): number {
  const database = new DatabaseSync(path, { readOnly: true });
  try {
    return Number(database.prepare(sql).get(...values)?.["count"]);
  } finally {
    database.close();
  }
}
