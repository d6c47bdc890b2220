import { createPublicKey, type KeyObject } from "node:crypto";
import { readFileSync } from "node:fs";

/**
 * A public key, given as PEM text or as the path of a file with one.
 *
 * @throws Error that says what is wrong with it
 */
export function parsePublicKey(text: string): KeyObject {
  const pem = text.trimStart().startsWith("-----BEGIN ") ? text : readPem(text);
  // Node would take the public half of a private key, which has no business here.
  if (pem.includes("PRIVATE KEY")) throw new Error("it is a private key");
  try {
    return createPublicKey(pem);
  } catch {
    throw new Error("it is not a public key");
  }
}

function readPem(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
    throw new Error(`can't read "${path}" (${code})`, { cause: error });
  }
}
