/** Which URLs an endpoint may have, before anything is resolved. */
import { limits } from "../../core/limits.ts";

/** `reason` is a sentence for whoever gave the URL. It never repeats user information. */
export type UrlCheck = CheckedUrl | { readonly kind: "refused"; readonly reason: string };

interface CheckedUrl {
  readonly kind: "ok";
  /** Scheme, host and port, normalised: two URLs with the same origin may share connections. */
  readonly origin: string;
  /** Path and query, normalised. */
  readonly path: string;
}

/** White space, control, format, private and unassigned characters, and the backslash that `URL` takes for a slash. */
const oddCharacter = /[\s\p{C}\\]/u;
const schemeThenHost = /^(?<scheme>[a-z][a-z0-9+.-]*):(?<slashes>\/\/(?=[^/?#]))?/i;

/** @param reasonAgainst what is against its scheme, host and port */
export function checkUrl(text: string, reasonAgainst: (url: URL) => string | undefined): UrlCheck {
  const reason = reasonAgainstText(text);
  if (reason !== undefined) return refused(reason);
  const url = URL.parse(text);
  if (url === null) return refused("this is not a valid URL");
  const reasonAgainstPlace = reasonAgainst(url);
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
