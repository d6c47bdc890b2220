/** What the archiver's thread is asked, and what it answers. */
import type { ArchivePlace } from "../archive/open-archive-store.ts";
import type { ArchiveFilter } from "../archive/manifest-filter.ts";
import type { ArchiveKind } from "../archive/manifest.ts";
import type { ArchiveOutbound } from "./archive-agents.ts";
import type { MissingJobDb } from "../archive/missing-job-dbs.ts";
import type { CarriedError } from "../core/errors.ts";

export interface ArchiverThreadOptions {
  readonly place: ArchivePlace;
  readonly outbound: ArchiveOutbound;
  readonly jobDbFolder: string;
  readonly ldbPath: string;
}

export type ArchiverCall =
  /** Archives the history of a drained JobDb. */
  | { readonly name: "store"; readonly jobDb: number }
  /** Archives the undelivered messages of each drained JobDb that has not been looked at. */
  | { readonly name: "store-undelivered" }
  /** Tells what may match and is not there. */
  | { readonly name: "find-missing"; readonly filter: ArchiveFilter }
  /** Restores it, unless it is there. */
  | { readonly name: "restore"; readonly jobDb: number };

export type ToArchiver = { readonly id: number; readonly call: ArchiverCall } | "stop";

export type FromArchiver =
  | { readonly kind: "stored"; readonly stored: StoredArchive }
  /** `missing`: what was found, if that was asked for. */
  | { readonly kind: "done"; readonly id: number; readonly missing: readonly MissingJobDb[] }
  | { readonly kind: "failed"; readonly id: number; readonly error: CarriedError };

/** What was archived, for the log. */
export interface StoredArchive {
  readonly jobDb: number;
  readonly kind: ArchiveKind;
  readonly messages: number;
  readonly undelivered: number;
  readonly bytes: number;
}
