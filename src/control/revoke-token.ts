import { limits } from "../core/limits.ts";
import type { ControlWrite } from "./control-write.ts";
import { credentialHash } from "./credential-hash.ts";

/** Also erases some of those that have expired since. Writes nothing if the token is revoked already. */
export function revokeToken(
  { store, atMs }: ControlWrite,
  signed: string,
  expiresAtMs: number | undefined,
): void {
  for (const key of store.expiredTokens(atMs, limits.revokedTokensErasedPerLogout)) {
    store.eraseRow("revoked_token", key);
  }
  const hash = credentialHash(signed);
  if (store.isTokenRevoked(hash)) return;
  const expires_at_ms = expiresAtMs ?? null;
  store.writeRow("revoked_token", { key: null, hash, created_at_ms: atMs, expires_at_ms });
}
