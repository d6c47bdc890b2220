/**
 * A file's schema version (`PRAGMA user_version`) is how many migrations it has had. A migration that has been released
 * is never changed: a new one is added at the end. Each runs in a transaction with its number, so a crash leaves a
 * version, never something between two.
 */
import type { DatabaseSync } from "node:sqlite";
import { PosthornError } from "../core/errors.ts";
import { inTransaction } from "./in-transaction.ts";
import { readPragma } from "./read-pragma.ts";

/**
 * Brings a file to the newest schema, each migration in a transaction of its own.
 *
 * @throws PosthornError `data_newer`
 */
export function migrate(database: DatabaseSync, migrations: readonly string[], path: string): void {
  for (const step of stepsLeft(database, migrations, path)) inTransaction(database, step);
}

/**
 * Brings a file to the newest schema within the caller's transaction.
 *
 * @throws PosthornError `data_newer`
 */
export function migrateWithin(
  database: DatabaseSync,
  migrations: readonly string[],
  path: string,
): void {
  for (const step of stepsLeft(database, migrations, path)) step();
}

/**
 * How many migrations a file has had; 0 if there is nothing in it yet.
 *
 * @throws PosthornError `data_newer` if a newer program has written the file
 */
export function schemaVersionOf(
  database: DatabaseSync,
  migrations: readonly string[],
  path: string,
): number {
  const version = Number(readPragma(database, "user_version"));
  if (version <= migrations.length) return version;
  throw new PosthornError(
    "data_newer",
    `${path} has schema version ${version}, this program knows ${migrations.length}: a newer one has written it`,
  );
}

function stepsLeft(
  database: DatabaseSync,
  migrations: readonly string[],
  path: string,
): readonly (() => void)[] {
  const version = schemaVersionOf(database, migrations, path);
  return migrations.slice(version).map((migration, index) => () => {
    database.exec(migration);
    database.exec(`PRAGMA user_version = ${version + index + 1}`);
  });
}
