/** The corpus through what connects alone: nobody has looked at the URLs before. */
import { once } from "node:events";
import { connect } from "node:net";
import { createSecureContext } from "node:tls";
import type { AddressGuard } from "../../src/transport/address-guard/address-guard.ts";
import { createResolveName } from "../../src/transport/resolve-name.ts";
import { Sender } from "../../src/transport/sender.ts";
import { guardBy, type RuleTexts } from "../loopback/guard-by.ts";
import { destinationOf, requestOf, seen } from "../loopback/loopback-sender.ts";
import { endpointKeyOf } from "../../src/core/ids.ts";

/** What Node makes of a URL: those of other schemes, and what it can't read, are never dialled by anybody. */
export function dialable(text: string): URL | undefined {
  const url = URL.parse(text);
  return url !== null && /^https?:$/.test(url.protocol) && url.port !== "0" ? url : undefined;
}

/** Whether only the text is bad: two readers could take it for two places, and Node's reading is a good one. */
export function isBadTextAlone(text: string): boolean {
  const url = dialable(text);
  if (url === undefined) return false;
  return guardBy().reasonAgainst(url) === undefined;
}

/** Makes an attempt for each URL with the guard at the connect alone. Returns what they came to. */
export async function dialAll(
  urls: readonly string[],
  rules: RuleTexts,
): Promise<ReadonlySet<string>> {
  const real = guardBy(rules);
  const guard: AddressGuard = { ...real, checkUrl: takeAnyUrl };
  const sender = new Sender({
    inspector: { deliver: () => Promise.reject(new Error("no inspector in this test")) },
    guard,
    resolveName: createResolveName(),
    secureContext: createSecureContext(),
    egressProxy: undefined,
    attemptTimeoutMs: 5_000,
    version: "0",
    svixHeaders: false,
    traceEndpoints: false,
  });
  const outcomes = await Promise.all(
    urls.map((url, at) => {
      const destination = destinationOf(0, { url, endpoint: endpointKeyOf(at + 1) });
      return sender.send(requestOf(destination));
    }),
  );
  await sender.close();
  return new Set(outcomes.map(seen));
}

function takeAnyUrl(text: string): ReturnType<AddressGuard["checkUrl"]> {
  const url = new URL(text);
  return { kind: "ok", origin: url.origin, path: url.pathname + url.search };
}

/** A client without a guard. Resolves with whether it has connected. */
export async function dialUnguarded({ hostname, port, protocol }: URL): Promise<boolean> {
  const host = hostname.replace(/^\[|\]$/g, "");
  const socket = connect({ host, port: Number(port || (protocol === "https:" ? 443 : 80)) });
  try {
    await once(socket, "connect");
    return true;
  } catch {
    return false; // such as a multicast address
  } finally {
    socket.destroy();
  }
}
