/** What only the archive has: which JobDbs those are, and putting one back. */
import { existsSync } from "node:fs";
import { PosthornError } from "../core/errors.ts";
import type { ArchiveKind } from "../director/archives.ts";
import { jobDbPath } from "../jobdb/sqlite/job-db-folder.ts";
import { listArchives, notAManifest } from "./archive-listing.ts";
import { manifestName } from "./archive-names.ts";
import type { ArchiveStore } from "./archive-store.ts";
import { type ArchiveFilter, mayHold } from "./manifest-filter.ts";
import { decodeManifest, type Manifest } from "./manifest.ts";
import { restoreJobDb } from "./restore-job-db.ts";

export interface MissingJobDb {
  readonly jobDb: number;
  /** When its first archived message was accepted, Unix milliseconds. */
  readonly fromMs: number;
  /** About what it will take on disk. */
  readonly bytes: number;
}

/**
 * The archived JobDbs that may hold what is looked for and are not in the folder, in the order of their first messages.
 *
 * @throws PosthornError `archive_damaged` if the manifest of one that is not there is; or as the store does
 */
export async function missingJobDbs(
  store: ArchiveStore,
  filter: ArchiveFilter,
  folder: string,
): Promise<readonly MissingJobDb[]> {
  const missing = new Map<number, MissingJobDb>();
  for await (const listed of listArchives(store)) {
    if (existsSync(jobDbPath(folder, listed.jobDb))) continue;
    if (listed.kind === "damaged") throw damaged(listed.damage.name, listed.damage.why);
    const { manifest, jobDb } = listed;
    // Its history, which is listed first, has all that the other has.
    if (missing.has(jobDb) || !mayHold(manifest, filter) || manifest.fromMs === null) continue;
    const bytes = manifest.blocks.reduce((sum, { rawBytes }) => sum + rawBytes, 0);
    missing.set(jobDb, { jobDb, fromMs: manifest.fromMs, bytes });
  }
  return [...missing.values()].toSorted((left, right) => left.fromMs - right.fromMs);
}

/**
 * Restores a JobDb that is in the archive, unless it is in the folder, which may be in use: history and resends find it from
 * then on.
 *
 * @param betweenBlocks as of StoreOptions
 * @throws PosthornError as restoreJobDb, but `conflict`; `archive_damaged` if there is no such archive (any more)
 */
export async function restoreMissing(
  jobDb: number,
  {
    store,
    folder,
    betweenBlocks,
  }: {
    readonly store: ArchiveStore;
    readonly folder: string;
    readonly betweenBlocks: () => Promise<void>;
  },
): Promise<void> {
  if (existsSync(jobDbPath(folder, jobDb))) return;
  const manifest = await fullestManifest(store, jobDb);
  if (manifest === undefined) throw damaged(`JobDb ${jobDb}`, "its manifest is gone");
  await restoreJobDb(manifest, { store, folder, betweenBlocks });
}

/**
 * Of a JobDb's history if that is archived, else of its undelivered messages; undefined: it is not archived.
 *
 * @throws PosthornError `archive_damaged` if it is; or as the store does
 */
export async function fullestManifest(
  store: ArchiveStore,
  jobDb: number,
): Promise<Manifest | undefined> {
  return (
    (await findManifest(store, jobDb, "history")) ??
    (await findManifest(store, jobDb, "undelivered"))
  );
}

async function findManifest(
  store: ArchiveStore,
  jobDb: number,
  kind: ArchiveKind,
): Promise<Manifest | undefined> {
  const name = manifestName(jobDb, kind);
  const object = await store.get(name);
  if (object === undefined) return undefined;
  const manifest = decodeManifest(object.bytes);
  if (manifest !== undefined) return manifest;
  throw damaged(name, notAManifest);
}

function damaged(name: string, why: string): PosthornError {
  return new PosthornError("archive_damaged", `${name} is damaged: ${why}`);
}
