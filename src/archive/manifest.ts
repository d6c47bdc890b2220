/**
 * What an archive of a JobDb holds: its blocks with their checksums, and enough to know without reading them whether something
 * that is looked for may be in it. It is published last, after all blocks were read back and compared, so an archive without a
 * manifest does not exist, and one with a manifest was whole.
 *
 * The file has the manifest and the SHA-256 of its JSON text, so that it is checked like the blocks.
 */
import { createHash } from "node:crypto";
import { PosthornError } from "../core/errors.ts";
import type { ArchiveKind } from "../director/archives.ts";
import { archivedTables, type ArchivedTable } from "./job-db-rows.ts";

/** Raised with each change that an older program could not read. */
const format = 1 as const;

export interface Manifest {
  readonly format: typeof format;
  readonly jobDb: number;
  readonly kind: ArchiveKind;
  /** Of the JobDb's file: what its columns are. */
  readonly schemaVersion: number;
  /** When the JobDb was made and when it was drained, Unix milliseconds. */
  readonly createdAtMs: number;
  readonly drainedAtMs: number;
  /** When its first and its last archived message were accepted, Unix milliseconds; null if there is none. */
  readonly fromMs: number | null;
  readonly toMs: number | null;
  readonly rows: Readonly<Record<ArchivedTable, number>>;
  /** Deliveries that failed for good. */
  readonly undelivered: number;
  /** Keys of those with messages, in order; null: too many to list. */
  readonly applications: readonly number[] | null;
  /** Keys of those with deliveries, in order; null: too many to list. */
  readonly endpoints: readonly number[] | null;
  /** In order; null: too many to list. */
  readonly eventTypes: readonly string[] | null;
  readonly blocks: readonly Block[];
}

/** Some of the lines, compressed. */
export interface Block {
  /** In the archive's store. */
  readonly name: string;
  readonly rows: number;
  readonly bytes: number;
  /** Of the bytes as they are stored, hexadecimal. */
  readonly sha256: string;
  /** The same of the lines before compression. */
  readonly rawBytes: number;
  readonly rawSha256: string;
}

export function encodeManifest(manifest: Manifest): Uint8Array {
  const checksum = checksumOf(manifest);
  return Buffer.from(`${JSON.stringify({ manifest, sha256: checksum }, undefined, 1)}\n`);
}

/**
 * Undefined if the bytes are not what `encodeManifest` gives for some manifest.
 *
 * @throws PosthornError `data_newer` if a newer program has written it
 */
export function decodeManifest(bytes: Uint8Array): Manifest | undefined {
  const file = parsedOf(bytes);
  const manifest = file?.manifest;
  if (!isVouchedFor(manifest, file?.sha256)) return undefined;
  if (manifest.format > format) {
    const text = `an archive of JobDb ${manifest.jobDb} has format ${manifest.format}, this program knows ${format}: a newer one has written it`;
    throw new PosthornError("data_newer", text);
  }
  // The checksum is of what the bytes mean. Comparing them as well leaves no byte of the file that could change unseen.
  const known = { ...manifest, format } satisfies Manifest;
  return Buffer.from(bytes).equals(encodeManifest(known)) ? known : undefined;
}

function checksumOf(manifest: object): string {
  return createHash("sha256").update(JSON.stringify(manifest)).digest("hex");
}

function parsedOf(
  bytes: Uint8Array,
): { readonly manifest?: unknown; readonly sha256?: unknown } | undefined {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(bytes).toString("utf8"));
    return typeof parsed === "object" && parsed !== null ? parsed : undefined;
  } catch {
    return undefined; // the caller says which manifest it is
  }
}

/** With the right checksum it is what a program like this has written: only its format may be another. */
function isVouchedFor(
  value: unknown,
  sha256: unknown,
): value is Omit<Manifest, "format"> & { readonly format: number } {
  return typeof value === "object" && value !== null && sha256 === checksumOf(value);
}

export function noRows(): Record<ArchivedTable, number> {
  return Object.fromEntries(archivedTables.map((table) => [table, 0])) as Record<
    ArchivedTable,
    number
  >; // one for each table
}
