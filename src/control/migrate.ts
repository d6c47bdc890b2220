import type { DatabaseSync } from "node:sqlite";
import { PosthornError } from "../core/errors.ts";
import { inTransaction } from "./in-transaction.ts";
import { pragma } from "./open-database.ts";

/**
 * Brings a database to the newest schema. The file's version is the number of migrations it has had (`user_version`);
 * each runs in a transaction with its number, so a crash leaves a version, never something between two.
 *
 * @throws PosthornError `data_newer` if a newer program has written the file
 */
export function migrate(database: DatabaseSync, migrations: readonly string[], path: string): void {
  const version = Number(pragma(database, "user_version"));
  if (version > migrations.length) {
    throw new PosthornError(
      "data_newer",
      `${path} has schema version ${version}, this program knows ${migrations.length}: a newer one has written it`,
    );
  }
  for (const [index, migration] of migrations.slice(version).entries()) {
    inTransaction(database, () => {
      database.exec(migration);
      database.exec(`PRAGMA user_version = ${version + index + 1}`);
    });
  }
}
