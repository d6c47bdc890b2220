import type { DatabaseSync } from "node:sqlite";
import type { AuditHead } from "./audit.ts";
import { auditHashOf, hashBeforeTheFirst } from "./audit-entry.ts";
import { auditEntriesAfter, prepareSelectHead } from "./audit-statements.ts";

export type AuditVerdict =
  | { readonly kind: "whole"; readonly head: AuditHead }
  /** `sequence` is the first entry that is not what was written, or is not there. */
  | { readonly kind: "broken"; readonly sequence: number; readonly why: string };

/**
 * Reads all of the log and makes every hash anew.
 *
 * @param known a head that was kept elsewhere: without one, an end that was cut off together with the row that says where
 * the end is, or a log that was made anew as a whole, can't be told from the true one
 */
export function verifyAuditLog(database: DatabaseSync, known?: AuditHead): AuditVerdict {
  let sequence = 0;
  let hash = hashBeforeTheFirst;
  const agrees = (): boolean =>
    known?.sequence !== sequence || Buffer.from(hash).toString("hex") === known.hash;
  if (!agrees()) return broken(sequence, "the head that was given is none of an empty log");
  for (const row of auditEntriesAfter(database, Number.MIN_SAFE_INTEGER)) {
    if (row.sequence < sequence + 1) return broken(row.sequence, "it is before the first");
    if (row.sequence > sequence + 1) return broken(sequence + 1, "it is missing");
    sequence = row.sequence;
    hash = auditHashOf(hash, row.entry);
    if (Buffer.compare(hash, row.hash) !== 0) return broken(sequence, "its hash is another");
    if (sequenceIn(row.entry) !== sequence) return broken(sequence, "it says another number");
    if (!agrees()) return broken(sequence, "its hash is not the one that was given");
  }
  const end = prepareSelectHead(database)();
  if (end.sequence > sequence || (known?.sequence ?? 0) > sequence) {
    return broken(sequence + 1, "it is missing, and all after it");
  }
  if (end.sequence < sequence) return broken(end.sequence + 1, "the log is said to end before it");
  if (Buffer.compare(end.hash, hash) !== 0) {
    return broken(sequence, "its hash is not the one that the log is said to end with");
  }
  return { kind: "whole", head: { sequence, hash: Buffer.from(hash).toString("hex") } };
}

function sequenceIn(entry: string): number | undefined {
  try {
    return (JSON.parse(entry) as { readonly sequence?: number }).sequence; // written by auditTextOf, or by nobody
  } catch {
    return undefined; // whoever wrote it, it was not this program
  }
}

function broken(sequence: number, why: string): AuditVerdict {
  return { kind: "broken", sequence, why };
}
