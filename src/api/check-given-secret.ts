import { createPrivateKey, createPublicKey } from "node:crypto";
import {
  checkSigningSecret,
  ed25519SecretPrefix,
  type SigningSecretCheck,
} from "../core/signing-secret.ts";

/** DER of a PKCS #8 ed25519 private key up to the 32 bytes of its seed (RFC 8410 section 7). */
const pkcs8Prefix = Buffer.from("302e020100300506032b657004220420", "hex");
const seedBytes = 32;

/**
 * As `checkSigningSecret`, and whether the public half of a `whsk_` is its seed's: if not, receivers would be told a key
 * that no signature fits.
 */
export function checkGivenSecret(text: string): SigningSecretCheck {
  const check = checkSigningSecret(text);
  if (check.kind === "refused" || !check.secret.startsWith(ed25519SecretPrefix)) return check;
  const bytes = Buffer.from(check.secret.slice(ed25519SecretPrefix.length), "base64");
  const der = Buffer.concat([pkcs8Prefix, bytes.subarray(0, seedBytes)]);
  const seed = createPrivateKey({ key: der, format: "der", type: "pkcs8" });
  const { x } = createPublicKey(seed).export({ format: "jwk" });
  if (x === bytes.subarray(seedBytes).toString("base64url")) return check;
  const expected = `${ed25519SecretPrefix} and base64 of a seed and its public key`;
  return { kind: "refused", reason: `a signing secret is ${expected}, got another public key` };
}
