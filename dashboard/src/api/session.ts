/** Who is logged in, at `/session`. The cookie is none of the page's business: it can't read it. */
import { queryOptions } from "@tanstack/react-query";
import { ApiProblem, createApiClient } from "./client.ts";

export interface Session {
  readonly organization: string;
  /** The one application that the token is for; null: all of the organisation's. */
  readonly application: string | null;
  /** Whether the token may change nothing. */
  readonly onlyReads: boolean;
  readonly expiresAt: string | null;
}

/** Believed together with the cookie; another site's page can't send it. */
export const sessionHeaders = { "posthorn-session": "1" };

const client = createApiClient(sessionHeaders, () => {});

export const sessionQuery = queryOptions({
  queryKey: ["session"],
  queryFn: ({ signal }) => currentSession(signal),
  staleTime: Infinity,
  retry: false,
});

/** Null: nobody is logged in. */
async function currentSession(signal?: AbortSignal): Promise<Session | null> {
  try {
    return await client.get<Session>("/session", {}, signal);
  } catch (error) {
    if (error instanceof ApiProblem && error.status === 401) return null;
    throw error;
  }
}

/** Fails with an ApiProblem, also if the browser doesn't keep the cookie. */
export async function logIn(token: string): Promise<Session> {
  await client.post("/session", { token });
  const session = await currentSession();
  if (session !== null) return session;
  throw new ApiProblem(
    401,
    "The token is valid, but this browser does not keep the session's cookie over this connection. Use https, or http://localhost or http://127.0.0.1 (not with Safari).",
  );
}

export async function logOut(): Promise<void> {
  await client.delete("/session");
}
