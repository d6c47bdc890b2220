import { createHash } from "node:crypto";
import { PosthornError } from "../core/errors.ts";
import type { PurgedRows, PurgeScope } from "../core/purge.ts";
import {
  archiveName,
  archiveOfBlock,
  blocksPrefix,
  manifestName,
  manifestPrefix,
} from "./archive-names.ts";
import type { ArchiveStore } from "./archive-store.ts";
import { type Damage, listArchives } from "./archive-listing.ts";
import { encodeManifest, type Manifest } from "./manifest.ts";
import { purgeArchive, type PurgeOptions } from "./purge-archive.ts";

/** What was erased in one archive. */
interface ArchivePurge {
  readonly name: string;
  readonly rows: PurgedRows;
  /** Of its manifest as it is now, hexadecimal. */
  readonly sha256: string;
}

export interface ArchivePurges {
  readonly purged: readonly ArchivePurge[];
  readonly damaged: readonly Damage[];
}

/**
 * Erases what is in a scope from every archive that may have something of it, one after the other, and what was never made one.
 *
 * @param jobDb the one JobDb that the scope's message is in; undefined: any
 * @throws PosthornError as the store does. One that is damaged is told, and does not keep the others from it.
 */
export async function purgeArchives(
  scope: PurgeScope,
  jobDb: number | undefined,
  options: PurgeOptions,
): Promise<ArchivePurges> {
  const purged: ArchivePurge[] = [];
  const damaged: Damage[] = [];
  for await (const listed of listArchives(options.store)) {
    if (listed.kind === "damaged") {
      damaged.push(listed.damage);
      continue;
    }
    const { manifest } = listed;
    if (jobDb !== undefined && manifest.jobDb !== jobDb) continue;
    if (!mayHaveSomething(manifest, scope)) continue;
    const name = archiveName(manifest.jobDb, manifest.kind);
    try {
      const { rows, manifest: made } = await purgeArchive(manifest, scope, options);
      const sha256 = createHash("sha256").update(encodeManifest(made)).digest("hex");
      purged.push({ name, rows, sha256 });
    } catch (error) {
      if (!(error instanceof PosthornError) || error.code !== "archive_damaged") throw error;
      damaged.push({ name, why: error.message });
    }
  }
  await deleteUnpublished(jobDb, options.store);
  return { purged, damaged };
}

/**
 * Deletes blocks of archives that have no manifest: an archiving that failed or was killed has left them, perhaps because its
 * JobDb was purged just then, and it begins anew. Nobody archives meanwhile, as there is one writer at a time.
 */
async function deleteUnpublished(jobDb: number | undefined, store: ArchiveStore): Promise<void> {
  const published = new Set(await store.list(manifestPrefix));
  for (const name of await store.list(blocksPrefix)) {
    const archive = archiveOfBlock(name);
    if (archive === undefined || (jobDb !== undefined && archive.jobDb !== jobDb)) continue;
    if (!published.has(manifestName(archive.jobDb, archive.kind))) await store.delete(name);
  }
}

function mayHaveSomething({ applications }: Manifest, { application }: PurgeScope): boolean {
  return applications === null || applications.includes(application);
}
