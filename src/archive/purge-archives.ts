import { createHash } from "node:crypto";
import { PosthornError } from "../core/errors.ts";
import type { PurgedRows, PurgeScope } from "../core/purge.ts";
import { archiveName } from "./archive-names.ts";
import { listArchives } from "./archive-listing.ts";
import { encodeManifest, type Manifest } from "./manifest.ts";
import { purgeArchive, type PurgeOptions } from "./purge-archive.ts";

/** What was erased in one archive. */
export interface ArchivePurge {
  readonly name: string;
  readonly rows: PurgedRows;
  /** Of its manifest as it is now, hexadecimal. */
  readonly sha256: string;
}

/**
 * Erases what is in a scope from every archive that may have something of it, one after the other.
 *
 * @param jobDb the one JobDb that the scope's message is in; undefined: any
 * @throws PosthornError `archive_damaged` if a manifest or a block is; or as the store does
 */
export async function purgeArchives(
  scope: PurgeScope,
  jobDb: number | undefined,
  options: PurgeOptions,
): Promise<readonly ArchivePurge[]> {
  const purged: ArchivePurge[] = [];
  for await (const listed of listArchives(options.store)) {
    if (listed.kind === "damaged") {
      const { name, why } = listed.damage;
      throw new PosthornError("archive_damaged", `${name} can't be purged: ${why}`);
    }
    const { manifest } = listed;
    if (jobDb !== undefined && manifest.jobDb !== jobDb) continue;
    if (!mayHaveSomething(manifest, scope)) continue;
    const { rows, manifest: made } = await purgeArchive(manifest, scope, options);
    const sha256 = createHash("sha256").update(encodeManifest(made)).digest("hex");
    purged.push({ name: archiveName(made.jobDb, made.kind), rows, sha256 });
  }
  return purged;
}

function mayHaveSomething({ applications }: Manifest, { application }: PurgeScope): boolean {
  return applications === null || applications.includes(application);
}
