import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { keptSecret } from "./kept-secret.ts";
import type { Settings } from "./setting-definitions.ts";

/**
 * The secret that signs bearer tokens: the setting, or else the one in the data folder's `jwt-secret`, which is made on
 * first use. Whoever comes first, `serve` or `token`, makes it; both then use the same.
 */
export function jwtSecretOf(settings: Pick<Settings, "jwtSecret" | "data">): string {
  if (settings.jwtSecret !== undefined) return settings.jwtSecret;
  return keptSecret({
    path: join(settings.data, "jwt-secret"),
    what: "the token secret",
    setting: "POSTHORN_JWT_SECRET",
    make: () => randomBytes(32).toString("base64url"),
  });
}
