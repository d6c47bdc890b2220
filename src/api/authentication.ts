/**
 * Who asks: a bearer token is a JWT (RFC 7519) signed with HS256 whose `sub` is the organisation. Verifying one costs a
 * MAC, so verified ones are remembered until they expire. Only tokens with a valid signature get in there, and a
 * token's text is found by its hash, so that nothing about other tokens can be measured by guessing.
 */
import { createSecretKey, type KeyObject } from "node:crypto";
import { errors, jwtVerify } from "jose";
import type { OrganizationId } from "../control/facade.ts";
import { assert } from "../core/errors.ts";
import { limits } from "../core/limits.ts";
import { Problem } from "./problem.ts";

interface VerifiedToken {
  readonly organization: OrganizationId;
  /** Unix milliseconds; Infinity if it never expires. */
  readonly expiresAtMs: number;
}

/** RFC 6750, section 2.1. */
const bearer = /^Bearer +([A-Za-z0-9\-._~+/]+=*)$/i;
/** Printable ASCII without white space, so that an organisation's name survives any log or file. */
const organizationName = /^[\x21-\x7e]{1,256}$/;

const advice = "Make a token with `posthorn token` and send it as `Authorization: Bearer TOKEN`.";

const reasons: Readonly<Record<string, string>> = {
  ERR_JWT_EXPIRED: "Expected a token that is still valid, got an expired one.",
  ERR_JWT_CLAIM_VALIDATION_FAILED: "Expected a token that is valid already, got one for later.",
  ERR_JWS_SIGNATURE_VERIFICATION_FAILED:
    "Expected a token signed with this server's secret, got another signature.",
  ERR_JOSE_ALG_NOT_ALLOWED: "Expected a token signed with HS256, got another algorithm.",
};

export class Authenticator {
  readonly #key: KeyObject;
  readonly #nowMs: () => number;
  /** By the whole `Authorization` header, the oldest first. */
  readonly #verified = new Map<string, VerifiedToken>();

  /** @param secret the text that tokens are signed with, not empty */
  constructor(secret: string, nowMs: () => number) {
    assert(secret !== "", "a secret for tokens");
    this.#key = createSecretKey(secret, "utf8");
    this.#nowMs = nowMs;
  }

  /** The organisation of a header seen before; undefined if it has to be verified (again). */
  recall(header: string | undefined): OrganizationId | undefined {
    if (header === undefined) return undefined;
    const token = this.#verified.get(header);
    if (token === undefined) return undefined;
    if (this.#nowMs() < token.expiresAtMs) return token.organization;
    this.#verified.delete(header);
    return undefined;
  }

  /** Fails with the problem `authentication_failed`. */
  async verify(header: string | undefined): Promise<OrganizationId> {
    if (header === undefined) throw refused("Expected a bearer token, got none.");
    const token = bearer.exec(header)?.[1];
    if (token === undefined) throw refused("Expected `Bearer TOKEN`, got something else.");
    const { sub, exp } = await this.#claimsOf(token);
    if (sub === undefined || !organizationName.test(sub)) {
      throw refused(
        "Expected the organisation as `sub`, 1 to 256 printable ASCII characters without spaces.",
      );
    }
    this.#remember(header, {
      organization: sub,
      expiresAtMs: exp === undefined ? Infinity : (exp + limits.tokenLeewaySeconds) * 1000,
    });
    return sub;
  }

  async #claimsOf(token: string): Promise<{ sub?: string; exp?: number }> {
    try {
      const { payload } = await jwtVerify(token, this.#key, {
        algorithms: ["HS256"],
        clockTolerance: limits.tokenLeewaySeconds,
        currentDate: new Date(this.#nowMs()),
      });
      return payload;
    } catch (error) {
      if (!(error instanceof errors.JOSEError)) throw error;
      throw refused(reasons[error.code] ?? "Expected a JSON Web Token, got something else.");
    }
  }

  #remember(header: string, token: VerifiedToken): void {
    if (this.#verified.size >= limits.verifiedTokensMax) {
      const [oldest] = this.#verified.keys();
      if (oldest !== undefined) this.#verified.delete(oldest);
    }
    this.#verified.set(header, token);
  }
}

function refused(reason: string): Problem {
  return new Problem("authentication_failed", `${reason} ${advice}`);
}
