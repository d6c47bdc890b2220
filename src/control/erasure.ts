/** Erasing an application's data, or a part of it, for good: what was asked for, how far it has come, and its receipt. */
import type { ApplicationId, ApplicationKey, EndpointId, EndpointKey } from "../core/ids.ts";
import type { ErasureId, MessageId } from "../core/ids.ts";
import type { PurgedRows } from "../core/purge.ts";
import type { OrganizationId } from "./entities.ts";

/** What is to be erased. */
export interface NewErasure {
  /** By its id, deleted or not, or its uid. */
  readonly application: string;
  /** Only what was sent there and answered from there: by id, deleted or not, or uid. */
  readonly endpoint: string | undefined;
  readonly message: MessageId | undefined;
}

export interface Erasure {
  readonly key: number;
  readonly id: ErasureId;
  readonly organization: OrganizationId;
  readonly application: ApplicationKey;
  readonly applicationId: ApplicationId;
  readonly endpoint: EndpointKey | undefined;
  readonly endpointId: EndpointId | undefined;
  readonly message: MessageId | undefined;
  readonly status: "running" | "finished";
  /** Of what was done so far. */
  readonly receipt: ErasureReceipt;
  /** Of its JSON, hexadecimal; undefined while it is running. */
  readonly receiptSha256: string | undefined;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
}

/** What was erased, where: rows that were in the scope, whether or not something was left in them. */
export interface ErasureReceipt {
  readonly jobDbs: readonly (PurgedRows & { readonly jobDb: number })[];
  /** By the name of the archive, with the SHA-256 of its manifest as it is since. */
  readonly archives: readonly (PurgedRows & { readonly name: string; readonly sha256: string })[];
  /** Archives that could not be read, and why: nobody can tell what is in them. */
  readonly damaged: readonly { readonly name: string; readonly why: string }[];
  /** Numbers of the JobDbs that are set aside as damaged: nobody can tell what is in them. */
  readonly quarantined: readonly number[];
}

export interface ErasurePage {
  readonly limit: number;
  /** Those beyond this id, in the direction of `order`. */
  readonly edge: string | undefined;
  readonly order: "ascending" | "descending";
}

/** Reads and carries on erasures, from the system of record. Fails with `control_unavailable` or `overloaded`. */
export interface Erasures {
  /** Undefined: the organisation has none with this id. */
  erasure(organization: OrganizationId, id: string): Promise<Erasure | undefined>;
  erasures(organization: OrganizationId, page: ErasurePage): Promise<readonly Erasure[]>;
  /** Of all organisations, the oldest first. */
  runningErasures(): Promise<readonly Erasure[]>;
  /** Keeps what was done so far. */
  advanceErasure(key: number, receipt: ErasureReceipt): Promise<void>;
  /** Keeps the receipt and ends it, with an entry of the audit log that has the receipt's hash. */
  finishErasure(key: number, receipt: ErasureReceipt): Promise<void>;
}
