import { existsSync } from "node:fs";
import { migrate, schemaVersionOf } from "../../sqlite/migrate.ts";
import { openJobDbReader, openJobDbWriter } from "./job-db-connection.ts";
import { toOpenError } from "./job-db-error.ts";
import { jobDbNumbersIn, jobDbPath } from "./job-db-folder.ts";
import { jobDbMigrations } from "./job-db-migrations.ts";

/**
 * Brings all JobDb files of a folder to the newest schema, before anything else opens them: history reads the drained ones,
 * which no Director opens. Half-made ones are left to who finishes them. A crash leaves some done and some not.
 *
 * A file is put into WAL mode by way of a rollback journal. A crash may leave that, and a connection that only reads can't
 * take it back: it fails as if the folder were read-only. So that is done here, too.
 *
 * @throws PosthornError `data_newer`, `data_unwritable`, `jobdb_failed`
 */
export function upgradeJobDbs(folder: string): void {
  if (!existsSync(folder)) return;
  for (const number of jobDbNumbersIn(folder)) {
    const path = jobDbPath(folder, number);
    try {
      if (existsSync(`${path}-journal`)) rollBack(path);
      if (isOld(path)) upgrade(path);
    } catch (error) {
      throw toOpenError(error, path);
    }
  }
}

/** A connection that writes does so when it first looks into the file. */
function rollBack(path: string): void {
  openJobDbWriter(path).close();
}

function isOld(path: string): boolean {
  const database = openJobDbReader(path);
  try {
    const version = schemaVersionOf(database, jobDbMigrations, path);
    return version > 0 && version < jobDbMigrations.length;
  } finally {
    database.close();
  }
}

function upgrade(path: string): void {
  const database = openJobDbWriter(path);
  try {
    migrate(database, jobDbMigrations, path);
  } finally {
    database.close();
  }
}
