/** Settings about where requests may go. */
import {
  type DestinationRules,
  parseNamePatterns,
  parsePortRanges,
  parseSubnets,
} from "../transport/address-guard/destination-rules.ts";
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
};

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
