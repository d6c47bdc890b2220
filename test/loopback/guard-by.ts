/** A guard of texts as an operator would write them. */
import {
  type AddressGuard,
  createAddressGuard,
} from "../../src/transport/address-guard/address-guard.ts";
import {
  type DestinationRules,
  parseNamePatterns,
  parsePortRanges,
  parseSubnets,
} from "../../src/transport/address-guard/destination-rules.ts";

export interface RuleTexts {
  readonly allowSubnets?: string;
  readonly denySubnets?: string;
  readonly allowNames?: string;
  readonly denyNames?: string;
  readonly allowPorts?: string;
  readonly denyPorts?: string;
  readonly httpsOnly?: boolean;
  /** Addresses of this machine. */
  readonly own?: readonly string[];
}

export function guardBy(texts: RuleTexts = {}): AddressGuard {
  return createAddressGuard({ rules: rulesBy(texts), ownAddresses: () => texts.own ?? [] });
}

export function rulesBy(texts: RuleTexts = {}): DestinationRules {
  return {
    allowedSubnets: parseSubnets(texts.allowSubnets ?? ""),
    deniedSubnets: parseSubnets(texts.denySubnets ?? ""),
    allowedNames: parseNamePatterns(texts.allowNames ?? ""),
    deniedNames: parseNamePatterns(texts.denyNames ?? ""),
    allowedPorts: parsePortRanges(texts.allowPorts ?? ""),
    deniedPorts: parsePortRanges(texts.denyPorts ?? ""),
    httpsOnly: texts.httpsOnly ?? false,
  };
}
