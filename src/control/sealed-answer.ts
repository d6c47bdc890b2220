/**
 * Results as they are kept: AES-256-GCM under a key that only whoever repeats the request knows, so that a copy of the
 * database alone does not give away what was told once (an API key, a portal's token).
 *
 *     nonce (12 bytes) │ tag (16) │ ciphertext of the result, serialised as a structured clone
 */
import { createCipheriv, createDecipheriv } from "node:crypto";
import { deserialize, serialize } from "node:v8";
import type { ControlSources } from "./control-store.ts";
import type { OnceKey } from "./facade.ts";

const algorithm = "aes-256-gcm";
const nonceBytes = 12;
const tagBytes = 16;

/** Bound to its key's hash: it opens in no other row. */
export function sealAnswer(
  { hash, sealingKey }: OnceKey,
  result: unknown,
  randomBytes: ControlSources["randomBytes"],
): Uint8Array {
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv(algorithm, sealingKey, nonce).setAAD(hash);
  const text = Buffer.concat([cipher.update(serialize(result)), cipher.final()]);
  return Buffer.concat([nonce, cipher.getAuthTag(), text]);
}

/** The result. Throws if it was altered, or sealed under another key. */
export function openAnswer({ hash, sealingKey }: OnceKey, sealed: Uint8Array): unknown {
  const nonce = sealed.subarray(0, nonceBytes);
  const tag = sealed.subarray(nonceBytes, nonceBytes + tagBytes);
  const decipher = createDecipheriv(algorithm, sealingKey, nonce, { authTagLength: tagBytes });
  decipher.setAAD(hash).setAuthTag(tag);
  const text = decipher.update(sealed.subarray(nonceBytes + tagBytes));
  return deserialize(Buffer.concat([text, decipher.final()]));
}
