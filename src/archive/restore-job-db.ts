/**
 * Makes a JobDb's file of its archive again, under its old number, so that every id of a message or attempt is good again. It is
 * drained, so nothing is sent by itself; history and resends find it in the folder like any other.
 *
 * The file is made under another name, with the schema that it was archived with, filled block by block, brought to the newest
 * schema, synced, and renamed into place: after a crash it is there, or something that the next restoring removes.
 */
import { closeSync, existsSync, fsyncSync, openSync, renameSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import type { DatabaseSync, SQLInputValue } from "node:sqlite";
import { PosthornError } from "../core/errors.ts";
import { limits } from "../core/limits.ts";
import { toOpenError } from "../jobdb/sqlite/job-db-error.ts";
import {
  besideSuffixes,
  jobDbPath,
  makeFolder,
  restoringSuffix,
  syncFolder,
  walSuffixes,
} from "../jobdb/sqlite/job-db-folder.ts";
import { jobDbMigrations } from "../jobdb/sqlite/job-db-migrations.ts";
import { inTransaction } from "../sqlite/in-transaction.ts";
import { migrate } from "../sqlite/migrate.ts";
import { openWriter } from "../sqlite/open-connection.ts";
import { archiveName } from "./archive-names.ts";
import type { ArchiveStore } from "./archive-store.ts";
import { readBlock } from "./block.ts";
import { type ArchivedTable, archivedTables, type StoredRow } from "./job-db-rows.ts";
import { type Manifest, noRows } from "./manifest.ts";
import { decodeRow } from "./row-line.ts";

export interface RestoreOptions {
  readonly store: ArchiveStore;
  /** Of the JobDb files. */
  readonly folder: string;
  /** Waited for after each block: whoever wants to end the restoring lets it fail. */
  readonly betweenBlocks: () => Promise<void>;
}

/**
 * Restores into the folder of the JobDb files; it may be in use, as nobody looks at the file before it is whole. What is left of
 * an archive of undelivered messages is not erased by its days: who restores it wants to send it.
 *
 * @throws PosthornError `conflict` if a JobDb of this number is there; `archive_damaged`, with the block's name;
 *   `data_newer` if a newer program has archived it; `data_unwritable`, `jobdb_failed`; or as the store does
 */
export async function restoreJobDb(manifest: Manifest, options: RestoreOptions): Promise<void> {
  const { folder } = options;
  const path = jobDbPath(folder, manifest.jobDb);
  const name = archiveName(manifest.jobDb, manifest.kind);
  if (existsSync(path)) throw new PosthornError("conflict", `${path} is there already`);
  refuseNewer(manifest, name);
  makeFolder(folder);
  const unfinished = `${path}${restoringSuffix}`;
  removeFile(unfinished);
  try {
    await fill(unfinished, manifest, options);
    syncFile(unfinished);
    // A crash that cut off its dropping may have left these, and they would be taken for the new file's.
    for (const suffix of besideSuffixes) rmSync(`${path}${suffix}`, { force: true });
    syncFolder(dirname(path));
    renameSync(unfinished, path);
    syncFolder(dirname(path));
  } catch (error) {
    removeFile(unfinished);
    throw toOpenError(error, path);
  }
}

function refuseNewer({ schemaVersion }: Manifest, name: string): void {
  if (schemaVersion <= jobDbMigrations.length) return;
  const text = `${name} has schema version ${schemaVersion}, this program knows ${jobDbMigrations.length}: a newer one has archived it`;
  throw new PosthornError("data_newer", text);
}

async function fill(path: string, manifest: Manifest, options: RestoreOptions): Promise<void> {
  // What a power cut takes of it before the sync at the end is made again.
  const database = openWriter(path, {
    synchronous: "NORMAL",
    autocheckpointPages: limits.controlAutocheckpointPages,
    cacheKiB: limits.writerCacheKiB,
  });
  try {
    migrate(database, jobDbMigrations.slice(0, manifest.schemaVersion), path);
    await insertBlocks(database, manifest, options);
    migrate(database, jobDbMigrations, path);
    if (manifest.kind === "undelivered") keepFromErasure(database);
  } finally {
    database.close(); // the last connection's end copies the WAL into the file and removes it
  }
}

async function insertBlocks(
  database: DatabaseSync,
  { jobDb, kind, blocks, rows }: Manifest,
  { store, betweenBlocks }: RestoreOptions,
): Promise<void> {
  const insert = createInsert(database);
  const inserted = noRows();
  for (const block of blocks) {
    const read = await readBlock(store, block);
    if (read.kind === "damaged") throw damaged(block.name, read.why);
    inTransaction(database, () => {
      for (const [index, line] of read.lines.entries()) {
        const row = decodeRow(line);
        if (row === undefined) throw damaged(block.name, `its line ${index + 1} is no row`);
        insert(row);
        inserted[row.table] += 1;
      }
    });
    await betweenBlocks();
  }
  const missing = archivedTables.filter((table) => inserted[table] !== rows[table]);
  if (missing.length > 0)
    throw damaged(archiveName(jobDb, kind), `rows are missing: ${missing.join(", ")}`);
}

function createInsert(database: DatabaseSync): (row: StoredRow) => void {
  const inserts = new Map<ArchivedTable, (values: readonly SQLInputValue[]) => void>();
  return ({ table, columns }) => {
    let insert = inserts.get(table);
    if (insert === undefined) {
      insert = prepareInsert(database, table, Object.keys(columns));
      inserts.set(table, insert);
    }
    insert(Object.values(columns));
  };
}

/** All rows of a table come with the same columns in the same order, as SQLite gave them. */
function prepareInsert(
  database: DatabaseSync,
  table: ArchivedTable,
  columns: readonly string[],
): (values: readonly SQLInputValue[]) => void {
  const names = columns.map((name) => `"${name.replaceAll('"', '""')}"`).join(", ");
  const places = columns.map(() => "?").join(", ");
  const statement = database.prepare(`INSERT INTO ${table} (${names}) VALUES (${places})`);
  return (values) => void statement.run(...values);
}

/** Says that everything here has been looked at for payloads to erase. */
function keepFromErasure(database: DatabaseSync): void {
  database.exec(
    "UPDATE retention_here SET erased_to = (SELECT COALESCE(MAX(row), 0) FROM message)",
  );
}

function damaged(name: string, why: string): PosthornError {
  return new PosthornError("archive_damaged", `${name} is damaged: ${why}`);
}

/** Nobody has it open in SQLite any more, so that no lock is lost by closing it. */
function syncFile(path: string): void {
  const descriptor = openSync(path, "r");
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function removeFile(path: string): void {
  for (const suffix of ["", ...walSuffixes]) rmSync(`${path}${suffix}`, { force: true });
}
