/** Settings about where requests may go. */
import {
  type DestinationRules,
  parseNamePatterns,
  parsePortRanges,
  parseSubnets,
} from "../transport/address-guard/destination-rules.ts";
import { type EgressProxy, parseEgressProxy } from "../transport/egress-proxy.ts";
import type { ArchiveOutbound } from "./archive-agents.ts";
import type { SettingDefinition } from "./setting-definitions.ts";
import { parseBoolean } from "./setting-parsers.ts";

export interface DestinationSettings {
  readonly allowSubnets: DestinationRules["allowedSubnets"];
  readonly denySubnets: DestinationRules["deniedSubnets"];
  readonly allowNames: DestinationRules["allowedNames"];
  readonly denyNames: DestinationRules["deniedNames"];
  readonly allowPorts: DestinationRules["allowedPorts"];
  readonly denyPorts: DestinationRules["deniedPorts"];
  readonly httpsOnly: boolean;
  /** Undefined: none, and nothing was said of it. */
  readonly egressProxy: EgressProxy | "off" | undefined;
}

export const destinationSettingDefinitions: {
  readonly [Name in keyof DestinationSettings]: SettingDefinition<DestinationSettings[Name]>;
} = {
  allowSubnets: {
    flag: "allow-subnets",
    environment: "POSTHORN_ALLOW_SUBNETS",
    form: "CIDR,CIDR,…",
    meaning: "addresses that endpoints may have besides public ones, such as 127.0.0.0/8",
    default: "",
    parse: parseSubnets,
  },
  denySubnets: {
    flag: "deny-subnets",
    environment: "POSTHORN_DENY_SUBNETS",
    form: "CIDR,CIDR,…",
    meaning: "addresses that are never called, whatever is allowed",
    default: "",
    parse: parseSubnets,
  },
  allowNames: {
    flag: "allow-names",
    environment: "POSTHORN_ALLOW_NAMES",
    form: "NAME,*.NAME,…",
    meaning:
      "host names that endpoints may have besides public ones, at whatever addresses; *.NAME is all names below NAME",
    default: "",
    parse: parseNamePatterns,
  },
  denyNames: {
    flag: "deny-names",
    environment: "POSTHORN_DENY_NAMES",
    form: "NAME,*.NAME,…",
    meaning: "host names that are never called, whatever is allowed",
    default: "",
    parse: parseNamePatterns,
  },
  allowPorts: {
    flag: "allow-ports",
    environment: "POSTHORN_ALLOW_PORTS",
    form: "PORT,FROM-TO,…",
    meaning:
      "ports that endpoints may have besides 80, 443 and those from 1024 that are not a well-known service's",
    default: "",
    parse: parsePortRanges,
  },
  denyPorts: {
    flag: "deny-ports",
    environment: "POSTHORN_DENY_PORTS",
    form: "PORT,FROM-TO,…",
    meaning: "ports that are never called, whatever is allowed",
    default: "",
    parse: parsePortRanges,
  },
  httpsOnly: {
    flag: "https-only",
    environment: "POSTHORN_HTTPS_ONLY",
    form: "true|false",
    meaning: "endpoints have https URLs, and no others are called",
    default: "false",
    parse: parseBoolean,
  },
  egressProxy: {
    flag: "egress-proxy",
    environment: "POSTHORN_EGRESS_PROXY",
    form: "http://HOST:PORT|https://HOST:PORT|socks5://HOST:PORT|off",
    meaning:
      "every request to an endpoint, and to an archive in S3, goes through this proxy, which is asked for addresses that were resolved and checked before; USER:PASSWORD@ may stand before the host",
    default: undefined,
    parse: (text) => (text === "off" ? "off" : parseEgressProxy(text)),
  },
};

const proxyVariables = ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"] as const;

/**
 * What is against an environment that names proxies: they would be passed over in silence, or taken by Node for some
 * requests and not for others.
 */
export function proxyProblems(
  environment: Readonly<Record<string, string | undefined>>,
  declared: DestinationSettings["egressProxy"],
): readonly string[] {
  const isSet = (name: string): boolean => (environment[name] ?? "") !== "";
  const nodesOwn =
    isSet("NODE_USE_ENV_PROXY") || (environment["NODE_OPTIONS"] ?? "").includes("--use-env-proxy");
  const found = proxyVariables
    .flatMap((name) => [name, name.toLowerCase()])
    .filter((name) => isSet(name) && declared === undefined);
  return [
    ...(nodesOwn
      ? [
          "NODE_USE_ENV_PROXY: Node would take proxies from the environment for some requests; unset it and give the proxy as --egress-proxy",
        ]
      : []),
    ...found.map(
      (name) =>
        `${name}: no proxy is taken from it; give that proxy as --egress-proxy (POSTHORN_EGRESS_PROXY), or "off" to send without one`,
    ),
  ];
}

/** Where an archive's requests may go besides its own endpoint. */
export function archiveOutboundOf(settings: DestinationSettings): ArchiveOutbound {
  return { rules: destinationRulesOf(settings), egressProxy: egressProxyOf(settings) };
}

export function egressProxyOf({ egressProxy }: DestinationSettings): EgressProxy | undefined {
  return egressProxy === "off" ? undefined : egressProxy;
}

export function destinationRulesOf(settings: DestinationSettings): DestinationRules {
  return {
    allowedSubnets: settings.allowSubnets,
    deniedSubnets: settings.denySubnets,
    allowedNames: settings.allowNames,
    deniedNames: settings.denyNames,
    allowedPorts: settings.allowPorts,
    deniedPorts: settings.denyPorts,
    httpsOnly: settings.httpsOnly,
  };
}
