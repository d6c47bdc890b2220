import { createSecretKey, type KeyObject } from "node:crypto";
import type { JwtKeys, PublicKeyAlgorithm } from "../api/authentication.ts";
import { PosthornError } from "../core/errors.ts";
import { jwtSecretOf } from "./jwt-secret.ts";
import type { Settings } from "./setting-definitions.ts";

export type JwtSettings = Pick<Settings, "jwtSecret" | "jwtAlgorithm" | "jwtPublicKey" | "data">;

/** RFC 7518, section 3.3. */
const rsaBitsMin = 2048;

/**
 * What tokens are signed and verified with. The server always has its secret, as it makes tokens itself: with an algorithm that
 * has a public key, those are signed with HS256.
 *
 * @throws PosthornError `config_invalid` if algorithm and key don't fit; `data_unwritable`
 */
export function jwtKeysOf(settings: JwtSettings): JwtKeys {
  const { jwtAlgorithm: algorithm, jwtPublicKey: key } = settings;
  const problem = problemOf(algorithm, key);
  if (problem !== undefined) throw new PosthornError("config_invalid", problem);
  const secret = createSecretKey(jwtSecretOf(settings), "utf8");
  if (algorithm === "HS256" || algorithm === "HS384" || algorithm === "HS512") {
    return { secret, hmacAlgorithm: algorithm, publicKey: undefined };
  }
  return {
    secret,
    hmacAlgorithm: "HS256",
    publicKey: key === undefined ? undefined : { key, algorithm },
  };
}

function problemOf(
  algorithm: Settings["jwtAlgorithm"],
  key: KeyObject | undefined,
): string | undefined {
  if (algorithm.startsWith("HS")) {
    return key === undefined
      ? undefined
      : `--jwt-public-key: it is not used by ${algorithm} (set --jwt-algorithm to RS256, RS384, RS512 or EdDSA)`;
  }
  const needed = `${algorithm} needs ${needs[algorithm as PublicKeyAlgorithm]}`; // not HS, so one of these
  if (key === undefined) return `--jwt-public-key: it is not set, and ${needed}`;
  const isFit =
    algorithm === "EdDSA"
      ? key.asymmetricKeyType === "ed25519"
      : key.asymmetricKeyType === "rsa" &&
        (key.asymmetricKeyDetails?.modulusLength ?? 0) >= rsaBitsMin;
  return isFit ? undefined : `--jwt-public-key: ${needed}`;
}

const needs: Readonly<Record<PublicKeyAlgorithm, string>> = {
  RS256: `an RSA key of at least ${rsaBitsMin} bits`,
  RS384: `an RSA key of at least ${rsaBitsMin} bits`,
  RS512: `an RSA key of at least ${rsaBitsMin} bits`,
  EdDSA: "an Ed25519 key",
};
