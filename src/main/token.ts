import { createToken } from "../api/create-token.ts";
import { jwtKeysOf, type JwtSettings } from "./jwt-keys.ts";

/** Whom a token is for. */
export interface TokenHolder {
  readonly organization: string;
  /** The id of the one application that it is for; undefined: all of the organisation's. */
  readonly application: string | undefined;
}

/** A bearer token that works with a server of the same settings, from now on for `days`. */
export function printableToken(
  settings: JwtSettings,
  holder: TokenHolder,
  days: number,
): Promise<string> {
  return createToken(jwtKeysOf(settings), {
    ...holder,
    nowMs: Date.now(),
    expiresInSeconds: days * 24 * 60 * 60,
  });
}
