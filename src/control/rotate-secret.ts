import type { EndpointKey } from "../core/ids.ts";
import { limits } from "../core/limits.ts";
import type { ControlWrite } from "./control-write.ts";
import type { SecretRotation } from "./entities.ts";
import { signingSecretOf } from "./signing-secret-of.ts";

/**
 * Gives an endpoint its next secret; the one before goes on signing for a while. Old ones that sign no more are erased,
 * and so are the oldest above `limits.oldSecretsMax` and any that can't be opened, so a new one mends the endpoint. False:
 * the endpoint has been deleted.
 */
export function rotateSecret(
  { store, atMs, randomBytes }: ControlWrite,
  endpoint: EndpointKey,
  { secret, overlapMs }: SecretRotation,
): boolean {
  const row = store.endpoint(endpoint);
  if (row === undefined || row.deleted_at_ms !== null) return false;
  store.eraseUnreadableSecrets(endpoint);
  let kept = 0;
  for (const old of store.signingSecrets(endpoint)) {
    const expiresAtMs = old.expires_at_ms ?? atMs + overlapMs;
    if (expiresAtMs <= atMs || kept === limits.oldSecretsMax) {
      store.eraseRow("signing_secret", old.key);
      continue;
    }
    kept += 1;
    if (old.expires_at_ms === null) {
      store.writeRow("signing_secret", { ...old, expires_at_ms: expiresAtMs });
    }
  }
  store.writeRow("signing_secret", {
    key: null,
    endpoint,
    secret: signingSecretOf(secret, randomBytes),
    created_at_ms: atMs,
    expires_at_ms: null,
  });
  return true;
}
