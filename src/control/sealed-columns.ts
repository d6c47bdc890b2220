/**
 * The columns that hold secrets. They are sealed in `control.db`, its ledger and the LDB alike, and plain only in memory:
 * in rows that the control store gives and takes, and in what `LdbReader` makes of its rows.
 */
import { type KeyRing, openText, type SealedPlace, sealText } from "./key-ring.ts";
import type { Rows, TableName } from "./tables.ts";

const sealedColumns: { readonly [Table in TableName]?: readonly (keyof Rows[Table] & string)[] } = {
  endpoint: ["authorization", "headers", "tls_client_key"],
  signing_secret: ["secret"],
};

export const sealedTables = Object.keys(sealedColumns) as readonly TableName[]; // the table's type says so

export function sealedColumnsOf(table: TableName): readonly string[] {
  return sealedColumns[table] ?? [];
}

type Keyed = { readonly key: number };

/** The row as it is stored. */
export function sealRow<Row extends Keyed>(
  keyRing: KeyRing,
  table: TableName,
  row: Row,
  randomBytes: (count: number) => Uint8Array,
): Row {
  return withSealedColumns(table, row, (text, place) =>
    sealText(keyRing, place, text, randomBytes),
  );
}

/**
 * The row that was stored; columns may be missing.
 *
 * @throws PosthornError `secret_unreadable`
 */
export function openRow<Row extends Keyed>(keyRing: KeyRing, table: TableName, row: Row): Row {
  return withSealedColumns(table, row, (text, place) => openText(keyRing, place, text));
}

/** The row with each text of its sealed columns changed; null stays null. */
export function withSealedColumns<Row extends Keyed>(
  table: TableName,
  row: Row,
  change: (text: string, place: SealedPlace) => string,
): Row {
  const { key } = row;
  const values: Readonly<Record<string, unknown>> = { ...row };
  const changed = sealedColumnsOf(table).flatMap((column) => {
    const text = values[column];
    return typeof text === "string" ? [[column, change(text, { table, key, column })]] : [];
  });
  return { ...row, ...Object.fromEntries(changed) };
}
