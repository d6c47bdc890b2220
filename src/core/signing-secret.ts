/**
 * Signing secrets as texts (Standard Webhooks, "Signature scheme"): `whsec_` + base64 of 24 to 64 bytes for HMAC-SHA256;
 * `whsk_` + base64 of 64 bytes (ed25519 seed, then public key) to sign, `whpk_` + base64 of those last 32 to verify.
 */
import { decodeBase64, encodeBase64 } from "./base64.ts";
import { assert } from "./errors.ts";

export const hmacSecretPrefix = "whsec_";
export const ed25519SecretPrefix = "whsk_";
export const ed25519PublicPrefix = "whpk_";

const hmacBytesMin = 24;
const hmacBytesMax = 64;
/** What a secret has that we make ourselves. */
export const hmacBytesNew = 32;
const ed25519SeedBytes = 32;
const ed25519Bytes = 64;

/** `secret` is the text with its prefix; `reason` says what was expected and what came, never the secret. */
export type SigningSecretCheck =
  | { readonly kind: "ok"; readonly secret: string }
  | { readonly kind: "refused"; readonly reason: string };

/** Whether somebody's text is a signing secret. Bare base64 is taken for `whsec_`, as Svix does. */
export function checkSigningSecret(text: string): SigningSecretCheck {
  if (text.startsWith(ed25519SecretPrefix)) {
    const bytes = decodeBase64(text.slice(ed25519SecretPrefix.length));
    return bytes?.length === ed25519Bytes
      ? { kind: "ok", secret: text }
      : refused(`${ed25519SecretPrefix} and base64 of ${ed25519Bytes} bytes`, bytes);
  }
  const digits = text.startsWith(hmacSecretPrefix) ? text.slice(hmacSecretPrefix.length) : text;
  const bytes = decodeBase64(digits);
  return bytes !== undefined && bytes.length >= hmacBytesMin && bytes.length <= hmacBytesMax
    ? { kind: "ok", secret: hmacSecretPrefix + digits }
    : refused(`${hmacSecretPrefix} and base64 of ${hmacBytesMin} to ${hmacBytesMax} bytes`, bytes);
}

/** The same of what verifies: a `whpk_` public key will do as well. */
export function checkVerifyingSecret(text: string): SigningSecretCheck {
  if (!text.startsWith(ed25519PublicPrefix)) return checkSigningSecret(text);
  const bytes = decodeBase64(text.slice(ed25519PublicPrefix.length));
  const publicBytes = ed25519Bytes - ed25519SeedBytes;
  return bytes?.length === publicBytes
    ? { kind: "ok", secret: text }
    : refused(`${ed25519PublicPrefix} and base64 of ${publicBytes} bytes`, bytes);
}

/** The `whsec_` text of key bytes that nobody can guess: `hmacBytesNew` of them for a new secret, 24 to 64 in all cases. */
export function hmacSecretOf(random: Uint8Array): string {
  assert(random.length >= hmacBytesMin && random.length <= hmacBytesMax, "length of an HMAC key");
  return hmacSecretPrefix + encodeBase64(random);
}

/** What a receiver needs to verify: a `whsec_` secret itself, or the `whpk_` public key of a `whsk_` one. */
export function receiverSecretOf(secret: string): string {
  if (!secret.startsWith(ed25519SecretPrefix)) return secret;
  const bytes = decodeBase64(secret.slice(ed25519SecretPrefix.length));
  assert(bytes?.length === ed25519Bytes, "a checked signing secret");
  return ed25519PublicPrefix + encodeBase64(bytes.subarray(ed25519SeedBytes));
}

function refused(expected: string, bytes: Uint8Array | undefined): SigningSecretCheck {
  const got = bytes === undefined ? "no base64 with padding" : `${bytes.length} bytes`;
  return { kind: "refused", reason: `a signing secret is ${expected}, got ${got}` };
}
