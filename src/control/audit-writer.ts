import type { DatabaseSync } from "node:sqlite";
import type { AuditEntry, AuditHead, AuditedCall, AuditOutcome, AuditQuery } from "./audit.ts";
import { auditHashOf, auditTextOf, toAuditEntry } from "./audit-entry.ts";
import { prepareAuditStatements } from "./audit-statements.ts";

/** The audit log in the control store's own file, so that an entry is in the transaction of what it tells of. */
export class AuditWriter {
  readonly #statements: ReturnType<typeof prepareAuditStatements>;

  constructor(database: DatabaseSync) {
    this.#statements = prepareAuditStatements(database);
  }

  /**
   * In the transaction that is open. It goes on from where the log is said to end, whatever entries are there: one that
   * was taken away is missing for ever.
   */
  append(call: AuditedCall, outcome: AuditOutcome, atMs: number): void {
    const head = this.#statements.head();
    const sequence = head.sequence + 1;
    const entry = auditTextOf(sequence, atMs, call, outcome);
    this.#statements.append({ sequence, entry, hash: auditHashOf(head.hash, entry) });
  }

  /** Those of an organisation, nearest to the edge first. */
  entries(organization: string, query: AuditQuery): readonly AuditEntry[] {
    return this.#statements.entries(organization, query).map(toAuditEntry);
  }

  head(): AuditHead {
    const { sequence, hash } = this.#statements.head();
    return { sequence, hash: Buffer.from(hash).toString("hex") };
  }
}
