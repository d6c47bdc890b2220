/** The audit log as the command line reads it: from the control store's file, beside a server or without one. */
import type { DatabaseSync } from "node:sqlite";
import type { AuditHead } from "../control/audit.ts";
import { formatAuditHead, parseAuditHead } from "../control/audit-entry.ts";
import { auditEntriesAfter } from "../control/audit-statements.ts";
import { openControlReader } from "../control/control-connection.ts";
import { type AuditVerdict, verifyAuditLog } from "../control/verify-audit-log.ts";
import { controlPathOf } from "./data-layout.ts";
import type { Settings } from "./setting-definitions.ts";

export { formatAuditHead, parseAuditHead, type AuditHead };

/**
 * @param known a head that was kept elsewhere
 * @throws PosthornError `control_unavailable`
 */
export function verifyAuditOf(settings: Settings, known: AuditHead | undefined): AuditVerdict {
  const database = openControlReader(controlPathOf(settings));
  try {
    return verifyAuditLog(database, known);
  } finally {
    database.close();
  }
}

/**
 * Each entry after one, as a line: `{"hash":"…","entry":…}`, in which the entry is the text that was hashed, byte by byte.
 *
 * @throws PosthornError `control_unavailable`
 */
export function* exportAuditOf(settings: Settings, after: number): Generator<string> {
  const database = openControlReader(controlPathOf(settings));
  try {
    yield* linesOf(database, after);
  } finally {
    database.close();
  }
}

function* linesOf(database: DatabaseSync, after: number): Generator<string> {
  for (const { entry, hash } of auditEntriesAfter(database, after)) {
    yield `{"hash":"${Buffer.from(hash).toString("hex")}","entry":${entry}}`;
  }
}
