/**
 * Applies the control store's ledger to the LDB, `ldb.db`, in order. A batch of entries and the position after it are one
 * transaction, so a crash at any time leaves the LDB at some position, and the next start goes on from there: entries
 * are whole rows, and applying one twice changes nothing. A power cut may take the LDB back by some batches, with their
 * positions, which is the same.
 *
 * An LDB that can't be continued is thrown away and made again from the ledger: it is missing, damaged, of another
 * schema version, of another store, or at a position where this ledger (restored from a backup, say) has no such entry.
 */
import { existsSync, rmSync } from "node:fs";
import type { DatabaseSync, SQLInputValue, StatementSync } from "node:sqlite";
import { assert } from "../core/errors.ts";
import { limits } from "../core/limits.ts";
import { inTransaction } from "../sqlite/in-transaction.ts";
import { readPragma } from "../sqlite/read-pragma.ts";
import { isDamage } from "../sqlite/result-code.ts";
import { sweep } from "../sqlite/sweep.ts";
import type { ControlChange } from "./control-change.ts";
import { openControlWriter } from "./control-connection.ts";
import type { ControlStore, LedgerEntry } from "./control-store.ts";
import { ldbSchema, ldbVersion } from "./ldb-schema.ts";
import { toControlError } from "./sqlite-failure.ts";
import { columnsOf, tableNames, upsertSqlOf, type TableName } from "./tables.ts";

/** Why an LDB was made from scratch. */
export type RebuildReason = "missing" | "damaged" | "other version" | "other store" | "diverged";

export type ChangesListener = (changes: readonly ControlChange[]) => void;

export class Reflector {
  /** Undefined: the LDB that was there goes on. */
  readonly rebuilt: RebuildReason | undefined;
  readonly #store: ControlStore;
  readonly #database: DatabaseSync;
  readonly #statements: ReturnType<typeof prepareStatements>;
  #sequence: number;

  /**
   * Opens the LDB, or makes it; `catchUp` brings it up to date. Nobody else may have it open for writing, nor for
   * reading if it has to be made again.
   *
   * @throws PosthornError `data_unwritable`, `control_unavailable`
   */
  constructor(path: string, store: ControlStore) {
    this.#store = store;
    const opened = openLdb(path, store);
    this.rebuilt = opened.rebuilt;
    this.#database = opened.database;
    this.#statements = prepareStatements(opened.database);
    this.#sequence = Number(this.#statements.position.get()?.["sequence"]);
  }

  /** Applies what the ledger has beyond the LDB, and tells of each batch once readers can see it. */
  catchUp(onApplied: ChangesListener): void {
    for (;;) {
      const entries = this.#store.ledgerAfter(this.#sequence, limits.ledgerBatchEntries);
      const last = entries.at(-1);
      if (last === undefined) return;
      const changes = inTransaction(this.#database, () => {
        const applied = entries.map((entry) => this.#apply(entry));
        const changesFrom = last.sequence - limits.ldbChangesKept;
        this.#statements.trim.run(changesFrom);
        this.#statements.advance.run(last.sequence, last.at_ms, changesFrom);
        return applied;
      });
      this.#sequence = last.sequence;
      onApplied(changes);
    }
  }

  /** Leaves nothing in the file of what was changed or deleted. False: it can't be done now. */
  sweep(): boolean {
    return sweep(this.#database);
  }

  /** Idempotent. */
  close(): void {
    if (this.#database.isOpen) this.#database.close();
  }

  #apply(entry: LedgerEntry): ControlChange {
    const { sequence, table_name: table, key } = entry;
    const writes = this.#statements.writes.get(table);
    assert(writes !== undefined, `ledger entry ${sequence} is of a table that the LDB has`);
    const row = entry.row === null ? undefined : parseRow(entry.row);
    if (row === undefined) writes.erase.run(key);
    else writes.upsert.run(...columnsOf(table).map((column) => row[column] ?? null));
    const owner = row === undefined ? null : ownerOf(table, row);
    this.#statements.change.run(sequence, table, key, owner);
    return { sequence, table, key, owner };
  }
}

type Row = Readonly<Record<string, SQLInputValue>>;

function parseRow(json: string): Row {
  const row: Row = JSON.parse(json); // what writeRow has appended
  return row;
}

function ownerOf(table: TableName, row: Row): number | null {
  if (table === "endpoint") return Number(row["application"]);
  return table === "signing_secret" ? Number(row["endpoint"]) : null;
}

interface Opened {
  readonly database: DatabaseSync;
  readonly rebuilt: RebuildReason | undefined;
}

function openLdb(path: string, store: ControlStore): Opened {
  if (!existsSync(path)) return { database: createLdb(path, store), rebuilt: "missing" };
  const existing = openExisting(path, store);
  if (typeof existing === "object") return { database: existing, rebuilt: undefined };
  return { database: createLdb(path, store), rebuilt: existing };
}

/** The LDB, or why it can't be continued. */
function openExisting(path: string, store: ControlStore): DatabaseSync | RebuildReason {
  let database: DatabaseSync | undefined;
  try {
    database = openControlWriter(path, "NORMAL");
    const reason = reasonToRebuild(database, store);
    if (reason === undefined) return database;
    database.close();
    return reason;
  } catch (error) {
    database?.close();
    const cause = error instanceof Error ? (error.cause ?? error) : error;
    if (isDamage(cause)) return "damaged";
    throw toControlError(error, path);
  }
}

function reasonToRebuild(database: DatabaseSync, store: ControlStore): RebuildReason | undefined {
  if (readPragma(database, "user_version") !== ldbVersion) return "other version";
  if (readPragma(database, "quick_check(1)") !== "ok") return "damaged";
  const position = database.prepare("SELECT * FROM reflection").get();
  if (position === undefined) return "damaged";
  if (position["store"] !== store.id) return "other store";
  const { sequence, at_ms: atMs } = position;
  if (sequence === 0 || store.ledgerAtMs(Number(sequence)) === atMs) return undefined;
  return "diverged";
}

function createLdb(path: string, store: ControlStore): DatabaseSync {
  // The file first: a WAL beside an empty or missing file is thrown away by SQLite, a file without its WAL is not.
  for (const suffix of ["", "-wal", "-shm"]) rmSync(path + suffix, { force: true });
  const database = openControlWriter(path, "NORMAL");
  try {
    inTransaction(database, () => {
      database.exec(ldbSchema);
      database.exec(`PRAGMA user_version = ${ldbVersion}`);
      const insert = "INSERT INTO reflection VALUES (1, ?, 0, 0, 0)";
      database.prepare(insert).run(store.id);
    });
    return database;
  } catch (error) {
    database.close();
    throw toControlError(error, path);
  }
}

function prepareStatements(database: DatabaseSync) {
  const writesOf = (table: TableName): { upsert: StatementSync; erase: StatementSync } => ({
    upsert: database.prepare(upsertSqlOf(table)),
    erase: database.prepare(`DELETE FROM ${table} WHERE key = ?`),
  });
  return {
    position: database.prepare("SELECT sequence FROM reflection"),
    advance: database.prepare(
      "UPDATE reflection SET sequence = ?, at_ms = ?, changes_from = max(changes_from, ?)",
    ),
    change: database.prepare(
      "INSERT INTO change (sequence, table_name, key, owner) VALUES (?, ?, ?, ?)",
    ),
    trim: database.prepare("DELETE FROM change WHERE sequence <= ?"),
    writes: new Map(tableNames.map((table) => [table, writesOf(table)])),
  };
}
