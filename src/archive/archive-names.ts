/**
 * What things are called in an archive:
 *
 *     manifests/00000012.history.json
 *     blocks/00000012.history/000001-4f0c2d9a1b3e5f70.ndjson.gz
 *
 * A block's name has the beginning of its checksum, so one with other content has another name: whatever a manifest that was
 * published refers to stays as it is while the JobDb is archived anew. Manifests have a folder of their own, as all of them
 * are listed, and blocks are many.
 */
import type { ArchivedJobDb, ArchiveKind } from "../director/archives.ts";

export const manifestPrefix = "manifests/";

export function manifestName(jobDb: number, kind: ArchiveKind): string {
  return `${manifestPrefix}${archiveName(jobDb, kind)}.json`;
}

/** @param name among the manifests; undefined: it is none that `manifestName` gives */
export function archiveOfManifest(name: string): ArchivedJobDb | undefined {
  const [, jobDb, kind] = /^(\d{8})\.(history|undelivered)\.json$/.exec(name) ?? [];
  if (kind !== "history" && kind !== "undelivered") return undefined;
  return { jobDb: Number(jobDb), kind };
}

/** NaN of a name that is none. */
export function jobDbOfManifest(name: string): number {
  return Number.parseInt(name.slice(manifestPrefix.length), 10);
}

export const blocksPrefix = "blocks/";

export function blockPrefix(jobDb: number, kind: ArchiveKind): string {
  return `${blocksPrefix}${archiveName(jobDb, kind)}/`;
}

/** @param name among the blocks; undefined: it is none that `blockName` gives */
export function archiveOfBlock(name: string): ArchivedJobDb | undefined {
  const [archive, ...rest] = name.slice(blocksPrefix.length).split("/");
  return rest.length === 1 ? archiveOfManifest(`${archive}.json`) : undefined;
}

/** @param place from 1 */
export function blockName(prefix: string, place: number, sha256: string): string {
  return `${prefix}${String(place).padStart(6, "0")}-${sha256.slice(0, 16)}.ndjson.gz`;
}

/** How one archive of a JobDb is called: its number, and its kind. */
export function archiveName(jobDb: number, kind: ArchiveKind): string {
  return `${String(jobDb).padStart(8, "0")}.${kind}`;
}
