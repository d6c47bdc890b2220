/** What the API may ask of the archive. */

/** `history`: everything; `undelivered`: the messages of which a delivery failed for good, with what belongs to them. */
export type ArchiveKind = "history" | "undelivered";

export interface Archives {
  /** Some archives. Fails with `archive_failed`, `overloaded` or `shutting_down`. */
  page(query: ArchivesQuery): Promise<ArchivesPage>;
}

/** A page of the archives in the order of their names, which is that of their JobDbs' numbers. */
export interface ArchivesQuery {
  /** How many at the most, 1 to `limits.pageMax`. */
  readonly limit: number;
  /** The page's edge: names before this (`older`) or after it (`newer`), there or not. Undefined: from that end. */
  readonly edge: string | undefined;
  readonly direction: "older" | "newer";
}

export interface ArchivesPage {
  /** Nearest to the edge first. */
  readonly archives: readonly ArchiveOutline[];
  /** Whether there is nothing beyond. */
  readonly isLast: boolean;
}

export interface ArchiveOutline {
  /** Of its manifest, among the manifests. Whoever can write to the archive may have put anything there. */
  readonly name: string;
  /** By its name; undefined: it is not that of an archive. */
  readonly of: ArchivedJobDb | undefined;
  /** When its manifest was written, by archiving or by an erasure, Unix milliseconds; undefined: the store does not say. */
  readonly writtenAtMs: number | undefined;
  readonly content: ArchiveContent | DamagedManifest;
}

export interface ArchivedJobDb {
  readonly jobDb: number;
  readonly kind: ArchiveKind;
}

/** What its manifest says. */
export interface ArchiveContent {
  readonly state: "whole";
  readonly messages: number;
  readonly deliveries: number;
  readonly attempts: number;
  /** Deliveries that failed for good. */
  readonly undelivered: number;
  readonly blocks: number;
  /** As they are stored. */
  readonly bytes: number;
  /** When its first and its last message were accepted, Unix milliseconds; null if it has none. */
  readonly fromMs: number | null;
  readonly toMs: number | null;
}

export interface DamagedManifest {
  readonly state: "damaged";
  readonly why: string;
}
