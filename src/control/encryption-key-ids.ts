import { existsSync } from "node:fs";
import { openReader } from "../sqlite/open-connection.ts";
import { limits } from "../core/limits.ts";

/** Ids of the keys that anything in a control store may be sealed by, beside a running server or without one. */
export function encryptionKeyIdsIn(controlPath: string): readonly string[] {
  if (!existsSync(controlPath)) return [];
  const database = openReader(controlPath, limits.controlCacheKiB);
  try {
    const table = database.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'encryption_key'");
    if (table.get() === undefined) return [];
    const rows = database.prepare("SELECT id FROM encryption_key WHERE id <> '' ORDER BY id").all();
    return rows.map((row) => String(row["id"]));
  } finally {
    database.close();
  }
}
