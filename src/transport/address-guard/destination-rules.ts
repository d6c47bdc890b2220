/** What the operator says about where requests may go. Plain data, as it goes to other threads. */
import { limits } from "../../core/limits.ts";
import { type NamePattern, parseNamePattern } from "./name-pattern.ts";
import { parsePortRange, type PortRange } from "./port-range.ts";
import { parseSubnet, type Subnet } from "./subnet.ts";

/**
 * What is denied stays refused whatever is allowed, and metadata services and v4 addresses inside v6 ones whatever is said
 * here.
 */
export interface DestinationRules {
  /** Addresses that may be called besides public ones. */
  readonly allowedSubnets: readonly Subnet[];
  readonly deniedSubnets: readonly Subnet[];
  /** Names that may be called besides public ones, and at whatever address they have. */
  readonly allowedNames: readonly NamePattern[];
  readonly deniedNames: readonly NamePattern[];
  /** Ports that may be called besides those of the rule in `check-place.ts`. */
  readonly allowedPorts: readonly PortRange[];
  readonly deniedPorts: readonly PortRange[];
  readonly httpsOnly: boolean;
}

/** Fails with what was expected and what came, as all of these. */
export function parseSubnets(text: string): readonly Subnet[] {
  return parseList(text, parseSubnet);
}

export function parseNamePatterns(text: string): readonly NamePattern[] {
  return parseList(text, parseNamePattern);
}

export function parsePortRanges(text: string): readonly PortRange[] {
  return parseList(text, parsePortRange);
}

/** Items separated by commas, white space around them ignored; none if the text is blank. */
function parseList<Item>(text: string, parse: (item: string) => Item): readonly Item[] {
  if (text.trim() === "") return [];
  const items = text.split(",");
  if (items.length > limits.destinationRulesMax) {
    throw new RangeError(
      `expected at most ${limits.destinationRulesMax} entries, got ${items.length}`,
    );
  }
  return items.map((item) => parse(item.trim()));
}
