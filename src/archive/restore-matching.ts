import { existsSync } from "node:fs";
import { PosthornError } from "../core/errors.ts";
import { jobDbPath } from "../jobdb/sqlite/job-db-folder.ts";
import { listArchives } from "./archive-listing.ts";
import type { ArchiveStore } from "./archive-store.ts";
import { type ArchiveFilter, mayHold } from "./manifest-filter.ts";
import type { Manifest } from "./manifest.ts";
import { restoreJobDb } from "./restore-job-db.ts";

/**
 * Restores each archived JobDb that may hold what is looked for, unless it is in the folder, which may be in use: history and resends
 * find it from then on. Resolves with the numbers of those restored; a crash leaves some done, and the same call does the
 * rest.
 *
 * @throws PosthornError `archive_damaged` if a manifest is; or as restoreJobDb
 */
export async function restoreMatching(
  store: ArchiveStore,
  filter: ArchiveFilter,
  folder: string,
): Promise<readonly number[]> {
  const restored: number[] = [];
  for (const manifest of (await fullestManifests(store)).values()) {
    const { jobDb } = manifest;
    if (!mayHold(manifest, filter) || existsSync(jobDbPath(folder, jobDb))) continue;
    await restoreJobDb(store, manifest, folder);
    restored.push(jobDb);
  }
  return restored;
}

/** By JobDb: its history if that is archived, else its undelivered messages. */
async function fullestManifests(store: ArchiveStore): Promise<ReadonlyMap<number, Manifest>> {
  const manifests = new Map<number, Manifest>();
  for await (const listed of listArchives(store)) {
    if (listed.kind === "damaged") {
      const { name, why } = listed.damage;
      throw new PosthornError("archive_damaged", `${name} is damaged: ${why}`);
    }
    const { manifest } = listed;
    if (manifest.kind === "history" || !manifests.has(manifest.jobDb))
      manifests.set(manifest.jobDb, manifest);
  }
  return manifests;
}
