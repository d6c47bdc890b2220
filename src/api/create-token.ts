import { createSecretKey } from "node:crypto";
import { SignJWT } from "jose";
import { assert } from "../core/errors.ts";

export interface TokenRequest {
  /** What the server verifies tokens with. */
  readonly secret: string;
  readonly organization: string;
  /** The instant of issue, Unix milliseconds. */
  readonly nowMs: number;
  /** Undefined: the token is valid until the secret changes. */
  readonly expiresInSeconds: number | undefined;
}

/** A bearer token for the API: a JWT signed with HS256 whose `sub` is the organisation. */
export async function createToken(request: TokenRequest): Promise<string> {
  assert(request.secret !== "" && request.organization !== "", "a secret and an organisation");
  const issuedAtSeconds = Math.floor(request.nowMs / 1000);
  const token = new SignJWT({})
    .setProtectedHeader({ alg: "HS256", typ: "JWT" })
    .setSubject(request.organization)
    .setIssuedAt(issuedAtSeconds);
  if (request.expiresInSeconds !== undefined) {
    token.setExpirationTime(issuedAtSeconds + request.expiresInSeconds);
  }
  return token.sign(createSecretKey(request.secret, "utf8"));
}
