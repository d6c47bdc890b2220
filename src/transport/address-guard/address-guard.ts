/**
 * Keeps endpoints from being a way into the network that Posthorn runs in. Asked when an endpoint is created or changed,
 * again when a destination is first sent to, and for every address at every connect, literal or resolved; and once more
 * for the address that a socket is really connected to.
 */
import type { AllowedSubnets } from "./allowed-subnets.ts";
import { checkUrl, type AddressCheck, type UrlCheck } from "./check-url.ts";
import { classifyAddress } from "./classify-address.ts";
import { parseIpAddress } from "./ip-address.ts";
import { covers } from "./subnet.ts";

export interface AddressGuard {
  checkUrl(text: string): UrlCheck;
  /** Of an address as a resolver or a socket writes it; what can't be read is refused. */
  checkAddress(text: string): AddressCheck;
}

export interface AddressGuardOptions {
  /** Never opens metadata services or embedded v4 addresses. */
  readonly allowedSubnets: AllowedSubnets;
  /** The addresses of this machine's interfaces now. Refused, public or not, unless in an allowed subnet. */
  readonly ownAddresses: () => readonly string[];
}

export function createAddressGuard(options: AddressGuardOptions): AddressGuard {
  const { allowedSubnets, ownAddresses } = options;

  function checkAddress(text: string): AddressCheck {
    const address = parseIpAddress(text);
    if (address === undefined) return refused("not one that can be read");
    const found = classifyAddress(address);
    if (found.kind === "forbidden") return refused(found.name);
    if (allowedSubnets.some((subnet) => covers(subnet, address))) return { kind: "allowed" };
    if (found.kind === "special") return refused(found.name);
    const own = ownAddresses().some((ownText) => {
      const { family, value } = parseIpAddress(ownText) ?? {};
      return family === address.family && value === address.value;
    });
    return own ? refused("this server's own") : { kind: "public" };
  }

  return { checkAddress, checkUrl: (text) => checkUrl(text, checkAddress) };
}

function refused(reason: string): AddressCheck {
  return { kind: "refused", reason };
}
