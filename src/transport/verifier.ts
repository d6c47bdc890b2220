/** Verifies signatures of Standard Webhooks as a receiver does: any one of the list that matches will do. */
import {
  createHmac,
  createPublicKey,
  createSecretKey,
  type KeyObject,
  timingSafeEqual,
  verify,
} from "node:crypto";
import { ed25519PublicPrefix, receiverSecretOf } from "../core/signing-secret.ts";
import type { Signable, SigningKey } from "./signer.ts";

export type VerifyingKey = Pick<SigningKey, "scheme" | "key">;

/** DER of an ed25519 public key up to its 32 bytes (RFC 8410 section 4). */
const spkiPrefix = Buffer.from("302a300506032b6570032100", "hex");

/** @param secret that `checkVerifyingSecret` passes; of an asymmetric one its public half will do */
export function verifyingKeyOf(secret: string): VerifyingKey {
  const text = receiverSecretOf(secret);
  const bytes = Buffer.from(text.slice(text.indexOf("_") + 1), "base64");
  if (!text.startsWith(ed25519PublicPrefix)) return { scheme: "v1", key: createSecretKey(bytes) };
  const der = Buffer.concat([spkiPrefix, bytes]);
  return { scheme: "v1a", key: createPublicKey({ key: der, format: "der", type: "spki" }) };
}

/** Of a `webhook-signature`: whether one of its list is right, or how many are of this key's scheme and wrong. */
export type SignatureVerdict =
  | { readonly kind: "right" }
  | { readonly kind: "wrong"; readonly ofScheme: number; readonly ofOthers: number };

export function verdictOf(
  { scheme, key }: VerifyingKey,
  signable: Signable,
  signatures: string,
): SignatureVerdict {
  const list = signatures.split(" ").filter((each) => each !== "");
  const own = list.filter((each) => each.startsWith(`${scheme},`));
  const isRight = own.some((each) => {
    const bytes = Buffer.from(each.slice(scheme.length + 1), "base64");
    return scheme === "v1" ? isHmac(key, signable, bytes) : isEd25519(key, signable, bytes);
  });
  if (isRight) return { kind: "right" };
  return { kind: "wrong", ofScheme: own.length, ofOthers: list.length - own.length };
}

function isHmac(key: KeyObject, { id, timestamp, payload }: Signable, signature: Buffer): boolean {
  const right = createHmac("sha256", key).update(`${id}.${timestamp}.`).update(payload).digest();
  return signature.length === right.length && timingSafeEqual(signature, right);
}

function isEd25519(
  key: KeyObject,
  { id, timestamp, payload }: Signable,
  signature: Buffer,
): boolean {
  return verify(null, Buffer.concat([Buffer.from(`${id}.${timestamp}.`), payload]), key, signature);
}
