import { createToken } from "../api/create-token.ts";
import { jwtSecretOf } from "./jwt-secret.ts";
import type { Settings } from "./settings.ts";

/** A bearer token that works with a server of the same settings, from now on for `days`. */
export function printableToken(
  settings: Pick<Settings, "jwtSecret" | "data">,
  organization: string,
  days: number,
): Promise<string> {
  return createToken({
    secret: jwtSecretOf(settings),
    organization,
    nowMs: Date.now(),
    expiresInSeconds: days * 24 * 60 * 60,
  });
}
