/** Manifests without the blocks that they name, for tests of what reads nothing else. */
import { manifestName } from "../../src/archive/archive-names.ts";
import type { ArchiveStore } from "../../src/archive/archive-store.ts";
import { encodeManifest, type Manifest, noRows } from "../../src/archive/manifest.ts";
import type { ArchiveKind } from "../../src/director/archives.ts";

const madeAtMs = Date.parse("2026-11-01T00:00:00Z");
const hourMs = 3_600_000;

/** Of an hour with twice as many messages as the JobDb's number says, in two blocks of 512 KiB and 1 KiB. */
export function manifestOf(jobDb: number, kind: ArchiveKind): Manifest {
  const fromMs = madeAtMs + jobDb * hourMs;
  const block = { rows: jobDb, rawBytes: 1, sha256: "", rawSha256: "" };
  return {
    format: 1,
    jobDb,
    kind,
    schemaVersion: 1,
    createdAtMs: fromMs,
    drainedAtMs: fromMs + hourMs,
    fromMs,
    toMs: fromMs + hourMs - 1,
    rows: { ...noRows(), message: 2 * jobDb, delivery: 3 * jobDb, attempt: 4 * jobDb },
    undelivered: jobDb,
    applications: [],
    endpoints: [],
    eventTypes: [],
    blocks: [
      { ...block, name: "blocks/1", bytes: 512 * 1024 },
      { ...block, name: "blocks/2", bytes: 1024 },
    ],
  };
}

/** Puts those of the histories of JobDbs there, with the numbers from 1 up to the count. */
export async function putManifests(store: ArchiveStore, count: number): Promise<void> {
  for (let jobDb = 1; jobDb <= count; jobDb += 1) await putManifest(store, jobDb, "history");
}

export async function putManifest(
  store: ArchiveStore,
  jobDb: number,
  kind: ArchiveKind,
): Promise<void> {
  await store.put(manifestName(jobDb, kind), encodeManifest(manifestOf(jobDb, kind)));
}
