/** The headers that an endpoint's owner may have sent besides ours. */
import { limits } from "./limits.ts";

type CustomHeader = readonly [name: string, value: string];

/** `headers` have lower-case names, each once; `reason` says what was expected and what came, never a value. */
export type CustomHeadersCheck =
  | { readonly kind: "ok"; readonly headers: readonly CustomHeader[] }
  | { readonly kind: "refused"; readonly reason: string };

/** `token` of RFC 9110 section 5.6.2. */
const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const printableAscii = /^[\x20-\x7e]*$/;

/** Names that decide where a message ends, how a connection goes on, what a proxy believes, or who signed. */
const reserved =
  /^(?:host|connection|keep-alive|content-.*|transfer-encoding|te|trailer|upgrade|expect|http2-settings|proxy-.*|forwarded|x-forwarded-.*|webhook-.*|svix-.*)$/;

/** Token names, printable ASCII values, bounded in number and length, and none of the names that are not theirs to set. */
export function checkCustomHeaders(
  given: Iterable<readonly [name: string, value: string]>,
): CustomHeadersCheck {
  const headers = new Map<string, string>();
  for (const [givenName, value] of given) {
    // Before it is lowered: the Kelvin sign has an ASCII lower case.
    const name = token.test(givenName) ? givenName.toLowerCase() : undefined;
    if (name === undefined) {
      const got = JSON.stringify(givenName);
      return { kind: "refused", reason: `a header's name is a token (RFC 9110), got ${got}` };
    }
    const reason = reasonAgainst(name, value);
    if (reason !== undefined) return { kind: "refused", reason };
    if (headers.has(name)) {
      return { kind: "refused", reason: `the header ${name} is given more than once` };
    }
    if (headers.size === limits.customHeadersMax) {
      const reason = `an endpoint has at most ${limits.customHeadersMax} headers, got more`;
      return { kind: "refused", reason };
    }
    headers.set(name, value);
  }
  return { kind: "ok", headers: [...headers] };
}

function reasonAgainst(name: string, value: string): string | undefined {
  if (!token.test(name))
    return `a header's name is a token (RFC 9110), got ${JSON.stringify(name)}`;
  if (reserved.test(name)) return `the header ${name} can't be set`;
  if (value.length > limits.customHeaderCharactersMax) {
    return `the header ${name} has at most ${limits.customHeaderCharactersMax} characters, got ${value.length}`;
  }
  return printableAscii.test(value) ? undefined : `the header ${name} is printable ASCII, got else`;
}
