import { assert } from "../core/errors.ts";
import { checkSigningSecret, hmacBytesNew, hmacSecretOf } from "../core/signing-secret.ts";
import type { ControlWrite } from "./control-write.ts";

/** A given secret with its prefix, or a new one. */
export function signingSecretOf(
  given: string | undefined,
  randomBytes: ControlWrite["randomBytes"],
): string {
  if (given === undefined) return hmacSecretOf(randomBytes(hmacBytesNew));
  const check = checkSigningSecret(given);
  assert(check.kind === "ok", "a secret is checked before it comes to the control store");
  return check.secret;
}
