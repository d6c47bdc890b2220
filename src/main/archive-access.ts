/** The archive without a server: what the command line asks of it. */
import { type Damage, listArchives, verifyArchive } from "../archive/archive-listing.ts";
import type { ArchiveStore } from "../archive/archive-store.ts";
import { contentOfManifest } from "../archive/archives-page.ts";
import type { Manifest } from "../archive/manifest.ts";
import { fullestManifest } from "../archive/missing-job-dbs.ts";
import { openArchiveStore } from "../archive/open-archive-store.ts";
import { restoreJobDb } from "../archive/restore-job-db.ts";
import { PosthornError } from "../core/errors.ts";
import type { ArchiveKind } from "../director/archives.ts";
import { lockDataFolder } from "../jobdb/sqlite/data-folder-lock.ts";
import { createArchiveAgents } from "./archive-agents.ts";
import { archiveOutboundOf } from "./destination-settings.ts";
import { archivePlaceOf, jobDbFolderOf } from "./data-layout.ts";
import type { Settings } from "./setting-definitions.ts";

/** An archive of a JobDb, as it is listed. */
export interface ArchiveSummary {
  readonly jobDb: number;
  readonly kind: ArchiveKind;
  readonly messages: number;
  readonly deliveries: number;
  readonly attempts: number;
  /** Deliveries that failed for good. */
  readonly undelivered: number;
  readonly blocks: number;
  /** As they are stored. */
  readonly bytes: number;
  /** When its first and its last message were accepted, ISO 8601; null if it has none. */
  readonly from: string | null;
  readonly to: string | null;
}

export type ArchiveFinding =
  | { readonly kind: "archive"; readonly archive: ArchiveSummary }
  | { readonly kind: "damage"; readonly damage: Damage };

/**
 * Tells of every archive of a JobDb, by number, and of every damage that is found.
 *
 * @param depth `manifests`: only whether each archive's manifest is whole; `blocks`: reads and checks everything
 * @throws PosthornError `config_invalid` if the settings say that nothing is archived; `archive_failed`
 */
export async function* inspectArchive(
  settings: Settings,
  depth: "manifests" | "blocks",
): AsyncGenerator<ArchiveFinding> {
  const store = await openArchive(settings);
  try {
    for await (const listed of listArchives(store)) {
      if (listed.kind === "damaged") {
        yield { kind: "damage", damage: listed.damage };
        continue;
      }
      yield { kind: "archive", archive: summaryOf(listed.manifest) };
      if (depth === "manifests") continue;
      for await (const damage of verifyArchive(store, listed.manifest))
        yield { kind: "damage", damage };
    }
  } finally {
    store.close();
  }
}

/**
 * Makes a JobDb of its archive again in the data folder, which no server may have: of its history, or if that is not archived, of its
 * undelivered messages.
 *
 * @throws PosthornError `data_locked`; `config_invalid` if there is no such archive; or as restoreJobDb
 */
export async function restoreFromArchive(
  settings: Settings,
  jobDb: number,
): Promise<ArchiveSummary> {
  const store = await openArchive(settings);
  try {
    const manifest = await fullestManifest(store, jobDb);
    if (manifest === undefined)
      throw new PosthornError("config_invalid", `JobDb ${jobDb} is not in the archive`);
    const lock = lockDataFolder(settings.data);
    try {
      const folder = jobDbFolderOf(settings);
      await restoreJobDb(manifest, { store, folder, betweenBlocks: async () => undefined });
    } finally {
      lock.release();
    }
    return summaryOf(manifest);
  } finally {
    store.close();
  }
}

async function openArchive(settings: Settings): Promise<ArchiveStore> {
  const place = archivePlaceOf(settings);
  if (place === undefined)
    throw new PosthornError("config_invalid", "nothing is archived: --archive is off");
  const outbound = archiveOutboundOf(settings);
  return await openArchiveStore(place, (endpoint) => createArchiveAgents(outbound, endpoint));
}

function summaryOf(manifest: Manifest): ArchiveSummary {
  const { jobDb, kind } = manifest;
  const { state: _, fromMs, toMs, ...counts } = contentOfManifest(manifest);
  return { jobDb, kind, ...counts, from: instantOf(fromMs), to: instantOf(toMs) };
}

function instantOf(atMs: number | null): string | null {
  return atMs === null ? null : new Date(atMs).toISOString();
}
