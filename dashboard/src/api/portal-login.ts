/**
 * Who has opened the portal, and how they want to see it, out of the link's fragment: `#key=…&theme=dark`. A fragment is sent
 * to no server and in no Referer. It is taken out of the address at once and kept for this tab alone, in the session's
 * storage or, where a frame may have none, in memory: then a reload takes it from the frame's address again.
 */
import type { Theme } from "../components/theme.ts";

export interface PortalLogin {
  readonly application: string;
  readonly token: string;
  /** To hide what would be refused; the server decides. */
  readonly onlyReads: boolean;
  /** Undefined: whoever looks chooses. */
  readonly theme: Theme | undefined;
}

const storageKey = "posthorn-portal";

/** Undefined: there is no link, or one that can't be read. */
export function takePortalLogin(): PortalLogin | undefined {
  const given = new URLSearchParams(location.hash.slice(1));
  const key = given.get("key");
  if (key === null) return loginOf(stored());
  const text = `${key} ${given.get("theme") ?? ""}`;
  store(text);
  history.replaceState(history.state, "", `${location.pathname}${location.search}`);
  return loginOf(text);
}

/** What was kept is of no use any more. */
export function forgetPortalLogin(): void {
  store(undefined);
}

function loginOf(text: string | undefined): PortalLogin | undefined {
  if (text === undefined) return undefined;
  const [key = "", theme] = text.split(" ");
  try {
    const { appId, token } = decoded(key);
    if (typeof appId !== "string" || typeof token !== "string") return undefined;
    const claims = decoded(token.split(".")[1] ?? "");
    return {
      application: appId,
      token,
      onlyReads: claims["ro"] === true,
      theme: theme === "dark" || theme === "light" ? theme : undefined,
    };
  } catch {
    return undefined;
  }
}

function decoded(base64url: string): Readonly<Record<string, unknown>> {
  const base64 = base64url.replaceAll("-", "+").replaceAll("_", "/");
  const bytes = Uint8Array.from(atob(base64), (each) => each.charCodeAt(0));
  const value: unknown = JSON.parse(new TextDecoder().decode(bytes));
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}

function stored(): string | undefined {
  try {
    return sessionStorage.getItem(storageKey) ?? undefined;
  } catch {
    return undefined; // a frame may be refused all storage
  }
}

function store(text: string | undefined): void {
  try {
    if (text === undefined) sessionStorage.removeItem(storageKey);
    else sessionStorage.setItem(storageKey, text);
  } catch {
    // As above: it stays in memory.
  }
}
