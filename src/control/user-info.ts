import type { BasicAuth } from "./entities.ts";

/**
 * Takes the user information out of a URL: it is a credential, so it is never shown with the URL, and fetch and undici
 * refuse it there anyway. It becomes what RFC 7617 makes of it: `Basic` + base64 of UTF-8 `user:password`.
 */
export function splitUserInfo(text: string): {
  readonly url: string;
  /** The value of an `Authorization` header; undefined if the URL has no user information. */
  readonly authorization: string | undefined;
} {
  // What is no URL has been refused before it came here; as a text without user information it does no harm.
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || (url.username === "" && url.password === "")) {
    return { url: text, authorization: undefined };
  }
  const authorization = basicOf(percentDecode(url.username), percentDecode(url.password));
  url.username = "";
  url.password = "";
  return { url: url.href, authorization };
}

/** The same of a user name and password that were given apart. */
export function basicAuthorizationOf({ username, password }: BasicAuth): string {
  return basicOf(Buffer.from(username), Buffer.from(password));
}

function basicOf(username: Buffer, password: Buffer): string {
  return `Basic ${Buffer.concat([username, Buffer.from(":"), password]).toString("base64")}`;
}

/** As the URL standard does it: what is no escape stays, so that every text has a meaning. The text is ASCII. */
function percentDecode(text: string): Buffer {
  const bytes = text.replace(/%([0-9a-f]{2})/gi, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  return Buffer.from(bytes, "latin1");
}
