/**
 * Brings everything in `control.db` under the key ring's first key: what older keys have sealed, and what was written
 * before secrets were sealed at all. Some rows a transaction, each found by the key that it is under, so it goes on wherever
 * it was interrupted.
 *
 *     rows of each table (written again, so that every LDB gets them) ──▶ the ledger's older entries, where they are ──▶ swept
 *
 * `encryption_key` has a row for every key that anything in the file may be under, with a proof: a text that only this key
 * opens. An empty id stands for no key. The row of a key goes when nothing of it is left, not even between the rows.
 */
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { PosthornError } from "../core/errors.ts";
import { limits } from "../core/limits.ts";
import { sweep } from "../sqlite/sweep.ts";
import { type KeyRing, openText, type SealedPlace, sealingKeyIdOf, sealText } from "./key-ring.ts";
import { sealedTables, withSealedColumns } from "./sealed-columns.ts";
import type { Rows, TableName } from "./tables.ts";

export interface ResealerParts {
  readonly keyRing: KeyRing;
  readonly randomBytes: (count: number) => Uint8Array;
  /** Seals the row and writes it, to the ledger as well. */
  readonly write: (table: TableName, row: Rows[TableName]) => void;
}

/** Stands for what is not sealed. */
const noKey = "";
const provenText = "posthorn";

export class Resealer {
  readonly #database: DatabaseSync;
  readonly #parts: ResealerParts;
  /** Undefined: nothing is left but to sweep. */
  #at: { readonly stage: number; readonly after: number } | undefined = { stage: 0, after: 0 };

  /**
   * Within a transaction.
   *
   * @throws PosthornError `encryption_key_wrong` if a key that something is sealed by is not in the ring, or is another one
   */
  constructor(database: DatabaseSync, parts: ResealerParts) {
    this.#database = database;
    this.#parts = parts;
    const { keyRing, randomBytes } = parts;
    const [{ id }] = keyRing;
    for (const row of database.prepare("SELECT id, proof FROM encryption_key").all()) {
      if (row["id"] !== noKey) checkKey(keyRing, String(row["id"]), String(row["proof"]));
    }
    database
      .prepare("INSERT OR IGNORE INTO encryption_key (id, proof) VALUES (?, ?)")
      .run(id, sealText(keyRing, proofPlaceOf(id), provenText, randomBytes));
  }

  /** Whether something may not be sealed. */
  get hasPlain(): boolean {
    return this.#oldKeys().includes(noKey);
  }

  /** Whether something may be under another key than the first. */
  get isNeeded(): boolean {
    return this.#oldKeys().length > 0;
  }

  /** Does some rows, within a transaction. False: there are none left. */
  step(): boolean {
    if (this.#at === undefined) return false;
    const { stage, after } = this.#at;
    const table = sealedTables[stage];
    const last = table === undefined ? this.#resealLedger(after) : this.#resealTable(table, after);
    if (last !== undefined) this.#at = { stage, after: last };
    else this.#at = table === undefined ? undefined : { stage: stage + 1, after: 0 };
    return this.#at !== undefined;
  }

  /** After the last step, outside of a transaction. False: the disk has no room for it now. */
  sweep(): boolean {
    if (!sweep(this.#database)) return false;
    const [{ id }] = this.#parts.keyRing;
    this.#database.prepare("DELETE FROM encryption_key WHERE id <> ?").run(id);
    return true;
  }

  /** Returns the key of the last row that it looked at. */
  #resealTable(table: TableName, after: number): number | undefined {
    const rows = this.#database
      .prepare(`SELECT * FROM ${table} WHERE key > ? ORDER BY key LIMIT ?`)
      .all(after, limits.rowsResealedTogether) as unknown as readonly Rows[TableName][]; // all columns are selected
    for (const row of rows) {
      if (this.#isCurrent(table, row)) continue;
      this.#parts.write(table, withSealedColumns(table, row, this.#open));
    }
    return rows.at(-1)?.key;
  }

  /** Returns the sequence of the last entry that it looked at. */
  #resealLedger(after: number): number | undefined {
    const update = this.#database.prepare("UPDATE ledger SET row = ? WHERE sequence = ?");
    const entries = prepareSealedEntries(this.#database).all(after, limits.rowsResealedTogether);
    for (const entry of entries) {
      const table = entry["table_name"] as TableName; // the column holds nothing else
      const row: Rows[TableName] = JSON.parse(String(entry["row"])); // what the store has appended
      if (this.#isCurrent(table, row)) continue;
      const resealed = withSealedColumns(table, row, (text, place) =>
        sealText(this.#parts.keyRing, place, this.#open(text, place), this.#parts.randomBytes),
      );
      update.run(JSON.stringify(resealed), Number(entry["sequence"]));
    }
    const last = entries.at(-1);
    return last === undefined ? undefined : Number(last["sequence"]);
  }

  #isCurrent(table: TableName, row: Rows[TableName]): boolean {
    const [{ id }] = this.#parts.keyRing;
    let isCurrent = true;
    withSealedColumns(table, row, (text) => {
      isCurrent &&= sealingKeyIdOf(text) === id;
      return text;
    });
    return isCurrent;
  }

  readonly #open = (text: string, place: SealedPlace): string =>
    sealingKeyIdOf(text) === undefined ? text : openText(this.#parts.keyRing, place, text);

  #oldKeys(): readonly string[] {
    const [{ id }] = this.#parts.keyRing;
    const rows = this.#database.prepare("SELECT id FROM encryption_key WHERE id <> ?").all(id);
    return rows.map((row) => String(row["id"]));
  }
}

function prepareSealedEntries(database: DatabaseSync): StatementSync {
  const tables = sealedTables.map((table) => `'${table}'`).join(", ");
  return database.prepare(
    `SELECT sequence, table_name, row FROM ledger
     WHERE sequence > ? AND table_name IN (${tables}) AND row IS NOT NULL ORDER BY sequence LIMIT ?`,
  );
}

function proofPlaceOf(id: string): SealedPlace {
  return { table: "encryption_key", key: id, column: "proof" };
}

function checkKey(keyRing: KeyRing, id: string, proof: string): void {
  try {
    openText(keyRing, proofPlaceOf(id), proof);
  } catch (error) {
    const isGiven = keyRing.some((key) => key.id === id);
    const got = isGiven
      ? `another key is given as ${id}`
      : `only ${keyRing.map((key) => key.id).join(", ")} is given`;
    throw new PosthornError(
      "encryption_key_wrong",
      `secrets here are sealed by the encryption key ${id}, but ${got}: put it back into POSTHORN_ENCRYPTION_KEYS (it may stand last), or the data folder's encryption-keys`,
      { cause: error },
    );
  }
}
