/**
 * An entry of the audit log is a text, and the text is what is hashed:
 *
 *     hash of an entry = SHA-256(hash of the entry before (32 bytes; zeros before the first) ‖ its text as UTF-8)
 *
 * So whoever changes, removes, adds or moves an entry has to make all later hashes anew. They can: nothing here is secret.
 * What they can't is to make the hash come out that somebody has kept elsewhere.
 */
import { createHash } from "node:crypto";
import type { ApplicationId } from "../core/ids.ts";
import type { AuditEntry, AuditHead, AuditedCall, AuditOutcome } from "./audit.ts";

/** Columns of the table, but for those that are made of the text. */
export interface AuditEntryRow {
  readonly sequence: number;
  readonly entry: string;
  readonly hash: Uint8Array;
}

/** The text's parts, in their order. */
interface AuditText {
  readonly sequence: number;
  readonly at: string;
  readonly organization: string;
  readonly credential: AuditedCall["credential"];
  readonly scope: string | null;
  readonly client: string;
  readonly operation: string;
  readonly application: string | null;
  readonly subjects: AuditedCall["subjects"];
  readonly outcome: AuditOutcome;
}

const hashBytes = 32;

export const hashBeforeTheFirst: Uint8Array = new Uint8Array(hashBytes);

export function auditTextOf(
  sequence: number,
  atMs: number,
  call: AuditedCall,
  outcome: AuditOutcome,
): string {
  const { organization, credential, scope, client, operation, application, subjects } = call;
  return JSON.stringify({
    sequence,
    at: new Date(atMs).toISOString(),
    organization,
    credential: { kind: credential.kind, id: credential.id },
    scope: scope ?? null,
    client,
    operation,
    application: application ?? null,
    subjects,
    outcome,
  } satisfies AuditText);
}

export function auditHashOf(before: Uint8Array, text: string): Uint8Array {
  return createHash("sha256").update(before).update(text, "utf8").digest();
}

export function toAuditEntry({ sequence, entry, hash }: AuditEntryRow): AuditEntry {
  const text = JSON.parse(entry) as AuditText; // written by auditTextOf
  return {
    sequence,
    hash: Buffer.from(hash).toString("hex"),
    atMs: Date.parse(text.at),
    call: {
      organization: text.organization,
      credential: text.credential,
      scope: (text.scope as ApplicationId | null) ?? undefined, // written by auditTextOf
      client: text.client,
      operation: text.operation,
      application: text.application ?? undefined,
      subjects: text.subjects,
    },
    outcome: text.outcome,
  };
}

/** `SEQUENCE:HASH`, to be kept elsewhere. */
export function formatAuditHead({ sequence, hash }: AuditHead): string {
  return `${sequence}:${hash}`;
}

/** Undefined: the text is no head. */
export function parseAuditHead(text: string): AuditHead | undefined {
  const [, sequence, hash] = /^(\d{1,15}):([0-9a-f]{64})$/.exec(text) ?? [];
  if (sequence === undefined || hash === undefined) return undefined;
  return { sequence: Number(sequence), hash };
}
