/** Finding out what an archive has, and whether it is whole. */
import { jobDbOfManifest, manifestPrefix } from "./archive-names.ts";
import type { ArchiveStore } from "./archive-store.ts";
import { readBlock } from "./block.ts";
import { archivedTables, type ArchivedTable } from "./job-db-rows.ts";
import { decodeManifest, type Manifest, noRows } from "./manifest.ts";
import { decodeRow } from "./row-line.ts";

/** An object that is not what it should be. */
export interface Damage {
  readonly name: string;
  readonly why: string;
}

/** `jobDb`: its number, by its manifest's name. */
export type ListedArchive = { readonly jobDb: number } & (
  | { readonly kind: "whole"; readonly manifest: Manifest }
  | { readonly kind: "damaged"; readonly damage: Damage }
);

/** Why what is among the manifests is damaged, if it is none. */
export const notAManifest = "it is not a manifest of this program";

/** All archives of JobDbs by number, one after the other. Fails as the store does. */
export async function* listArchives(store: ArchiveStore): AsyncGenerator<ListedArchive> {
  for (const name of await store.list(manifestPrefix)) {
    const object = await store.get(name);
    const jobDb = jobDbOfManifest(name);
    const manifest = object === undefined ? undefined : decodeManifest(object.bytes);
    if (manifest === undefined) {
      const damage = { name, why: notAManifest };
      yield { kind: "damaged", jobDb, damage };
    } else {
      yield { kind: "whole", jobDb, manifest };
    }
  }
}

/** Reads all blocks of an archive, and tells what is wrong. Fails as the store does. */
export async function* verifyArchive(
  store: ArchiveStore,
  manifest: Manifest,
): AsyncGenerator<Damage> {
  const rows = noRows();
  let damaged = false;
  for (const block of manifest.blocks) {
    const read = await readBlock(store, block);
    const why = read.kind === "damaged" ? read.why : countRows(read.lines, rows);
    if (why === undefined) continue;
    damaged = true;
    yield { name: block.name, why };
  }
  const missing = archivedTables.filter((table) => rows[table] !== manifest.rows[table]);
  if (damaged || missing.length === 0) return;
  yield { name: manifest.blocks[0]?.name ?? "", why: `rows are missing: ${missing.join(", ")}` };
}

/** Adds to the counts; what is wrong with a line otherwise. */
function countRows(
  lines: readonly string[],
  rows: Record<ArchivedTable, number>,
): string | undefined {
  for (const [index, line] of lines.entries()) {
    const row = decodeRow(line);
    if (row === undefined) return `its line ${index + 1} is no row`;
    rows[row.table] += 1;
  }
  return undefined;
}
