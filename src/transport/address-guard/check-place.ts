/**
 * Which scheme, host and port may be called, before the host is resolved: asked of the URL that somebody gives, and again
 * of the origin at every connect.
 *
 * A port rule of its own for allowed addresses, which once were open on every port, was rejected: who allows 127.0.0.0/8
 * for a receiver there has not thought of the database beside it.
 */
import type { AddressCheck } from "./address-guard.ts";
import type { DestinationRules } from "./destination-rules.ts";
import { isNamedAsInspector } from "./check-inspector.ts";
import { parseIpAddress } from "./ip-address.ts";
import { matchesName, plainNameOf } from "./name-pattern.ts";
import { inRange } from "./port-range.ts";

/** As `URL` has them, but that a v6 address may come without its brackets. */
export interface Place {
  readonly protocol: string;
  readonly hostname: string;
  /** Empty for the scheme's own. */
  readonly port: string;
}

const label = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/;
const hostnameCharactersMax = 253;

/** Names that mean something else on every network. `cluster.local` is in `local`. */
const privateSuffixes = ["localdomain", "local", "internal", "home.arpa", "lan", "corp", "svc"];

/** Where databases, caches, queues and orchestrators listen. */
const servicePorts = new Set([
  1433, 1521, 2375, 2376, 2379, 2380, 3306, 5432, 5672, 6379, 6443, 9042, 9092, 9200, 9300, 11_211,
  15_672, 27_017,
]);
const unprivilegedPort = 1024;
const schemePorts: Readonly<Record<string, number>> = { "http:": 80, "https:": 443 };

/** @param checkAddress decides about an address that stands in the place of a name */
export function reasonAgainstPlace(
  place: Place,
  rules: DestinationRules,
  checkAddress: (address: string) => AddressCheck,
): string | undefined {
  if (isNamedAsInspector(place)) return "the inspector is not connected to";
  const schemePort = schemePorts[place.protocol];
  if (schemePort === undefined) return `${place.protocol} is neither https: nor http:`;
  if (rules.httpsOnly && place.protocol !== "https:") {
    return "a URL begins with https://, as the operator allows no other here";
  }
  const { hostname } = place;
  const address = hostname.startsWith("[") ? hostname.slice(1, -1) : hostname;
  const reason =
    parseIpAddress(address) === undefined
      ? reasonAgainstName(plainNameOf(hostname), rules)
      : reasonAgainstAddress(address, checkAddress(address));
  return reason ?? reasonAgainstPort(place.port === "" ? schemePort : Number(place.port), rules);
}

function reasonAgainstAddress(address: string, check: AddressCheck): string | undefined {
  return check.kind === "refused" ? `the address ${address} is ${check.reason}` : undefined;
}

function reasonAgainstName(name: string, rules: DestinationRules): string | undefined {
  const labels = name.split(".");
  if (name.length > hostnameCharactersMax || !labels.every((text) => label.test(text))) {
    return `${JSON.stringify(name)} is not a host name`;
  }
  if (rules.deniedNames.some((pattern) => matchesName(pattern, name))) {
    return `the operator refuses the host name ${name}`;
  }
  if (rules.allowedNames.some((pattern) => matchesName(pattern, name))) return undefined;
  if (name === "localhost" || name.endsWith(".localhost")) {
    return `the name ${name} is refused; where the operator allows it, use the address 127.0.0.1 or [::1]`;
  }
  if (labels.length === 1) return `the host name ${name} has no dot, so it is not a public one`;
  const suffix = privateSuffixes.find((text) => name === text || name.endsWith(`.${text}`));
  return suffix === undefined ? undefined : `host names in ${suffix} are not public`;
}

function reasonAgainstPort(port: number, rules: DestinationRules): string | undefined {
  if (port === 0) return "port 0 can't be called";
  if (rules.deniedPorts.some((range) => inRange(range, port))) {
    return `the operator refuses port ${port}`;
  }
  if (rules.allowedPorts.some((range) => inRange(range, port))) return undefined;
  if (port === 80 || port === 443) return undefined;
  return port < unprivilegedPort || servicePorts.has(port)
    ? `port ${port} is refused: use 80, 443 or one from ${unprivilegedPort} that is not a well-known service's`
    : undefined;
}
