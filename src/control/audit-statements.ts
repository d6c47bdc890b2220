/** The audit log's own part of `control.db`. Entries are inserted, and nothing else is ever done to them. */
import type { DatabaseSync } from "node:sqlite";
import { assert } from "../core/errors.ts";
import type { AuditQuery } from "./audit.ts";
import type { AuditEntryRow } from "./audit-entry.ts";

export function prepareAuditStatements(database: DatabaseSync) {
  return {
    head: prepareSelectHead(database),
    append: prepareAppendEntry(database),
    entries: prepareSelectEntries(database),
  };
}

type HeadRow = { readonly sequence: number; readonly hash: Uint8Array };

/** The entry that is said to be the newest. */
export function prepareSelectHead(database: DatabaseSync): () => HeadRow {
  const statement = database.prepare("SELECT sequence, hash FROM audit_head");
  return () => {
    const row = statement.get();
    assert(row !== undefined, "the audit log has a head");
    return row as HeadRow; // the columns of the statement
  };
}

function prepareAppendEntry(database: DatabaseSync): (row: AuditEntryRow) => void {
  const insert = database.prepare(
    "INSERT INTO audit_entry (sequence, entry, hash) VALUES (?, ?, ?)",
  );
  const move = database.prepare("UPDATE audit_head SET sequence = ?, hash = ?");
  return ({ sequence, entry, hash }) => {
    insert.run(sequence, entry, hash);
    move.run(sequence, hash);
  };
}

/** Of one organisation, nearest to the edge first. */
function prepareSelectEntries(
  database: DatabaseSync,
): (organization: string, query: AuditQuery) => readonly AuditEntryRow[] {
  const sqlOf = (beyond: "<" | ">", order: "ASC" | "DESC", narrowed: string) =>
    database.prepare(
      `SELECT sequence, entry, hash FROM audit_entry
       WHERE organization = $organization ${narrowed} AND sequence ${beyond} $edge
         AND ($operation IS NULL OR operation = $operation)
         AND at >= $since AND at < $until
       ORDER BY sequence ${order} LIMIT $limit`,
    );
  const ofApplication = "AND application = $application";
  const ofAny = "AND $application IS NULL";
  const statements = {
    older: { any: sqlOf("<", "DESC", ofAny), one: sqlOf("<", "DESC", ofApplication) },
    newer: { any: sqlOf(">", "ASC", ofAny), one: sqlOf(">", "ASC", ofApplication) },
  };
  return (organization, { limit, edge, direction, operation, application, sinceMs, untilMs }) => {
    const { any, one } = statements[direction];
    const rows: readonly unknown[] = (application === undefined ? any : one).all({
      organization,
      application: application ?? null,
      edge: edge ?? (direction === "older" ? Number.MAX_SAFE_INTEGER : 0),
      operation: operation ?? null,
      since: sinceMs === undefined ? "" : new Date(sinceMs).toISOString(),
      until: untilMs === undefined ? "~" : new Date(untilMs).toISOString(),
      limit,
    });
    return rows as readonly AuditEntryRow[]; // the columns of the statement
  };
}

/** All entries of all organisations after one, in order. */
export function* auditEntriesAfter(
  database: DatabaseSync,
  sequence: number,
): Generator<AuditEntryRow> {
  const statement = database.prepare(
    "SELECT sequence, entry, hash FROM audit_entry WHERE sequence > ? ORDER BY sequence",
  );
  for (const row of statement.iterate(sequence)) yield row as unknown as AuditEntryRow; // the columns of the statement
}
