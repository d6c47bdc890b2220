import { crc32 } from "node:zlib";
import type { Address } from "../../core/ids.ts";

/** Of a row with a body. Null: the row is older than checksums, or what was there has been erased. */
export type BodyChecksum = number | null;

/**
 * CRC-32 of a stored body, begun with the address of its row: so it tells too when a body turns up under another id. It finds any
 * flip of up to 32 bits in a row, and all but one in 4 × 10⁹ of anything else; it is no defence against somebody who
 * writes into the file.
 */
export function bodyChecksumOf(
  body: Uint8Array,
  { row, nonce, atMs }: Pick<Address, "row" | "nonce" | "atMs">,
): number {
  const high = Math.floor(nonce / 2 ** 32) ^ Math.floor(atMs / 2 ** 32);
  return crc32(body, (row ^ nonce ^ atMs ^ high) >>> 0);
}
