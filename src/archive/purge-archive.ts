/**
 * Erases what is in a scope from an archive. Blocks are never written over, so those that have something of it are made anew, under
 * other names:
 *
 *     put the new blocks ─▶ read them back ─▶ put the manifest that names them ─▶ delete those that it does not name
 *
 * So a crash between any two steps leaves the archive as it was or as it is to be, and blocks that the next purge or
 * archiving deletes. Rows stay, as they do in a JobDb: what is erased is what they say.
 */
import type { SQLOutputValue } from "node:sqlite";
import { messageRowOf } from "../core/delivery.ts";
import { PosthornError } from "../core/errors.ts";
import { addPurged, nothingPurged, type PurgedRows, type PurgeScope } from "../core/purge.ts";
import { blockPrefix } from "./archive-names.ts";
import type { ArchiveStore } from "./archive-store.ts";
import { packBlock, readBlock } from "./block.ts";
import type { StoredRow } from "./job-db-rows.ts";
import type { Block, Manifest } from "./manifest.ts";
import { decodeRow, lineWith } from "./row-line.ts";
import { deleteUnused, publish } from "./store-job-db.ts";

export interface PurgedArchive {
  readonly rows: PurgedRows;
  readonly manifest: Manifest;
}

export interface PurgeOptions {
  readonly store: ArchiveStore;
  readonly nowMs: number;
  /** Waited for after each block: whoever wants to end the purge lets it fail. */
  readonly betweenBlocks: () => Promise<void>;
}

/**
 * Resolves when nothing of the scope is in the archive any more. Repeating it is harmless.
 *
 * @throws PosthornError `archive_damaged` if a block is: what is in it can't be told; `archive_failed` if the store fails
 */
export async function purgeArchive(
  manifest: Manifest,
  scope: PurgeScope,
  { store, nowMs, betweenBlocks }: PurgeOptions,
): Promise<PurgedArchive> {
  const prefix = blockPrefix(manifest.jobDb, manifest.kind);
  const eraser = new RowEraser(scope, nowMs);
  const blocks: Block[] = [];
  for (const [index, block] of manifest.blocks.entries()) {
    const read = await readBlock(store, block);
    if (read.kind === "damaged") throw damaged(block.name, read.why);
    const lines = read.lines.map((line) => eraser.erase(line) ?? damagedLine(block.name));
    const isSame = lines.every((line, at) => line === read.lines[at]);
    blocks.push(isSame ? block : await putBlock(packBlock(lines, prefix, index + 1), store));
    await betweenBlocks();
  }
  const purged = { ...manifest, blocks };
  // Also if nothing was to be made anew: a purge that was cut off may have left what it was about.
  await publish(purged, store);
  await deleteUnused(purged, store);
  return { rows: eraser.rows, manifest: purged };
}

async function putBlock(
  { block, bytes }: ReturnType<typeof packBlock>,
  store: ArchiveStore,
): Promise<Block> {
  await store.put(block.name, bytes);
  const read = await readBlock(store, block);
  if (read.kind === "whole") return block;
  throw new PosthornError("archive_failed", `${block.name} is not what was put there: ${read.why}`);
}

/** Rows come in the order of the archive: whatever belongs to a message follows it, in this block or a later one. */
class RowEraser {
  readonly #scope: PurgeScope;
  readonly #nowMs: number;
  #rows = nothingPurged;
  /** The row of the newest message that is the application's. */
  #own: number | undefined;

  constructor(scope: PurgeScope, nowMs: number) {
    this.#scope = scope;
    this.#nowMs = nowMs;
  }

  get rows(): PurgedRows {
    return this.#rows;
  }

  /** The line as it is to be; undefined: it is no row. */
  erase(line: string): string | undefined {
    const row = decodeRow(line);
    if (row === undefined) return undefined;
    const erased = this.#erasedOf(row);
    return erased === undefined ? line : lineWith(line, { ...row.columns, ...erased });
  }

  /** Undefined: it stays as it is. */
  #erasedOf({ table, columns }: StoredRow): Record<string, SQLOutputValue> | undefined {
    const { application, endpoint, message } = this.#scope;
    if (table === "message") {
      const row = Number(columns["row"]);
      const isOwn = columns["application"] === application && (message ?? row) === row;
      this.#own = isOwn ? row : undefined;
      if (!isOwn || endpoint !== undefined) return undefined;
      this.#rows = addPurged(this.#rows, { messages: 1, attempts: 0 });
      return erasedMessage(columns, this.#nowMs);
    }
    if (table !== "attempt") return undefined;
    const delivery = Number(columns["delivery"]);
    if (messageRowOf(delivery) !== this.#own) return undefined;
    if (endpoint !== undefined && columns["endpoint"] !== endpoint) return undefined;
    this.#rows = addPurged(this.#rows, { messages: 0, attempts: 1 });
    return onlyPresent(columns, { response: new Uint8Array(), url: "", checksum: null });
  }
}

function erasedMessage(columns: StoredRow["columns"], nowMs: number) {
  const erasedAtMs = columns["erased_at_ms"] ?? nowMs;
  return onlyPresent(columns, {
    payload: new Uint8Array(),
    event_id: null,
    channels: null,
    tags: null,
    checksum: null,
    erased_at_ms: erasedAtMs,
  });
}

/** An archive of an older schema has not all columns, and can't take others. */
function onlyPresent(
  columns: StoredRow["columns"],
  erased: Record<string, SQLOutputValue>,
): Record<string, SQLOutputValue> {
  return Object.fromEntries(Object.entries(erased).filter(([name]) => name in columns));
}

function damagedLine(name: string): never {
  throw damaged(name, "a line of it is no row");
}

function damaged(name: string, why: string): PosthornError {
  return new PosthornError("archive_damaged", `${name} can't be purged: ${why}`);
}
