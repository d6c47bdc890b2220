/**
 * Who asks: a bearer token is either an API key (`pk_…`, found by its hash in the LDB) or a JWT (RFC 7519), as Svix's
 * server has it: `sub` is the organisation, or, if there is the claim `org`, that is the organisation and `sub` the id of
 * its one application that the token is for. With the claim `ro` (ours) such a token only reads.
 *
 * Verifying a JWT costs a MAC or a signature, so what was verified is remembered until it expires or until any key or
 * token is revoked: then everything is verified again. Only what is valid gets in there, and a token's text is found
 * by its hash, so that nothing about other tokens can be measured by guessing.
 *
 * Which key verifies which algorithm is said by the settings, never by the token: the secret verifies HMACs and nothing
 * else, a public key the one algorithm that it is for.
 */
import type { KeyObject } from "node:crypto";
import {
  decodeProtectedHeader,
  errors,
  jwtVerify,
  type JWTPayload,
  type JWTVerifyResult,
} from "jose";
import type { ControlReader } from "../control/facade.ts";
import { parseApplicationId } from "../core/ids.ts";
import { limits } from "../core/limits.ts";
import type { Access } from "./access.ts";
import type { TokenSigner } from "./create-token.ts";
import { Problem } from "./problem.ts";

export type PublicKeyAlgorithm = "RS256" | "RS384" | "RS512" | "EdDSA";

/** What JWTs are verified with. */
export interface JwtKeys extends TokenSigner {
  /** Verifies tokens that somebody else has signed; undefined: there are none. */
  readonly publicKey:
    | { readonly key: KeyObject; readonly algorithm: PublicKeyAlgorithm }
    | undefined;
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
    "Expected a token signed with this server's secret or key, got another signature.",
};

type Reader = Pick<ControlReader, "apiKey" | "isTokenRevoked" | "accessVersion">;

export class Authenticator {
  readonly #keys: JwtKeys;
  readonly #reader: Reader;
  readonly #nowMs: () => number;
  /** By the whole `Authorization` header, the oldest first. */
  readonly #verified = new Map<string, Access>();
  /** The control store's, when what is remembered was verified. */
  #accessVersion: number;

  constructor(keys: JwtKeys, reader: Reader, nowMs: () => number) {
    this.#keys = keys;
    this.#reader = reader;
    this.#nowMs = nowMs;
    this.#accessVersion = reader.accessVersion();
  }

  /** The access of a header seen before; undefined if it has to be verified (again). */
  recall(header: string | undefined): Access | undefined {
    this.#forgetIfChanged();
    if (header === undefined) return undefined;
    const access = this.#verified.get(header);
    if (access === undefined) return undefined;
    if (access.expiresAtMs === undefined || this.#nowMs() < access.expiresAtMs) return access;
    this.#verified.delete(header);
    return undefined;
  }

  /** Fails with the problem `authentication_failed`. */
  async verify(header: string | undefined): Promise<Access> {
    if (header === undefined) throw refused("Expected a bearer token, got none.");
    const token = bearer.exec(header)?.[1];
    if (token === undefined) throw refused("Expected `Bearer TOKEN`, got something else.");
    const claimed = token.startsWith("pk_")
      ? undefined
      : accessOf(token, await this.#claimsOf(token));
    // No waiting from here on: nothing is remembered that was revoked while it was verified.
    this.#forgetIfChanged();
    const access = claimed === undefined ? this.#accessByKey(token) : this.#unrevoked(claimed);
    this.#remember(header, access);
    return access;
  }

  #accessByKey(text: string): Access {
    const key = this.#reader.apiKey(text);
    if (key === undefined) throw refused("Expected an API key that exists, got another one.");
    const { organization, application, expiresAtMs } = key;
    if (expiresAtMs !== undefined && this.#nowMs() >= expiresAtMs) {
      throw refused("Expected an API key that is still valid, got an expired one.");
    }
    const credential = { kind: "key", id: key.id } as const;
    return { organization, application, onlyReads: false, expiresAtMs, credential };
  }

  #unrevoked(access: Access): Access {
    const { credential } = access;
    if (credential.kind === "token" && this.#reader.isTokenRevoked(credential.signed)) {
      throw refused("Expected a token that is still valid, got one that was logged out.");
    }
    return access;
  }

  async #claimsOf(token: string): Promise<JWTPayload> {
    const { hmacAlgorithm, publicKey } = this.#keys;
    let result: JWTVerifyResult;
    try {
      result = await this.#verifySignature(token);
    } catch (error) {
      if (!(error instanceof errors.JOSEError)) throw error;
      if (error.code === "ERR_JOSE_ALG_NOT_ALLOWED") {
        const both = publicKey === undefined ? "" : ` or ${publicKey.algorithm}`;
        throw refused(
          `Expected a token signed with ${hmacAlgorithm}${both}, got another algorithm.`,
        );
      }
      throw refused(reasons[error.code] ?? "Expected a JSON Web Token, got something else.");
    }
    const { typ } = result.protectedHeader;
    if (typ !== undefined && (typeof typ !== "string" || typ.toUpperCase() !== "JWT")) {
      throw refused("Expected a token whose `typ` is JWT, got another one.");
    }
    return result.payload;
  }

  /** The token's header only chooses between two keys, each of which is bound to its own algorithm. */
  #verifySignature(token: string): Promise<JWTVerifyResult> {
    const options = {
      clockTolerance: limits.tokenLeewaySeconds,
      currentDate: new Date(this.#nowMs()),
    };
    const { secret, hmacAlgorithm, publicKey } = this.#keys;
    if (publicKey !== undefined && algorithmOf(token) === publicKey.algorithm) {
      const { key, algorithm } = publicKey;
      return jwtVerify(token, key, { ...options, algorithms: [algorithm] });
    }
    return jwtVerify(token, secret, { ...options, algorithms: [hmacAlgorithm] });
  }

  #forgetIfChanged(): void {
    const current = this.#reader.accessVersion();
    if (current === this.#accessVersion) return;
    this.#verified.clear();
    this.#accessVersion = current;
  }

  #remember(header: string, access: Access): void {
    if (this.#verified.size >= limits.verifiedTokensMax) {
      const [oldest] = this.#verified.keys();
      if (oldest !== undefined) this.#verified.delete(oldest);
    }
    this.#verified.set(header, access);
  }
}

function algorithmOf(token: string): string | undefined {
  try {
    return decodeProtectedHeader(token).alg;
  } catch {
    return undefined; // verifying it says what is wrong
  }
}

function accessOf(token: string, { sub, org, exp, ro }: JWTPayload): Access {
  // Whatever `org` is, even null, a token that has it is an application's.
  const organization = org === undefined ? sub : org;
  if (typeof organization !== "string" || !organizationName.test(organization)) {
    throw refused(
      "Expected the organisation as `sub` (or `org`), 1 to 256 printable ASCII characters without spaces.",
    );
  }
  const application = org === undefined ? undefined : parseApplicationId(sub ?? "");
  if (org !== undefined && application === undefined) {
    throw refused("Expected an application's id as `sub` beside `org`, got none.");
  }
  if (ro !== undefined && (ro !== true || application === undefined)) {
    throw refused("Expected `ro`, if it is there, to be true and beside `org`, got another claim.");
  }
  return {
    organization,
    application,
    onlyReads: ro === true,
    expiresAtMs: exp === undefined ? undefined : (exp + limits.tokenLeewaySeconds) * 1000,
    credential: { kind: "token", signed: token.slice(0, token.lastIndexOf(".")) },
  };
}

function refused(reason: string): Problem {
  return new Problem("authentication_failed", `${reason} ${advice}`);
}
