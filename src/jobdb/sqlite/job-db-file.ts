/**
 * A JobDb file's birth and change of owner.
 *
 *   absent ──open──▶ half-made ──first commit──▶ empty ──messages──▶ undrained ──sealed, all settled──▶ drained ──▶ removed
 *
 * A crash between the two lines of its making leaves a half-made file: version 0, no tables. It holds nothing, so readers
 * pass over it, and its owner finishes it when it next needs an empty one. An empty one was never written to: nobody has
 * an id that points to it, and it too is taken again, so that restarts leave no trail of empty files.
 */
import { rmSync } from "node:fs";
import { dirname } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { PosthornError } from "../../core/errors.ts";
import { inTransaction } from "../../sqlite/in-transaction.ts";
import { migrateWithin, schemaVersionOf } from "../../sqlite/migrate.ts";
import { prepareSelectNextExpiry } from "./erasure-statements.ts";
import { openJobDbReader, openJobDbWriter } from "./job-db-connection.ts";
import { toOpenError } from "./job-db-error.ts";
import { besideSuffixes, syncFolder } from "./job-db-folder.ts";
import { jobDbMigrations } from "./job-db-migrations.ts";
import { insertJobDb, prepareSelectJobDb, updateEpoch } from "./job-db-statements.ts";
import { prepareSelectLastRow } from "./row-span.ts";

export interface JobDbFile {
  readonly path: string;
  readonly number: number;
  /** Of the owner that opens it. */
  readonly epoch: number;
  /** Whether this owner has had it open before. */
  readonly taken: boolean;
}

export type JobDbFileState = "half-made" | "empty" | "undrained" | "drained";

/** @throws PosthornError `data_newer`, `data_unwritable`, `jobdb_failed` */
export function jobDbFileState(path: string): JobDbFileState {
  return withConnection(path, openJobDbReader, (database) => {
    try {
      return stateOf(database, path);
    } finally {
      database.close();
    }
  });
}

/**
 * No payload in a file expires before this, Unix milliseconds; undefined: none ever does.
 *
 * @throws PosthornError as `jobDbFileState`
 */
export function nextExpiryIn(path: string): number | undefined {
  return withConnection(path, openJobDbReader, (database) => {
    try {
      const isMade = schemaVersionOf(database, jobDbMigrations, path) > 0;
      return isMade ? prepareSelectNextExpiry(database)() : undefined;
    } finally {
      database.close();
    }
  });
}

function stateOf(database: DatabaseSync, path: string): JobDbFileState {
  if (schemaVersionOf(database, jobDbMigrations, path) === 0) return "half-made";
  if (prepareSelectLastRow(database, "message")().row === 0) return "empty";
  return prepareSelectJobDb(database)().drained_at_ms === null ? "undrained" : "drained";
}

/**
 * Opens a file as its owner; makes it if it is absent, finishes it if it is half-made. Durable when it returns.
 *
 * @throws PosthornError `jobdb_stale_owner` if the file has had another owner with this epoch or a higher one,
 *   `data_newer`, `data_unwritable`, `jobdb_failed`
 */
export function openJobDbFile(file: JobDbFile): DatabaseSync {
  return withConnection(file.path, openJobDbWriter, (database) => {
    const made = inTransaction(database, () => takeOver(database, file));
    if (made) syncFolder(dirname(file.path));
    return database;
  });
}

/** Whether the file had to be made. */
function takeOver(database: DatabaseSync, file: JobDbFile): boolean {
  const made = schemaVersionOf(database, jobDbMigrations, file.path) === 0;
  migrateWithin(database, jobDbMigrations, file.path);
  if (made) {
    insertJobDb(database, file.number, file.epoch);
    return true;
  }
  const { epoch } = prepareSelectJobDb(database)();
  if (file.taken && epoch === file.epoch) return false;
  if (epoch >= file.epoch) {
    throw new PosthornError(
      "jobdb_stale_owner",
      `${file.path} has had an owner with epoch ${epoch}; epoch ${file.epoch} is too old to open it`,
    );
  }
  updateEpoch(database, file.epoch);
  return false;
}

/**
 * Removes a file that nobody has open as its owner, for good. The file goes before its WAL, and durably so: without its WAL
 * it would have forgotten what was settled. A crash leaves at most a WAL without a file, which `removeStrays` finds.
 */
export function removeJobDbFile(path: string): void {
  rmSync(path, { force: true });
  syncFolder(dirname(path));
  for (const suffix of besideSuffixes) rmSync(`${path}${suffix}`, { force: true });
}

function withConnection<Result>(
  path: string,
  open: (path: string) => DatabaseSync,
  use: (database: DatabaseSync) => Result,
): Result {
  let database: DatabaseSync | undefined;
  try {
    database = open(path);
    return use(database);
  } catch (error) {
    if (database?.isOpen === true) database.close();
    throw toOpenError(error, path);
  }
}
