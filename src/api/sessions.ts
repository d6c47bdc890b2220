/**
 * Browsers that are logged in. A browser shows its API key or token once and gets a cookie instead, which its scripts can't
 * read; what the cookie stands for is in this process's memory alone. So no disk has anything to steal, and a restart ends
 * all sessions.
 *
 * A browser sends its cookie with whatever any page of any site asks of it. So a request that has no more than the cookie is
 * believed only if it says, by a header, that it is the dashboard's own: another site's page can't send that without asking
 * first (CORS), and nobody is told yes. Where the browser says what site a request comes from, that has to be this one.
 *
 * `__Host-`: the cookie is of this very host, on every path, and is kept by the browser only over HTTPS, or from
 * http://localhost and http://127.0.0.1, which browsers trust as if it was (Safari does not). Ports don't part cookies: what
 * else listens at the same host gets it as well.
 *
 *     begin ──▶ lives ──no request for `limits.sessionIdleMs`, end, restart──▶ over
 *                 └─ its key deleted, its token expired or logged out: answered 401 from then on
 */
import { hash, randomBytes } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import { limits } from "../core/limits.ts";
import { Problem } from "./problem.ts";

interface Session {
  /** The `Authorization` header that it stands for. */
  readonly authorization: string;
  usedAtMs: number;
}

const cookieName = "__Host-posthorn-session";
/** Of requests of the dashboard's own pages. */
const ownHeader = "posthorn-session";
const idBytes = 32;

export class Sessions {
  readonly #nowMs: () => number;
  /** By the hash of their ids, so that looking one up tells nothing about others'; the one that rested longest first. */
  readonly #sessions = new Map<string, Session>();

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** Begins a session, and returns the `Set-Cookie` header that makes a browser its own. */
  begin(authorization: string): string {
    if (this.#sessions.size >= limits.sessionsMax) {
      const [oldest] = this.#sessions.keys();
      if (oldest !== undefined) this.#sessions.delete(oldest);
    }
    const id = randomBytes(idBytes).toString("base64url");
    this.#sessions.set(keyOf(id), { authorization, usedAtMs: this.#nowMs() });
    return cookieOf(id);
  }

  /** Ends the session of a request, if it has one, and returns the `Set-Cookie` header that makes a browser forget it. */
  end(headers: IncomingHttpHeaders): string {
    const id = sessionIdIn(headers.cookie);
    if (id !== undefined) this.#sessions.delete(keyOf(id));
    return `${cookieOf("")}; Max-Age=0`;
  }

  /**
   * The `Authorization` header that a request has or that its session stands for; undefined if it has neither.
   * Fails with the problem `forbidden` if it has a session's cookie, but is not known to be of a page of this server.
   */
  authorizationOf(headers: IncomingHttpHeaders): string | undefined {
    if (headers.authorization !== undefined) return headers.authorization;
    const id = sessionIdIn(headers.cookie);
    if (id === undefined) return undefined;
    assertOwnPage(headers);
    const key = keyOf(id);
    const session = this.#sessions.get(key);
    if (session === undefined) return undefined;
    this.#sessions.delete(key);
    const nowMs = this.#nowMs();
    if (nowMs - session.usedAtMs >= limits.sessionIdleMs) return undefined;
    session.usedAtMs = nowMs;
    this.#sessions.set(key, session);
    return session.authorization;
  }
}

/** Fails with the problem `forbidden` for a request that another site's page may have made a browser send. */
export function assertOwnPage(headers: IncomingHttpHeaders): void {
  const { host, origin } = headers;
  const site = headers["sec-fetch-site"];
  const isOwn =
    site === undefined
      ? origin === undefined || URL.parse(origin)?.host === host
      : site === "same-origin";
  if (headers[ownHeader] === "1" && isOwn) return;
  throw new Problem(
    "forbidden",
    "Expected a request of the dashboard's own page, got one that any site's page could have sent. Send a token as `Authorization: Bearer TOKEN`.",
  );
}

function cookieOf(id: string): string {
  return `${cookieName}=${id}; Path=/; Secure; HttpOnly; SameSite=Strict`;
}

function sessionIdIn(cookies: string | undefined): string | undefined {
  const start = `${cookieName}=`;
  const own = cookies?.split("; ").find((each) => each.startsWith(start));
  return own?.slice(start.length);
}

function keyOf(id: string): string {
  return hash("sha256", id);
}
