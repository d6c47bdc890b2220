/**
 * Pages of what an archive has. Names are listed at every page, as they are cheap (a thousand for a request to S3); of the manifests
 * only the page's own are read. A page begins beside a name, so nothing is skipped or told twice while others come and go.
 */
import { PosthornError } from "../core/errors.ts";
import { limits } from "../core/limits.ts";
import type {
  ArchiveContent,
  ArchivesPage,
  ArchivesQuery,
  DamagedManifest,
  ArchiveOutline,
} from "../director/archives.ts";
import { notAManifest } from "./archive-listing.ts";
import { archiveOfManifest, manifestName, manifestPrefix } from "./archive-names.ts";
import type { ArchiveStore } from "./archive-store.ts";
import { decodeManifest, type Manifest } from "./manifest.ts";

/** Fails as the store does. What is damaged is told as such. */
export async function archivesPage(
  store: ArchiveStore,
  { limit, edge, direction }: ArchivesQuery,
): Promise<ArchivesPage> {
  const listed = await store.list(manifestPrefix);
  // The consoles of some services make an object of a folder's own name, without a byte.
  const names = listed.map((name) => name.slice(manifestPrefix.length)).filter(Boolean);
  const isBeyond = (name: string): boolean =>
    edge === undefined || (direction === "older" ? name < edge : name > edge);
  const beyond = (direction === "older" ? names.toReversed() : names).filter(isBeyond);
  const archives: ArchiveOutline[] = [];
  while (archives.length < Math.min(limit, beyond.length)) {
    const end = Math.min(archives.length + limits.manifestsReadAtOnce, limit);
    const next = beyond.slice(archives.length, end);
    archives.push(...(await Promise.all(next.map((name) => readArchive(store, name)))));
  }
  return { archives, isLast: beyond.length <= limit };
}

async function readArchive(store: ArchiveStore, name: string): Promise<ArchiveOutline> {
  const object = await store.get(manifestPrefix + name);
  const content =
    object === undefined
      ? damaged("it is not there any more, or its name can't be read")
      : contentOf(name, object.bytes);
  return { name, of: archiveOfManifest(name), writtenAtMs: object?.writtenAtMs, content };
}

function contentOf(name: string, bytes: Uint8Array): ArchiveContent | DamagedManifest {
  try {
    const manifest = decodeManifest(bytes);
    if (manifest === undefined) return damaged(notAManifest);
    const own = manifestName(manifest.jobDb, manifest.kind);
    if (own !== manifestPrefix + name) return damaged(`it is what should be ${own}`);
    return contentOfManifest(manifest);
  } catch (error) {
    if (error instanceof PosthornError && error.code === "data_newer")
      return damaged(error.message);
    throw error;
  }
}

export function contentOfManifest(manifest: Manifest): ArchiveContent {
  const { rows, undelivered, blocks, fromMs, toMs } = manifest;
  return {
    state: "whole",
    messages: rows.message,
    deliveries: rows.delivery,
    attempts: rows.attempt,
    undelivered,
    blocks: blocks.length,
    bytes: blocks.reduce((sum, { bytes }) => sum + bytes, 0),
    fromMs,
    toMs,
  };
}

function damaged(why: string): DamagedManifest {
  return { state: "damaged", why };
}
