/** An endpoint's own TLS settings: which authorities its certificate may be of, and what it knows us by. */
import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { createSecureContext } from "node:tls";
import { Type, type Static } from "typebox";
import type { EndpointTls, TlsChanges } from "../control/entities.ts";
import { limits } from "../core/limits.ts";
import { nullable } from "./fields.ts";
import { Problem } from "./problem.ts";

const authorities = nullable(
  Type.String({
    maxLength: limits.tlsAuthoritiesCharactersMax,
    description:
      "Certificates of the only authorities that the endpoint's may be of, as PEM; null: the usual ones.",
  }),
);
const chainDescription =
  "Our certificate, then those that lead to its authority, each of them issued by the next, as PEM.";

export const tlsIn = nullable(
  Type.Object(
    {
      authorities: Type.Optional(authorities),
      client: Type.Optional(
        nullable(
          Type.Object({
            certificate: Type.String({
              maxLength: limits.tlsChainCharactersMax,
              description: chainDescription,
            }),
            key: Type.String({
              maxLength: limits.tlsKeyCharactersMax,
              writeOnly: true,
              description:
                "The certificate's private key, as PEM, without a passphrase. Never shown.",
            }),
          }),
        ),
      ),
    },
    {
      description:
        "For connections to this endpoint alone; a part that is left out stays, null takes it away. Ours, not Svix's.",
    },
  ),
);

export const tlsOut = nullable(
  Type.Object({
    authorities,
    client: nullable(Type.Object({ certificate: Type.String({ description: chainDescription }) })),
  }),
);

export function tlsOutOf(tls: EndpointTls | undefined): Static<typeof tlsOut> {
  if (tls === undefined) return null;
  const { authorities: given, clientChain } = tls;
  return {
    authorities: given ?? null,
    client: clientChain === undefined ? null : { certificate: clientChain },
  };
}

/** The settings written the same way each time; else the problem `wrong_fields`, without a word of the key. */
export function checkedTls(given: NonNullable<Static<typeof tlsIn>>): TlsChanges {
  return {
    ...(given.authorities === undefined ? {} : { authorities: authoritiesOf(given.authorities) }),
    ...(given.client === undefined ? {} : { client: clientOf(given.client) }),
  };
}

function authoritiesOf(text: string | null): string | undefined {
  return text === null ? undefined : pemOf(certificatesOf(text, ["authorities"]));
}

function clientOf(
  given: NonNullable<NonNullable<Static<typeof tlsIn>>["client"]> | null,
): TlsChanges["client"] {
  if (given === null) return undefined;
  const place = ["client", "certificate"];
  const chain = certificatesOf(given.certificate, place);
  checkChain(chain, place);
  const key = privateKeyOf(given.key);
  if (chain[0]?.checkPrivateKey(key) !== true) {
    throw wrong(["client", "key"], "Expected the private key of the certificate, got another's.");
  }
  const privateKey = key.export({ format: "pem", type: "pkcs8" }).toString();
  const client = { chain: pemOf(chain), privateKey };
  try {
    createSecureContext({ cert: client.chain, key: privateKey });
  } catch (error) {
    // OpenSSL's word for it ("ee key too small", "ca md too weak"): it has nothing of the key.
    const reason = error instanceof Error && "reason" in error ? String(error.reason) : "unusable";
    throw wrong(place, `Refused: TLS does not take this certificate: ${reason}. Use another.`);
  }
  return client;
}

const pemBlock = /-----BEGIN ([A-Z0-9 ]+)-----[^-]*-----END \1-----/g;

function certificatesOf(text: string, place: readonly string[]): readonly X509Certificate[] {
  const blocks = [...text.matchAll(pemBlock)];
  if (blocks.length === 0) {
    throw wrong(place, "Expected certificates as PEM (-----BEGIN CERTIFICATE-----), got none.");
  }
  return blocks.map(([block, label = ""], index) => {
    const which = `${index + 1} of ${blocks.length}`;
    if (label !== "CERTIFICATE") {
      throw wrong(place, `Expected certificates alone, got PEM block ${which}: ${label}.`);
    }
    try {
      return new X509Certificate(block);
    } catch {
      throw wrong(place, `Expected certificates as PEM, got one (${which}) that can't be read.`);
    }
  });
}

function checkChain(chain: readonly X509Certificate[], place: readonly string[]): void {
  const [own] = chain;
  if (own !== undefined && own.validToDate.getTime() <= Date.now()) {
    throw wrong(
      place,
      `Expected a certificate that is valid, got one that expired ${own.validTo}.`,
    );
  }
  for (const [index, certificate] of chain.slice(0, -1).entries()) {
    const next = chain[index + 1];
    if (next !== undefined && certificate.checkIssued(next)) continue;
    const got = `number ${index + 2} that did not issue number ${index + 1}`;
    throw wrong(
      place,
      `Expected each certificate to be issued by the next, got ${got}. Reorder them.`,
    );
  }
}

function privateKeyOf(text: string): KeyObject {
  const place = ["client", "key"];
  if (/ENCRYPTED/.test(text)) {
    throw wrong(place, "Expected a private key without a passphrase, got one with. Take it off.");
  }
  try {
    return createPrivateKey({ key: text, format: "pem" });
  } catch {
    throw wrong(place, "Expected a private key as PEM (PKCS #8, PKCS #1 or SEC 1), got else.");
  }
}

function pemOf(certificates: readonly X509Certificate[]): string {
  return certificates.map((certificate) => certificate.toString()).join("");
}

function wrong(place: readonly string[], msg: string): Problem {
  return Problem.wrongFields([{ loc: ["body", "tls", ...place], msg, type: "value_error" }]);
}
