/**
 * The operator's encryption keys: the first one seals, all of them open. A sealed text is AES-256-GCM (NIST SP 800-38D),
 *
 *     sealed:<id of the key>:<base64 of nonce (12 bytes) │ tag (16) │ ciphertext>
 *
 * with its place as additional data, so that it opens nowhere else. Nonces are random: one key is good for 2^32 texts.
 */
import { createCipheriv, createDecipheriv, type KeyObject } from "node:crypto";
import { PosthornError } from "../core/errors.ts";

export interface EncryptionKey {
  /** Letters, digits, `_` and `-`; stands in every text that the key has sealed. */
  readonly id: string;
  /** 256 bits. */
  readonly key: KeyObject;
}

/** Ids differ. Plain data: it can be handed to another thread. */
export type KeyRing = readonly [active: EncryptionKey, ...older: EncryptionKey[]];

/** Where a sealed text is kept. */
export interface SealedPlace {
  readonly table: string;
  /** Of the row. */
  readonly key: number | string;
  readonly column: string;
}

const algorithm = "aes-256-gcm";
const nonceBytes = 12;
const tagBytes = 16;
const sealedForm = /^sealed:([\w-]+):([\w+/=]+)$/;

/** @param randomBytes bytes that nobody can guess, never the same twice */
export function sealText(
  [{ id, key }]: KeyRing,
  place: SealedPlace,
  text: string,
  randomBytes: (count: number) => Uint8Array,
): string {
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv(algorithm, key, nonce).setAAD(additionalDataOf(place));
  const ciphertext = Buffer.concat([cipher.update(text, "utf8"), cipher.final()]);
  return `sealed:${id}:${Buffer.concat([nonce, cipher.getAuthTag(), ciphertext]).toString("base64")}`;
}

/** @throws PosthornError `secret_unreadable` if it was altered, is not sealed, is another place's or another key's */
export function openText(keyRing: KeyRing, place: SealedPlace, sealed: string): string {
  const [, id, base64] = sealedForm.exec(sealed) ?? [];
  if (base64 === undefined) throw unreadable(place, "it is not sealed");
  const found = keyRing.find((each) => each.id === id);
  if (found === undefined) throw unreadable(place, `the encryption key ${id} is not given`);
  const bytes = Buffer.from(base64, "base64");
  const nonce = bytes.subarray(0, nonceBytes);
  const tag = bytes.subarray(nonceBytes, nonceBytes + tagBytes);
  try {
    const decipher = createDecipheriv(algorithm, found.key, nonce, { authTagLength: tagBytes });
    decipher.setAAD(additionalDataOf(place)).setAuthTag(tag);
    const text = decipher.update(bytes.subarray(nonceBytes + tagBytes));
    return Buffer.concat([text, decipher.final()]).toString("utf8");
  } catch (error) {
    const why = `it was altered, or sealed by another key than the present ${id}`;
    throw unreadable(place, why, { cause: error });
  }
}

/** The id of the key that has sealed a text; undefined if it is not sealed. */
export function sealingKeyIdOf(text: string): string | undefined {
  return sealedForm.exec(text)?.[1];
}

function additionalDataOf({ table, key, column }: SealedPlace): Buffer {
  return Buffer.from(`${table}/${key}/${column}`);
}

function unreadable(
  { table, key, column }: SealedPlace,
  why: string,
  options?: ErrorOptions,
): PosthornError {
  const message = `the ${column} of ${table} ${key} can't be opened: ${why}`;
  return new PosthornError("secret_unreadable", message, options);
}
