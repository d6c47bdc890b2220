/** The operator's encryption keys as texts: `ID:BASE64`, the key 32 bytes, one after the other with commas or white space between. */
import { createSecretKey, randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import type { EncryptionKey, KeyRing } from "../control/key-ring.ts";
import { decodeBase64 } from "../core/base64.ts";
import { limits } from "../core/limits.ts";

const keyBytes = 32;
const idForm = /^[\w-]{1,32}$/;

/**
 * A key ring, given as text or as the path of a file with it.
 *
 * @throws Error that says what is wrong with it, without any of it, as it may be a key
 */
export function parseEncryptionKeys(text: string): KeyRing {
  return text.includes(":") ? parseKeyRing(text) : parseKeyRing(readKeys(text.trim()));
}

/** @throws Error as `parseEncryptionKeys` */
export function parseKeyRing(text: string): KeyRing {
  const keys = text
    .split(/[\s,]+/)
    .filter((part) => part !== "")
    .map(parseKey);
  const [active, ...older] = keys;
  if (active === undefined) throw new Error("it has no key");
  if (keys.length > limits.encryptionKeysMax) {
    throw new Error(`it has ${keys.length} keys, at most ${limits.encryptionKeysMax} are allowed`);
  }
  const ids = keys.map(({ id }) => id);
  const twice = ids.find((id, at) => ids.indexOf(id) !== at);
  if (twice !== undefined) throw new Error(`two keys have the id ${twice}`);
  return [active, ...older];
}

/** The text of a new key with an id of its own. */
export function newEncryptionKey(): string {
  return `k${randomBytes(4).toString("hex")}:${randomBytes(keyBytes).toString("base64")}`;
}

/** What `parseKeyRing` makes the same key ring of. */
export function textOfKeyRing(keyRing: KeyRing): string {
  return keyRing.map(({ id, key }) => `${id}:${key.export().toString("base64")}`).join("\n");
}

function parseKey(text: string, at: number): EncryptionKey {
  const [id = "", base64 = "", ...more] = text.split(":");
  if (!idForm.test(id) || more.length > 0) {
    throw new Error(`key ${at + 1} has no id of 1 to 32 letters, digits, "_" and "-" before a ":"`);
  }
  const bytes = decodeBase64(base64);
  if (bytes?.length !== keyBytes) {
    const got = bytes === undefined ? "no base64 with padding" : `${bytes.length} bytes`;
    throw new Error(`key ${id} is not base64 of ${keyBytes} bytes: got ${got}`);
  }
  return { id, key: createSecretKey(bytes) };
}

function readKeys(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
    throw new Error(`it has no ":" and is no file that can be read (${code})`, { cause: error });
  }
}
