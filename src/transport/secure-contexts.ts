/**
 * What TLS connections are made with. Making one takes 0.2 to 0.3 ms and up to 75 KiB, the first of all 2 ms more, so
 * they are shared: one by all endpoints without settings of their own, and one by those whose settings are the same texts.
 * Sessions are no part of it: each connector keeps its own.
 */
import { createHash } from "node:crypto";
import { createSecureContext, type SecureContext } from "node:tls";
import { limits } from "../core/limits.ts";
import { ConnectError } from "./connect-error.ts";
import type { TlsSettings } from "../core/tls-settings.ts";

/** An endpoint's own TLS settings, with what tells them from others'. */
export interface TlsIdentity {
  readonly tls: TlsSettings;
  /** Two that have the same are the same. */
  readonly fingerprint: string;
}

export function tlsIdentityOf(tls: TlsSettings): TlsIdentity {
  const parts = [tls.authorities, tls.client?.chain, tls.client?.privateKey];
  const text = JSON.stringify(parts.map((part) => part ?? null));
  return { tls, fingerprint: createHash("sha256").update(text).digest("base64") };
}

export class SecureContexts {
  readonly #usual: SecureContext;
  /** By fingerprint, the least recently used first. */
  readonly #own = new Map<string, SecureContext>();

  /** @param usual for whoever has no settings of their own */
  constructor(usual: SecureContext) {
    this.#usual = usual;
  }

  /** Fails with `ConnectError` if OpenSSL takes the settings no longer. */
  of(identity: TlsIdentity | undefined): SecureContext {
    if (identity === undefined) return this.#usual;
    const { fingerprint, tls } = identity;
    const context = this.#own.get(fingerprint) ?? secureContextOf(tls);
    this.#own.delete(fingerprint);
    this.#own.set(fingerprint, context);
    const [oldest] = this.#own.keys();
    if (this.#own.size > limits.secureContextsMax && oldest !== undefined) this.#own.delete(oldest);
    return context;
  }
}

function secureContextOf({ authorities, client }: TlsSettings): SecureContext {
  try {
    return createSecureContext({
      ...(authorities === undefined ? {} : { ca: authorities }),
      ...(client === undefined ? {} : { cert: client.chain, key: client.privateKey }),
    });
  } catch (error) {
    throw new ConnectError("handshake", "these TLS settings can't be used", { cause: error });
  }
}
