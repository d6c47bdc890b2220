/** Signatures of webhooks, without a server: what the command line asks of the signer and the verifier. */
import { signatureOf, signingKeyOf, type Signable } from "../transport/signer.ts";
import { type SignatureVerdict, verdictOf, verifyingKeyOf } from "../transport/verifier.ts";

export type { Signable, SignatureVerdict };

/** The `webhook-signature`. @param secret that `checkSigningSecret` passes */
export function signWebhook(secret: string, signable: Signable): string {
  return signatureOf([signingKeyOf({ key: secret, expiresAtMs: undefined })], signable, 0);
}

/** @param secret that `checkVerifyingSecret` passes */
export function verifyWebhook(
  secret: string,
  signable: Signable,
  signatures: string,
): SignatureVerdict {
  return verdictOf(verifyingKeyOf(secret), signable, signatures);
}
