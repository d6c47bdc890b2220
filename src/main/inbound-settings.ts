/** Settings about who may ask, from where, and how much at once. */
import { limits } from "../core/limits.ts";
import { parseSubnets } from "../transport/address-guard/destination-rules.ts";
import { parseIpAddress, type IpAddress } from "../transport/address-guard/ip-address.ts";
import { covers, type Subnet } from "../transport/address-guard/subnet.ts";
import type { SettingDefinition } from "./setting-definitions.ts";
import { parseListen, wholeBetween, type ListenAddress } from "./setting-parsers.ts";

export interface InboundSettings {
  readonly listen: ListenAddress;
  /** Without a slash at its end; undefined: where the server listens. */
  readonly publicUrl: string | undefined;
  readonly corsOrigins: ReadonlySet<string>;
  readonly trustedProxies: readonly Subnet[];
  readonly clientConnectionsMax: number;
}

export const inboundSettingDefinitions: {
  readonly [Name in keyof InboundSettings]: SettingDefinition<InboundSettings[Name]>;
} = {
  listen: {
    flag: "listen",
    environment: "POSTHORN_LISTEN",
    form: "HOST:PORT",
    meaning: "where the API listens; port 0 takes any free one",
    default: "127.0.0.1:8071",
    parse: parseListen,
  },
  publicUrl: {
    flag: "public-url",
    environment: "POSTHORN_PUBLIC_URL",
    form: "URL",
    meaning:
      "what links to this server begin with, such as https://hooks.example.com; no request's Host header is believed; if unset, where it listens",
    default: undefined,
    parse: parsePublicUrl,
  },
  corsOrigins: {
    flag: "cors-origins",
    environment: "POSTHORN_CORS_ORIGINS",
    form: "ORIGIN,ORIGIN,…",
    meaning:
      "web pages that may use the API from browsers, with a token of their own, such as https://admin.example.com; if empty, none",
    default: "",
    parse: parseOrigins,
  },
  trustedProxies: {
    flag: "trusted-proxies",
    environment: "POSTHORN_TRUSTED_PROXIES",
    form: "CIDR,CIDR,…",
    meaning:
      "reverse proxies in front of this server: their X-Forwarded-For is believed, for the audit log, and their connections are not those of one client; nobody else's is",
    default: "",
    parse: parseSubnets,
  },
  clientConnectionsMax: {
    flag: "client-connections",
    environment: "POSTHORN_CLIENT_CONNECTIONS",
    form: "NUMBER",
    meaning:
      "connections that one address (of IPv6 one /64) may have at once; what is above is answered 429 and closed",
    default: String(limits.clientConnectionsMaxDefault),
    parse: (text) => wholeBetween(text, 1, limits.inboundConnectionsMax),
  },
};

function parsePublicUrl(text: string): string {
  const url = URL.parse(text);
  const isPlain =
    url !== null &&
    /^https?:$/.test(url.protocol) &&
    `${url.username}${url.password}${url.search}${url.hash}` === "";
  if (!isPlain) throw new Error(`"${text}" is no http(s) URL without user, query and fragment`);
  return url.href.replace(/\/+$/, "");
}

function parseOrigins(text: string): ReadonlySet<string> {
  if (text.trim() === "") return new Set();
  const origins = text.split(",").map((each) => each.trim());
  if (origins.length > limits.corsOriginsMax) {
    throw new Error(`expected at most ${limits.corsOriginsMax} origins, got ${origins.length}`);
  }
  for (const origin of origins) {
    const url = URL.parse(origin);
    if (url?.origin !== origin || !/^https?:\/\/[^*]+$/.test(origin)) {
      throw new Error(
        `"${origin}" is no origin as browsers send it, such as https://a.example.com`,
      );
    }
  }
  return new Set(origins);
}

/** @param address as sockets and headers write it */
export function isTrustedProxy(proxies: readonly Subnet[], address: string): boolean {
  const parsed = plainAddressOf(address);
  return parsed !== undefined && proxies.some((subnet) => covers(subnet, parsed));
}

/** Whose a connection from this address is; undefined: it is a trusted proxy's, so of many. */
export function clientOf(proxies: readonly Subnet[], address: string): string | undefined {
  const parsed = plainAddressOf(address);
  if (parsed === undefined) return address;
  if (proxies.some((subnet) => covers(subnet, parsed))) return undefined;
  const { family, value } = parsed;
  // Whoever has one address of IPv6 has its /64.
  return family === 4 ? `4:${value}` : `6:${value >> 64n}`;
}

const mappedPrefix = 0xffffn;

/** A v4 address that is written as a v6 one (::ffff:192.0.2.1), as a socket for both has it, is the v4 one. */
function plainAddressOf(text: string): IpAddress | undefined {
  const address = parseIpAddress(text.split("%")[0] ?? "");
  return address?.family === 6 && address.value >> 32n === mappedPrefix
    ? { family: 4, value: address.value & 0xffff_ffffn }
    : address;
}
