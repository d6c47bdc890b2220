/**
 * How an archive in S3 is connected to. What the operator gives as its endpoint may be called wherever it is, as that is where
 * it was said to be; else the rules are those of endpoints. Credentials that Amazon's client asks the machine for go their own
 * way: that is the one request of the program to a metadata service.
 */
import { lookup } from "node:dns/promises";
import { createSecureContext } from "node:tls";
import { limits } from "../core/limits.ts";
import { createAddressGuard } from "../transport/address-guard/address-guard.ts";
import type { DestinationRules } from "../transport/address-guard/destination-rules.ts";
import { parseIpAddress } from "../transport/address-guard/ip-address.ts";
import { createOwnAddresses } from "../transport/address-guard/own-addresses.ts";
import { ConnectTurns } from "../transport/connect-turns.ts";
import type { EgressProxy } from "../transport/egress-proxy.ts";
import { createGuardedAgents, type GuardedAgents } from "../transport/guarded-agents.ts";
import { SecureContexts } from "../transport/secure-contexts.ts";

/** Plain data, as it goes to the archiver's thread. */
export interface ArchiveOutbound {
  readonly rules: DestinationRules;
  readonly egressProxy: EgressProxy | undefined;
}

/** @param s3Endpoint undefined: Amazon's, which is public */
export function createArchiveAgents(
  { rules, egressProxy }: ArchiveOutbound,
  s3Endpoint: string | undefined,
): GuardedAgents {
  const guard = createAddressGuard({
    rules: s3Endpoint === undefined ? rules : withEndpoint(rules, new URL(s3Endpoint)),
    ownAddresses: createOwnAddresses(),
  });
  return createGuardedAgents({
    guard,
    egressProxy,
    // As the system does it, /etc/hosts and all: the name is the operator's, and this is not the thread that sends.
    resolveName: async (hostname) =>
      (await lookup(hostname, { all: true })).map(({ address }) => address),
    turns: new ConnectTurns(),
    secureContexts: new SecureContexts(createSecureContext()),
    connectTimeoutMs: limits.archiveConnectTimeoutMs,
    resolveTimeoutMs: limits.resolveTimeoutMs,
  });
}

function withEndpoint(
  rules: DestinationRules,
  { protocol, hostname, port }: URL,
): DestinationRules {
  const address = parseIpAddress(hostname.replace(/^\[|\]$/g, ""));
  const its = Number(port || (protocol === "https:" ? 443 : 80));
  const allowedPorts = [...rules.allowedPorts, { from: its, to: its }];
  const opened = { ...rules, allowedPorts, httpsOnly: rules.httpsOnly && protocol === "https:" };
  if (address === undefined) {
    const name = { name: hostname.replace(/\.$/, ""), below: false };
    return { ...opened, allowedNames: [...rules.allowedNames, name] };
  }
  const { family, value: first } = address;
  const alone = { family, first, last: first };
  return { ...opened, allowedSubnets: [...rules.allowedSubnets, alone] };
}
