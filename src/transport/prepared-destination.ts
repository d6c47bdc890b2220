import { checkCustomHeaders } from "../core/custom-headers.ts";
import type { ApplicationKey } from "../core/ids.ts";
import { type Answering, answeringOf } from "../core/inspector-url.ts";
import { checkSigningSecret } from "../core/signing-secret.ts";
import type { Destination } from "../director/ports.ts";
import type { AddressGuard } from "./address-guard/address-guard.ts";
import { tlsIdentityOf, type TlsIdentity } from "./secure-contexts.ts";
import { signingKeyOf, type SigningKey } from "./signer.ts";

/** What all attempts for a destination have in common. */
export interface PreparedDestination {
  readonly application: ApplicationKey;
  /** Scheme, host and port. */
  readonly origin: string;
  readonly tlsIdentity: TlsIdentity | undefined;
  /** Path and query. */
  readonly path: string;
  /** Names and values in turns. */
  readonly headers: readonly string[];
  readonly keys: readonly SigningKey[];
  /** Of an endpoint at the inspector: nothing is connected to. */
  readonly answering: Answering | undefined;
}

/**
 * Undefined if the destination must not be called: its URL, a header or a secret would be refused today. All were checked
 * when they were given, but by the rules of then.
 *
 * @param userAgent sent unless the destination has its own
 */
export function prepareDestination(
  destination: Destination,
  guard: Pick<AddressGuard, "checkUrl">,
  userAgent: string,
): PreparedDestination | undefined {
  const url = guard.checkUrl(destination.url);
  const custom = checkCustomHeaders(destination.headers);
  const readable = destination.secrets.every(({ key }) => checkSigningSecret(key).kind === "ok");
  if (url.kind === "refused" || custom.kind === "refused" || !readable) return undefined;
  const headers = new Map([
    ["content-type", "application/json"],
    ["user-agent", userAgent],
    ...custom.headers,
  ]);
  return {
    application: destination.application,
    origin: url.origin,
    tlsIdentity: destination.tls === undefined ? undefined : tlsIdentityOf(destination.tls),
    path: url.path,
    headers: [...headers].flat(),
    keys: destination.secrets.map(signingKeyOf),
    answering: answeringOf(destination.url),
  };
}
