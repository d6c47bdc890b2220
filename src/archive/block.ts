/** Blocks of lines: packed with gzip, which every machine can read, and checked when they are unpacked. */
import { createHash } from "node:crypto";
import { gunzipSync, gzipSync } from "node:zlib";
import type { ArchiveStore } from "./archive-store.ts";
import { blockName } from "./archive-names.ts";
import type { Block } from "./manifest.ts";

export interface PackedBlock {
  readonly block: Block;
  readonly bytes: Uint8Array;
}

/**
 * @param prefix of the block's name
 * @param place among the blocks, from 1
 */
export function packBlock(lines: readonly string[], prefix: string, place: number): PackedBlock {
  const raw = Buffer.from(`${lines.join("\n")}\n`);
  const bytes = gzipSync(raw);
  const sha256 = sha256Of(bytes);
  const name = blockName(prefix, place, sha256);
  const checks = { sha256, rawBytes: raw.length, rawSha256: sha256Of(raw) };
  return { block: { name, rows: lines.length, bytes: bytes.length, ...checks }, bytes };
}

export type ReadBlock =
  | { readonly kind: "whole"; readonly lines: readonly string[] }
  | { readonly kind: "damaged"; readonly why: string };

/** Reads a block and checks it. Fails as the store does. */
export async function readBlock(store: ArchiveStore, block: Block): Promise<ReadBlock> {
  const bytes = (await store.get(block.name))?.bytes;
  if (bytes === undefined) return { kind: "damaged", why: "it is missing" };
  if (bytes.length !== block.bytes) {
    return { kind: "damaged", why: `it has ${bytes.length} bytes instead of ${block.bytes}` };
  }
  if (sha256Of(bytes) !== block.sha256) return { kind: "damaged", why: "its checksum is wrong" };
  return unpack(bytes, block);
}

function unpack(bytes: Uint8Array, block: Block): ReadBlock {
  const raw = unzipped(bytes, block.rawBytes);
  if (raw?.length !== block.rawBytes || sha256Of(raw) !== block.rawSha256) {
    return { kind: "damaged", why: "its lines are not what was packed" };
  }
  const lines = raw.toString("utf8").split("\n");
  const isEnded = lines.pop() === "";
  return isEnded && lines.length === block.rows
    ? { kind: "whole", lines }
    : { kind: "damaged", why: `it has not ${block.rows} lines` };
}

function unzipped(bytes: Uint8Array, bytesMax: number): Buffer | undefined {
  try {
    return gunzipSync(bytes, { maxOutputLength: bytesMax });
  } catch {
    return undefined; // the caller tells it as damage
  }
}

function sha256Of(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
