import { parseIpAddress } from "./ip-address.ts";

/** A host name, or all names below one. */
export interface NamePattern {
  /** As `URL` writes it: lower case, in ASCII; without a dot at its end. */
  readonly name: string;
  readonly below: boolean;
}

/** `NAME` or `*.NAME`. Fails with what was expected and what came. */
export function parseNamePattern(text: string): NamePattern {
  const below = text.startsWith("*.");
  const given = below ? text.slice(2) : text;
  const name = URL.parse(`http://${given}/`)?.hostname.replace(/\.$/, "") ?? "";
  const plain = /^[^\s\p{C}\\/?#@:%*[\]]+$/u.test(given);
  if (!plain || name === "" || parseIpAddress(name) !== undefined) {
    throw new RangeError(
      `expected a host name such as hooks.internal or *.example.com, got ${JSON.stringify(text)}`,
    );
  }
  return { name, below };
}

/** @param name as `URL` writes it, without a dot at its end */
export function matchesName(pattern: NamePattern, name: string): boolean {
  return pattern.below ? name.endsWith(`.${pattern.name}`) : name === pattern.name;
}

/** A host name without the dot that may stand at its end. */
export function plainNameOf(hostname: string): string {
  return hostname.replace(/\.$/, "");
}
