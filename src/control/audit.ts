/** What the audit log is told, and tells. */
import type { ApplicationId } from "../core/ids.ts";
import type { OrganizationId } from "./entities.ts";

/** Who asks for what: ids, never a secret and never a payload. */
export interface AuditedCall {
  readonly organization: OrganizationId;
  readonly credential: {
    readonly kind: "token" | "key" | "server";
    /** Of a key its id; of a token a hash that its text can't be made of; of the server `posthorn`. */
    readonly id: string;
  };
  /** The one application that the credential is for; undefined: all. */
  readonly scope: ApplicationId | undefined;
  /** The address that the request came from; "": there was none. */
  readonly client: string;
  /** Its operation id, or what the server did. */
  readonly operation: string;
  /** Id of the application that it is about (as it was given, if there is none); undefined: about none. */
  readonly application: string | undefined;
  /** What else it is about, as it was named: by the path's parameters. */
  readonly subjects: Readonly<Record<string, string>>;
}

/** What the server does by itself. */
export type ServerAct =
  | "server.endpoint.disable"
  | "server.endpoint.delete"
  | "server.history.drop";

/** Of no organisation, as a file has the history of several: no token is for it. */
export const noOrganization = "";

export function callOfServer(
  operation: ServerAct,
  about: Pick<AuditedCall, "organization" | "application" | "subjects">,
): AuditedCall {
  const credential = { kind: "server", id: "posthorn" } as const;
  return { ...about, credential, scope: undefined, client: "", operation };
}

/**
 * `done`: the change is in the same transaction. `asked`: written before something was done that is not in the control
 * store, and `failed` after that if it was not. `told`: written before a secret was told. `refused`: something stands
 * against it, and nothing has changed.
 */
export type AuditOutcome = "done" | "asked" | "failed" | "told" | "refused";

export interface AuditEntry {
  /** Counts up by one, from 1, over all organisations. */
  readonly sequence: number;
  /** Hexadecimal: SHA-256 of the entry before and this one. */
  readonly hash: string;
  /** Unix milliseconds. */
  readonly atMs: number;
  readonly call: AuditedCall;
  readonly outcome: AuditOutcome;
}

export interface AuditQuery {
  readonly limit: number;
  /** Entries beyond this sequence number, in the direction; undefined: from the start. */
  readonly edge: number | undefined;
  readonly direction: "newer" | "older";
  readonly operation: string | undefined;
  readonly application: string | undefined;
  /** Unix milliseconds: at or after this, and before `untilMs`. */
  readonly sinceMs: number | undefined;
  readonly untilMs: number | undefined;
}

/** The newest entry of the log: who keeps it elsewhere can tell later whether anything up to it was changed. */
export interface AuditHead {
  /** 0: there are no entries. */
  readonly sequence: number;
  readonly hash: string;
}

/** Reads the log: from the system of record, as there is no copy of it. Fails with `control_unavailable` or `overloaded`. */
export interface AuditLog {
  /** Those of an organisation, nearest to the edge first. */
  auditEntries(organization: OrganizationId, query: AuditQuery): Promise<readonly AuditEntry[]>;
  auditHead(): Promise<AuditHead>;
}
