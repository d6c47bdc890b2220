import type { DatabaseSync } from "node:sqlite";

/** The schema that a database has, in the order of its making: as the `schema.sql` files have it. */
export function schemaDumpOf(database: DatabaseSync): string {
  const rows = database
    .prepare("SELECT sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%' ORDER BY rowid")
    .all();
  return rows.map(({ sql }) => `${String(sql).replaceAll("\n  ", "\n")};\n`).join("\n");
}
