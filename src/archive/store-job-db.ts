/**
 * Archives one drained JobDb. In this order, so that a crash or a failure between any two steps leaves the archive that was there
 * before, or none, and the JobDb in any case:
 *
 *     put every block ─▶ read every block back, and compare each row with the JobDb ─▶ put the manifest ─▶ read it back
 *                                                                                 ─▶ delete what no manifest refers to
 *
 * The rows are read twice from the JobDb, by a connection that only reads. If it changes meanwhile (a payload is erased, a
 * message resent), the comparison fails, and so does the archiving: it can be repeated.
 */
import type { DatabaseSync } from "node:sqlite";
import { isDeepStrictEqual } from "node:util";
import { PosthornError } from "../core/errors.ts";
import type { ArchiveKind } from "../director/archives.ts";
import { openJobDbReader } from "../jobdb/sqlite/job-db-connection.ts";
import { toJobDbFailure } from "../jobdb/sqlite/job-db-error.ts";
import { jobDbPath } from "../jobdb/sqlite/job-db-folder.ts";
import { jobDbMigrations } from "../jobdb/sqlite/job-db-migrations.ts";
import { schemaVersionOf } from "../sqlite/migrate.ts";
import { archiveName, blockPrefix, manifestName } from "./archive-names.ts";
import type { ArchiveStore } from "./archive-store.ts";
import { packBlock, readBlock } from "./block.ts";
import { ContentSummary } from "./content-summary.ts";
import { archivedTables, type JobDbRow, jobDbRows } from "./job-db-rows.ts";
import { type Block, decodeManifest, encodeManifest, type Manifest } from "./manifest.ts";
import type { PublicNames } from "./public-names.ts";
import { createRowEncoder, decodeRow } from "./row-line.ts";

export interface StoreOptions {
  readonly store: ArchiveStore;
  /** Of the JobDb files. */
  readonly folder: string;
  readonly names: PublicNames;
  /** A block is full with so many bytes of lines: `limits.archiveBlockBytes`, but in tests. */
  readonly blockBytes: number;
  /** Waited for after each block that was written or compared: whoever wants to end the archiving lets it fail. */
  readonly betweenBlocks: () => Promise<void>;
}

/** A JobDb that is being archived. */
interface Source {
  readonly database: DatabaseSync;
  readonly jobDb: number;
  readonly kind: ArchiveKind;
}

/** What a JobDb says of itself. */
type Head = Pick<Manifest, "schemaVersion" | "createdAtMs" | "drainedAtMs">;

/**
 * Resolves with the manifest when all of the JobDb is in the archive, durable, and was read back and compared. Repeating it is
 * harmless.
 *
 * @throws PosthornError `archive_failed` if the store does, or if the JobDb is not drained or changed meanwhile: then it may be
 *   repeated; `archive_foreign` if another JobDb of this number is archived there; `jobdb_failed`, `data_newer`
 */
export async function storeJobDb(
  jobDb: number,
  kind: ArchiveKind,
  options: StoreOptions,
): Promise<Manifest> {
  const path = jobDbPath(options.folder, jobDb);
  let database: DatabaseSync | undefined;
  try {
    database = openJobDbReader(path);
    return await storeSource({ database, jobDb, kind }, options);
  } catch (error) {
    throw toJobDbFailure(error, path);
  } finally {
    database?.close();
  }
}

async function storeSource(source: Source, options: StoreOptions): Promise<Manifest> {
  const { jobDb, kind } = source;
  const head = headOf(source);
  await refuseForeign(source, head, options.store);
  const summary = new ContentSummary();
  const blocks = await putBlocks(source, summary, options);
  await compareBlocks(source, blocks, options);
  if (kind === "history") refuseMissing(source, summary.summary().rows);
  const manifest = { format: 1, jobDb, kind, ...head, ...summary.summary(), blocks } as const;
  await publish(manifest, options.store);
  await deleteUnused(manifest, options.store);
  return manifest;
}

function headOf({ database, jobDb, kind }: Source): Head {
  const schemaVersion = schemaVersionOf(database, jobDbMigrations, `JobDb ${jobDb}`);
  const row = database.prepare("SELECT created_at_ms, drained_at_ms FROM job_db").get();
  const drainedAtMs = row?.["drained_at_ms"];
  if (typeof drainedAtMs !== "number") throw failed(jobDb, kind, "the JobDb is not drained");
  return { schemaVersion, createdAtMs: Number(row?.["created_at_ms"]), drainedAtMs };
}

/** Numbers begin anew in a new data folder, and what another one has archived must not be replaced. */
async function refuseForeign(
  { jobDb, kind }: Source,
  { createdAtMs }: Head,
  store: ArchiveStore,
): Promise<void> {
  const name = manifestName(jobDb, kind);
  const object = await store.get(name);
  const present = object === undefined ? undefined : decodeManifest(object.bytes);
  if (present === undefined || present.createdAtMs === createdAtMs) return;
  const text = `${name} is of another data folder's JobDb ${jobDb}: give this one an archive of its own`;
  throw new PosthornError("archive_foreign", text);
}

async function putBlocks(
  { database, jobDb, kind }: Source,
  summary: ContentSummary,
  { store, names, blockBytes, betweenBlocks }: StoreOptions,
): Promise<readonly Block[]> {
  const encodeRow = createRowEncoder(jobDb, names);
  const prefix = blockPrefix(jobDb, kind);
  const blocks: Block[] = [];
  let lines: string[] = [];
  let bytes = 0;
  const put = async (): Promise<void> => {
    const packed = packBlock(lines, prefix, blocks.length + 1);
    blocks.push(packed.block);
    lines = [];
    bytes = 0;
    await store.put(packed.block.name, packed.bytes);
    await betweenBlocks();
  };
  for (const row of jobDbRows(database, kind)) {
    summary.add(row);
    const line = encodeRow(row);
    lines.push(line);
    bytes += Buffer.byteLength(line);
    if (bytes >= blockBytes) await put();
  }
  if (lines.length > 0) await put();
  return blocks;
}

async function compareBlocks(
  { database, jobDb, kind }: Source,
  blocks: readonly Block[],
  { store, betweenBlocks }: StoreOptions,
): Promise<void> {
  const rows = jobDbRows(database, kind);
  for (const block of blocks) {
    const read = await readBlock(store, block);
    if (read.kind === "damaged") throw failed(jobDb, kind, `${block.name}: ${read.why}`);
    for (const line of read.lines) {
      if (isSame(rows.next().value, line)) continue;
      throw failed(jobDb, kind, `${block.name} is not what the JobDb has, or has had meanwhile`);
    }
    await betweenBlocks();
  }
  if (rows.next().done !== true) throw failed(jobDb, kind, "the JobDb has grown meanwhile");
}

/** Rows that belong to no message, and those that came meanwhile where nobody looked any more. */
function refuseMissing({ database, jobDb, kind }: Source, archived: Manifest["rows"]): void {
  for (const table of archivedTables) {
    const there = database.prepare(`SELECT COUNT(*) AS rows FROM ${table}`).get()?.["rows"];
    if (there === archived[table]) continue;
    const text = `the JobDb has ${String(there)} rows in ${table}, of which ${archived[table]} were archived`;
    throw failed(jobDb, kind, text);
  }
}

function isSame(row: JobDbRow | undefined, line: string): boolean {
  const decoded = decodeRow(line);
  if (row === undefined || decoded?.table !== row.table) return false;
  return isDeepStrictEqual(decoded.columns, { ...row.columns });
}

export async function publish(manifest: Manifest, store: ArchiveStore): Promise<void> {
  const { jobDb, kind } = manifest;
  const name = manifestName(jobDb, kind);
  const bytes = encodeManifest(manifest);
  await store.put(name, bytes);
  const readBack = await store.get(name);
  if (readBack === undefined || !Buffer.from(bytes).equals(readBack.bytes))
    throw failed(jobDb, kind, `${name} is not what was put there`);
}

/** Deletes blocks that a crash, a failure or an earlier archiving has left, whichever the manifest does not name. */
export async function deleteUnused(
  { jobDb, kind, blocks }: Manifest,
  store: ArchiveStore,
): Promise<void> {
  const used = new Set(blocks.map(({ name }) => name));
  for (const name of await store.list(blockPrefix(jobDb, kind)))
    if (!used.has(name)) await store.delete(name);
}

function failed(jobDb: number, kind: ArchiveKind, why: string): PosthornError {
  return new PosthornError("archive_failed", `${archiveName(jobDb, kind)} not archived: ${why}`);
}
