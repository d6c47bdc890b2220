import type { DatabaseSync } from "node:sqlite";
import { isDamage } from "../../sqlite/result-code.ts";
import { migrate, schemaVersionOf } from "../../sqlite/migrate.ts";
import { openJobDbReader, openJobDbWriter } from "./job-db-connection.ts";
import { toOpenError } from "./job-db-error.ts";
import { prepareSelectLife, type JobDbLife } from "./job-db-life.ts";
import { jobDbNumbersIn, jobDbPath } from "./job-db-folder.ts";
import { jobDbMigrations } from "./job-db-migrations.ts";
import { markDamaged } from "./quarantine.ts";

/**
 * Brings all JobDb files of a folder to the newest schema, before anything else opens them: history reads the drained ones,
 * which no Director opens. Half-made ones are left to who finishes them. A crash leaves some done and some not.
 *
 * A file whose damage shows only here is marked: this start fails, and the next one sets it aside.
 *
 * @returns what there is to know of each that has messages
 * @throws PosthornError `data_newer`, `data_unwritable`, `jobdb_failed`
 */
export function upgradeJobDbs(folder: string): ReadonlyMap<number, JobDbLife> {
  const lives = new Map<number, JobDbLife>();
  for (const number of jobDbNumbersIn(folder)) {
    const path = jobDbPath(folder, number);
    try {
      const life = lifeOf(path);
      if (life !== undefined) lives.set(number, life);
    } catch (error) {
      const failure = toOpenError(error, path);
      if (isDamage(error)) markDamaged(path, failure.message);
      throw failure;
    }
  }
  return lives;
}

function lifeOf(path: string): JobDbLife | undefined {
  const version = withDatabase(openJobDbReader(path), (database) =>
    schemaVersionOf(database, jobDbMigrations, path),
  );
  if (version === 0) return undefined;
  if (version < jobDbMigrations.length)
    withDatabase(openJobDbWriter(path), (database) => migrate(database, jobDbMigrations, path));
  return withDatabase(openJobDbReader(path), (database) => prepareSelectLife(database)());
}

function withDatabase<Result>(
  database: DatabaseSync,
  use: (database: DatabaseSync) => Result,
): Result {
  try {
    return use(database);
  } finally {
    database.close();
  }
}
