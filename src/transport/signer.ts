/**
 * Signatures of Standard Webhooks: over `id.timestamp.body`, `v1,` HMAC-SHA256 and `v1a,` ed25519, one for every secret
 * that is valid, separated by spaces.
 */
import { createHmac, createPrivateKey, createSecretKey, sign, type KeyObject } from "node:crypto";
import { ed25519SecretPrefix, hmacSecretPrefix } from "../core/signing-secret.ts";
import type { SigningSecret } from "../director/ports.ts";

/** A secret made ready: HMAC from a raw key takes six times as long as from a KeyObject. */
export interface SigningKey {
  readonly scheme: "v1" | "v1a";
  readonly key: KeyObject;
  /** When it stops signing, Unix milliseconds. */
  readonly expiresAtMs: number;
}

/** What is signed. */
export interface Signable {
  /** The `webhook-id`. */
  readonly id: string;
  /** The `webhook-timestamp`: Unix seconds. */
  readonly timestamp: number;
  readonly payload: Uint8Array;
}

/** DER of a PKCS #8 ed25519 private key up to the 32 bytes of its seed (RFC 8410 section 7). */
const pkcs8Prefix = Buffer.from("302e020100300506032b657004220420", "hex");
const ed25519SeedBytes = 32;

/** Fails if the secret is none that `checkSigningSecret` passes. */
export function signingKeyOf(secret: SigningSecret): SigningKey {
  const expiresAtMs = secret.expiresAtMs ?? Infinity;
  if (secret.key.startsWith(ed25519SecretPrefix)) {
    const bytes = Buffer.from(secret.key.slice(ed25519SecretPrefix.length), "base64");
    const der = Buffer.concat([pkcs8Prefix, bytes.subarray(0, ed25519SeedBytes)]);
    const key = createPrivateKey({ key: der, format: "der", type: "pkcs8" });
    return { scheme: "v1a", key, expiresAtMs };
  }
  const bytes = Buffer.from(secret.key.slice(hmacSecretPrefix.length), "base64");
  return { scheme: "v1", key: createSecretKey(bytes), expiresAtMs };
}

/** The `webhook-signature` of an attempt at `atMs`; empty if no key is valid then. */
export function signatureOf(keys: readonly SigningKey[], signable: Signable, atMs: number): string {
  let signatures = "";
  for (const { scheme, key, expiresAtMs } of keys) {
    if (expiresAtMs <= atMs) continue;
    const signature = scheme === "v1" ? hmacOf(key, signable) : ed25519Of(key, signable);
    signatures += `${signatures === "" ? "" : " "}${scheme},${signature}`;
  }
  return signatures;
}

function hmacOf(key: KeyObject, { id, timestamp, payload }: Signable): string {
  return createHmac("sha256", key).update(`${id}.${timestamp}.`).update(payload).digest("base64");
}

function ed25519Of(key: KeyObject, { id, timestamp, payload }: Signable): string {
  const signed = Buffer.concat([Buffer.from(`${id}.${timestamp}.`), payload]);
  return sign(null, signed, key).toString("base64");
}
