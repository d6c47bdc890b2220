import { createHash } from "node:crypto";

/**
 * What is stored of a key or a token: SHA-256, as hexadecimal digits. Neither salt nor stretching, as what goes in has 256
 * random bits or is no secret without its signature.
 */
export function credentialHash(text: string): string {
  return createHash("sha256").update(text, "utf8").digest("hex");
}
