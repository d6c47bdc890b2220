import { randomBytes, type KeyObject } from "node:crypto";
import { SignJWT } from "jose";
import { assert } from "../core/errors.ts";

export type HmacAlgorithm = "HS256" | "HS384" | "HS512";

/** What the server signs its own tokens with, and verifies them. */
export interface TokenSigner {
  readonly secret: KeyObject;
  readonly hmacAlgorithm: HmacAlgorithm;
}

export interface TokenRequest {
  readonly organization: string;
  /** The id of the one application that the token is for; undefined: all of the organisation's. */
  readonly application: string | undefined;
  /** Whether it only reads; undefined: no. Of an application's token alone. */
  readonly onlyReads?: boolean;
  /** The instant of issue, Unix milliseconds. */
  readonly nowMs: number;
  /** Undefined: the token is valid until the secret changes. */
  readonly expiresInSeconds: number | undefined;
}

const idBytes = 16;

/**
 * A bearer token for the API: a JWT whose `sub` is the organisation, or the application and then `org` the organisation, with
 * `ro` if it only reads.
 * No two are the same, so that logging one out ends no other.
 */
export async function createToken(
  { secret, hmacAlgorithm }: TokenSigner,
  { organization, application, onlyReads = false, nowMs, expiresInSeconds }: TokenRequest,
): Promise<string> {
  assert(organization !== "", "an organisation");
  const issuedAtSeconds = Math.floor(nowMs / 1000);
  assert(!onlyReads || application !== undefined, "only an application's token may only read");
  const token = new SignJWT({
    ...(application === undefined ? {} : { org: organization }),
    ...(onlyReads ? { ro: true } : {}),
  })
    .setProtectedHeader({ alg: hmacAlgorithm, typ: "JWT" })
    .setSubject(application ?? organization)
    .setJti(randomBytes(idBytes).toString("base64url"))
    .setIssuedAt(issuedAtSeconds);
  if (expiresInSeconds !== undefined) token.setExpirationTime(issuedAtSeconds + expiresInSeconds);
  return token.sign(secret);
}
