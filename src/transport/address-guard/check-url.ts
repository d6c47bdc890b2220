/** Which URLs an endpoint may have, before anything is resolved. */
import { limits } from "../../core/limits.ts";
import { parseIpAddress } from "./ip-address.ts";

/** `reason` is a sentence for whoever gave the URL. It never repeats user information. */
export type UrlCheck = CheckedUrl | { readonly kind: "refused"; readonly reason: string };

interface CheckedUrl {
  readonly kind: "ok";
  /** Scheme, host and port, normalised: two URLs with the same origin may share connections. */
  readonly origin: string;
  /** Path and query, normalised. */
  readonly path: string;
}

/**
 * `public`: anybody may call it; `allowed`: only because the operator allows its subnet.
 * `reason` completes "the address … is …".
 */
export type AddressCheck =
  | { readonly kind: "public" | "allowed" }
  | { readonly kind: "refused"; readonly reason: string };

/** White space, control, format, private and unassigned characters, and the backslash that `URL` takes for a slash. */
const oddCharacter = /[\s\p{C}\\]/u;
const schemeThenHost = /^(?<scheme>[a-z][a-z0-9+.-]*):(?<slashes>\/\/(?=[^/?#]))?/i;
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

/** @param checkAddress decides about an address that the URL has instead of a name */
export function checkUrl(text: string, checkAddress: (address: string) => AddressCheck): UrlCheck {
  const reason = reasonAgainstText(text);
  if (reason !== undefined) return refused(reason);
  const url = URL.parse(text);
  if (url === null) return refused("this is not a valid URL");
  const reasonAgainstPlace = reasonAgainstHostAndPort(url, checkAddress);
  if (reasonAgainstPlace !== undefined) return refused(reasonAgainstPlace);
  if (!isUserInformation(url)) return refused("the user information of the URL is malformed");
  return { kind: "ok", origin: url.origin, path: url.pathname + url.search };
}

function reasonAgainstText(text: string): string | undefined {
  if (text.length > limits.urlCharactersMax) {
    return `a URL has at most ${limits.urlCharactersMax} characters, got ${text.length}`;
  }
  if (oddCharacter.test(text)) {
    return "a URL has no white space, control characters or backslashes";
  }
  const parts = schemeThenHost.exec(text)?.groups;
  const scheme = parts?.["scheme"]?.toLowerCase();
  if (scheme !== "http" && scheme !== "https") {
    return `a URL begins with https:// or http://, got ${scheme === undefined ? "else" : `${scheme}:`}`;
  }
  return parts?.["slashes"] === undefined ? `${scheme}: is followed by // and a host` : undefined;
}

function reasonAgainstHostAndPort(
  url: URL,
  checkAddress: (address: string) => AddressCheck,
): string | undefined {
  const { hostname } = url;
  const address = hostname.startsWith("[") ? hostname.slice(1, -1) : hostname;
  if (parseIpAddress(address) === undefined) {
    return reasonAgainstName(hostname.replace(/\.$/, "")) ?? reasonAgainstPort(url.port);
  }
  const check = checkAddress(address);
  if (check.kind === "refused") return `the address ${address} is ${check.reason}`;
  if (check.kind === "public") return reasonAgainstPort(url.port);
  return url.port === "0" ? "port 0 can't be called" : undefined;
}

function reasonAgainstName(name: string): string | undefined {
  if (name === "localhost" || name.endsWith(".localhost")) {
    return `the name ${name} is refused; where the operator allows it, use the address 127.0.0.1 or [::1]`;
  }
  const labels = name.split(".");
  if (name.length > hostnameCharactersMax || !labels.every((text) => label.test(text))) {
    return `${JSON.stringify(name)} is not a host name`;
  }
  if (labels.length === 1) return `the host name ${name} has no dot, so it is not a public one`;
  const suffix = privateSuffixes.find((text) => name === text || name.endsWith(`.${text}`));
  return suffix === undefined ? undefined : `host names in ${suffix} are not public`;
}

/** @param text "" for the scheme's own */
function reasonAgainstPort(text: string): string | undefined {
  const port = Number(text);
  if (text === "" || port === 80 || port === 443) return undefined;
  return port < unprivilegedPort || servicePorts.has(port)
    ? `port ${port} is refused: use 80, 443 or one from ${unprivilegedPort} that is not a well-known service's`
    : undefined;
}

/** Whether `Basic` (RFC 7617) can carry the user information, which is split off when the endpoint is stored. */
function isUserInformation({ username, password }: URL): boolean {
  try {
    const user = decodeURIComponent(username);
    return !/[\p{Cc}]/u.test(user + decodeURIComponent(password)) && !user.includes(":");
  } catch {
    return false; // not UTF-8 behind the percent signs
  }
}

function refused(reason: string): UrlCheck {
  return { kind: "refused", reason };
}
