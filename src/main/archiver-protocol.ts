/** What the archiver's thread is asked, and what it answers. */
import type { ArchivePlace } from "../archive/open-archive-store.ts";
import type { ArchiveFilter } from "../archive/manifest-filter.ts";
import type { ArchivePurges } from "../archive/purge-archives.ts";
import type { ArchiveOutbound } from "./archive-agents.ts";
import type { MissingJobDb } from "../archive/missing-job-dbs.ts";
import type { CarriedError } from "../core/errors.ts";
import type { PurgeScope } from "../core/purge.ts";
import type { ArchiveKind, ArchivesPage, ArchivesQuery } from "../director/archives.ts";

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
  /** Erases what is in the scope from all archives, or from those of one JobDb. */
  | { readonly name: "purge"; readonly scope: PurgeScope; readonly jobDb: number | undefined }
  /** Tells what may match and is not there. */
  | { readonly name: "find-missing"; readonly filter: ArchiveFilter }
  /** Tells some of what is there. */
  | { readonly name: "page"; readonly query: ArchivesQuery }
  /** Restores it, unless it is there. */
  | { readonly name: "restore"; readonly jobDb: number };

/** `missing` and `page`: what was found, if that was asked for; `purged`: what was erased from archives. */
export interface ArchiverAnswer {
  readonly page: ArchivesPage;
  readonly missing: readonly MissingJobDb[];
  readonly purged: ArchivePurges;
}

export type ToArchiver = { readonly id: number; readonly call: ArchiverCall } | "stop";

export type FromArchiver =
  | { readonly kind: "stored"; readonly stored: StoredArchive }
  | { readonly kind: "done"; readonly id: number; readonly answer: ArchiverAnswer }
  | { readonly kind: "failed"; readonly id: number; readonly error: CarriedError };

/** What was archived, for the log. */
export interface StoredArchive {
  readonly jobDb: number;
  readonly kind: ArchiveKind;
  readonly messages: number;
  readonly undelivered: number;
  readonly bytes: number;
}
