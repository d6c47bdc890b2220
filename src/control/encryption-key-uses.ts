import { existsSync } from "node:fs";
import type { DatabaseSync } from "node:sqlite";
import { limits } from "../core/limits.ts";
import { openReader } from "../sqlite/open-connection.ts";
import { encryptionKeyIdsIn } from "./encryption-key-ids.ts";
import { sealingKeyIdOf } from "./key-ring.ts";
import { sealedTables, withSealedColumns } from "./sealed-columns.ts";
import type { TableName } from "./tables.ts";

/**
 * How many texts of a control store, its ledger's included, each key has sealed, beside a running server or without one. A key
 * with none may still be found between the rows, until the file has been swept. Counts every text: half a second for 100,000.
 *
 * @returns by the keys' ids; undefined stands for no key
 */
export function encryptionKeyUses(controlPath: string): ReadonlyMap<string | undefined, number> {
  const uses = new Map<string | undefined, number>();
  if (!existsSync(controlPath)) return uses;
  for (const id of encryptionKeyIdsIn(controlPath)) uses.set(id, 0);
  const database = openReader(controlPath, limits.controlCacheKiB);
  try {
    for (const { table, row } of sealedRowsOf(database)) {
      withSealedColumns(table, row, (text) => {
        const id = sealingKeyIdOf(text);
        uses.set(id, (uses.get(id) ?? 0) + 1);
        return text;
      });
    }
    return uses;
  } finally {
    database.close();
  }
}

interface StoredRow {
  readonly table: TableName;
  readonly row: { readonly key: number };
}

function* sealedRowsOf(database: DatabaseSync): Generator<StoredRow> {
  for (const table of sealedTables) {
    for (const row of database.prepare(`SELECT * FROM ${table}`).iterate()) {
      yield { table, row: { ...row, key: Number(row["key"]) } };
    }
  }
  const ledger = database.prepare("SELECT table_name, row FROM ledger WHERE row IS NOT NULL");
  for (const entry of ledger.iterate()) {
    const table = entry["table_name"] as TableName; // the column holds nothing else
    if (sealedTables.includes(table)) yield { table, row: JSON.parse(String(entry["row"])) };
  }
}
