/**
 * What an address is, by its integer alone, and denied by default: a v4 address is public unless a table says else; a v6
 * address is public only inside 2000::/3 and outside the table. Names are those of the IANA special-purpose registries.
 */
import type { IpAddress } from "./ip-address.ts";
import { covers, parseSubnet, type Subnet } from "./subnet.ts";

/**
 * `special`: refused unless the operator allows its subnet. `forbidden`: refused whatever the operator allows.
 * `name` completes "the address … is …".
 */
export type AddressClass =
  | { readonly kind: "public" }
  | { readonly kind: "special"; readonly name: string }
  | { readonly kind: "forbidden"; readonly name: string };

interface NamedSubnet {
  readonly subnet: Subnet;
  readonly name: string;
}

/**
 * Where clouds answer with credentials to whoever asks from inside. As subnets where one holds several such services.
 * AWS (instance, ECS, EKS, its DNS and time), Azure, GCP, Oracle, Alibaba, Tencent, Scaleway, OpenStack.
 */
const metadata = named(
  "a cloud's metadata service",
  "169.254.169.0/24",
  "169.254.170.0/24",
  "169.254.0.23/32",
  "169.254.42.42/32",
  "168.63.129.16/32",
  "192.0.0.192/32",
  "100.100.100.200/32",
  "fd00:ec2::/112",
  "fd20:ce::254/128",
  "fd00:c1::a9fe:a9fe/128",
  "fd00:42::42/128",
  "fe80::a9fe:a9fe/128",
);

/**
 * Other ways to write a v4 address: never needed, and each a way around the v4 table. A network's own NAT64 prefix (RFC 6052)
 * can't be known here: an operator who has one denies it.
 */
const embedding = [
  ...named("an IPv4-mapped address: write the IPv4 address", "::ffff:0:0/96"),
  ...named("an IPv4-translated address: write the IPv4 address", "::ffff:0:0:0/96"),
  ...named("a NAT64 address: write the IPv4 address", "64:ff9b::/96", "64:ff9b:1::/48"),
  ...named("a 6to4 address: write the IPv4 address", "2002::/16"),
  ...named("a Teredo address: write the IPv4 address", "2001::/32"),
];
const compatible = parseSubnet("::/96");

/** ISATAP (RFC 5214 section 6.1), whatever the prefix: what stands before the v4 address, but for its universal/local bit. */
const isatapMarker = 0x0000_5efen;
const isatapMask = 0xfdff_ffffn;
const loopbackV6 = 1n;

const special = [
  ...named("in this network (0.0.0.0/8)", "0.0.0.0/8"),
  ...named("private", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"),
  ...named("shared by a carrier (100.64.0.0/10)", "100.64.0.0/10"),
  ...named("loopback", "127.0.0.0/8"),
  ...named("link-local", "169.254.0.0/16"),
  ...named("reserved for protocols", "192.0.0.0/24", "192.88.99.0/24", "2001::/23"),
  ...named("for documentation", "192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24"),
  ...named("for documentation", "2001:db8::/32", "3fff::/20"),
  ...named("for benchmarks", "198.18.0.0/15"),
  ...named("multicast", "224.0.0.0/4"),
  ...named("reserved", "240.0.0.0/4"),
];
const globalUnicastV6 = parseSubnet("2000::/3");

/** Names for what lies outside 2000::/3; the rest of it is just not public. */
const outsideV6 = [
  ...named("unspecified", "::/128"),
  ...named("loopback", "::1/128"),
  ...named("private (unique local)", "fc00::/7"),
  ...named("link-local", "fe80::/10"),
  ...named("multicast", "ff00::/8"),
];

export function classifyAddress(address: IpAddress): AddressClass {
  const forbidden = nameIn(metadata, address) ?? embeddingName(address);
  if (forbidden !== undefined) return { kind: "forbidden", name: forbidden };
  const name = nameIn(special, address);
  if (name !== undefined) return { kind: "special", name };
  if (address.family === 4 || covers(globalUnicastV6, address)) return { kind: "public" };
  return { kind: "special", name: nameIn(outsideV6, address) ?? "outside 2000::/3" };
}

/** `::` and `::1` are in the range of IPv4-compatible addresses (RFC 4291 section 2.5.5.1) but are not such. */
function embeddingName(address: IpAddress): string | undefined {
  if (covers(compatible, address) && address.value > loopbackV6) {
    return "an IPv4-compatible address: write the IPv4 address";
  }
  if (address.family === 6 && ((address.value >> 32n) & isatapMask) === isatapMarker) {
    return "an ISATAP address: write the IPv4 address";
  }
  return nameIn(embedding, address);
}

function nameIn(table: readonly NamedSubnet[], address: IpAddress): string | undefined {
  return table.find(({ subnet }) => covers(subnet, address))?.name;
}

function named(name: string, ...subnets: readonly string[]): readonly NamedSubnet[] {
  return subnets.map((subnet) => ({ subnet: parseSubnet(subnet), name }));
}
