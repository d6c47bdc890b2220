/**
 * Keeps endpoints from being a way into the network that Posthorn runs in. Asked when an endpoint is created or changed,
 * again when a destination is first sent to, and at every connect: for scheme, name and port, for every address, literal or
 * resolved, and once more for the address that a socket is really connected to.
 */
import { isNamedAsInspector, reasonAgainstInspector } from "./check-inspector.ts";
import { reasonAgainstPlace, type Place } from "./check-place.ts";
import { checkUrl, type UrlCheck } from "./check-url.ts";
import { classifyAddress } from "./classify-address.ts";
import type { DestinationRules } from "./destination-rules.ts";
import { parseIpAddress } from "./ip-address.ts";
import { matchesName, plainNameOf } from "./name-pattern.ts";
import { covers } from "./subnet.ts";

export interface AddressGuard {
  checkUrl(text: string): UrlCheck;
  /** What is against connecting to this scheme, host and port; undefined: nothing. */
  reasonAgainst(place: Place): string | undefined;
  /**
   * Of an address as a resolver or a socket writes it; what can't be read is refused.
   *
   * @param hostname by which it is called: what the operator allows by name may be at any address but the forbidden ones
   */
  checkAddress(text: string, hostname: string): AddressCheck;
}

/** `reason` completes "the address … is …". */
export type AddressCheck =
  | { readonly kind: "ok" }
  | { readonly kind: "refused"; readonly reason: string };

export interface AddressGuardOptions {
  readonly rules: DestinationRules;
  /** The addresses of this machine's interfaces now. Refused, public or not, unless the operator allows them. */
  readonly ownAddresses: () => readonly string[];
}

export function createAddressGuard({ rules, ownAddresses }: AddressGuardOptions): AddressGuard {
  function checkAddress(text: string, hostname: string): AddressCheck {
    const address = parseIpAddress(text);
    if (address === undefined) return refused("not one that can be read");
    const found = classifyAddress(address);
    if (found.kind === "forbidden") return refused(found.name);
    if (rules.deniedSubnets.some((subnet) => covers(subnet, address))) {
      return refused("refused by the operator");
    }
    const name = plainNameOf(hostname);
    if (rules.allowedSubnets.some((subnet) => covers(subnet, address))) return ok;
    if (rules.allowedNames.some((pattern) => matchesName(pattern, name))) return ok;
    if (found.kind === "special") return refused(found.name);
    const own = ownAddresses().some((ownText) => {
      const { family, value } = parseIpAddress(ownText) ?? {};
      return family === address.family && value === address.value;
    });
    return own ? refused("this server's own") : ok;
  }

  const reasonAgainst = (place: Place): string | undefined =>
    reasonAgainstPlace(place, rules, (address) => checkAddress(address, address));
  return {
    checkAddress,
    reasonAgainst,
    checkUrl: (text) =>
      checkUrl(text, (url) =>
        isNamedAsInspector(url) ? reasonAgainstInspector(text, rules) : reasonAgainst(url),
      ),
  };
}

const ok: AddressCheck = { kind: "ok" };

function refused(reason: string): AddressCheck {
  return { kind: "refused", reason };
}
