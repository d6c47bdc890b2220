import { listArchives, verifyArchive } from "../../../src/archive/archive-listing.ts";
import type { ArchiveStore } from "../../../src/archive/archive-store.ts";
import { readBlock } from "../../../src/archive/block.ts";
import { FolderArchiveStore } from "../../../src/archive/folder-archive-store.ts";
import type { StoredRow } from "../../../src/archive/job-db-rows.ts";
import type { Block, Manifest } from "../../../src/archive/manifest.ts";
import { decodeRow } from "../../../src/archive/row-line.ts";
import { messageRowOf } from "../../../src/core/delivery.ts";
import { placeKey, type StoredMessage, textOf } from "./stored-rows.ts";

/** What an archive in a folder has in it, under manifests whose blocks are whole. */
export interface ArchivedRows {
  /** Of whole histories, by `JobDb/row`: what may stand for a JobDb that is gone. */
  readonly history: ReadonlyMap<string, StoredMessage>;
  readonly undelivered: ReadonlyMap<string, StoredMessage>;
  /** What the archive's own checks have against it. */
  readonly complaints: readonly string[];
}

/** @param folder need not be there: then nothing is archived */
export async function readArchivedRows(folder: string): Promise<ArchivedRows> {
  const store = new FolderArchiveStore(folder);
  const messages = {
    history: new Map<string, StoredMessage>(),
    undelivered: new Map<string, StoredMessage>(),
  };
  const complaints: string[] = [];
  for await (const listed of listArchives(store)) {
    if (listed.kind === "damaged") {
      complaints.push(`${listed.damage.name}: ${listed.damage.why}`);
      continue;
    }
    const { manifest } = listed;
    let isWhole = true;
    for await (const { name, why } of verifyArchive(store, manifest)) {
      isWhole = false;
      complaints.push(`${name}: ${why}`);
    }
    if (isWhole) await readMessages(store, manifest, messages[manifest.kind]);
  }
  return { ...messages, complaints };
}

async function readMessages(
  store: ArchiveStore,
  { jobDb, blocks }: Manifest,
  messages: Map<string, StoredMessage>,
): Promise<void> {
  const deliveries = new Map<number, number>();
  const rows: StoredRow[] = [];
  for (const block of blocks) {
    for (const row of await rowsOf(store, block)) {
      if (row.table === "message") rows.push(row);
      if (row.table !== "delivery") continue;
      const message = messageRowOf(Number(row.columns["number"]));
      deliveries.set(message, (deliveries.get(message) ?? 0) + 1);
    }
  }
  for (const { columns } of rows) {
    const { row, nonce, payload, erased_at_ms: erasedAtMs } = columns;
    messages.set(placeKey(jobDb, Number(row)), {
      nonce: Number(nonce),
      payload: payload instanceof Uint8Array ? textOf(payload) : "",
      isErased: erasedAtMs !== null,
      deliveries: deliveries.get(Number(row)) ?? 0,
    });
  }
}

async function rowsOf(store: ArchiveStore, block: Block): Promise<readonly StoredRow[]> {
  const read = await readBlock(store, block);
  if (read.kind === "damaged") throw new Error(`${block.name} was whole a moment ago: ${read.why}`);
  return read.lines.map(decodeRow).filter((row) => row !== undefined);
}
