/**
 * Logging a browser in and out, at `/session`. It is for the dashboard alone and no part of the API: programs send their
 * token with each request.
 */
import { Type } from "typebox";
import type { Access } from "./access.ts";
import type { Authenticator } from "./authentication.ts";
import type { ApiServer } from "./context.ts";
import { parseJsonBodies } from "./json-body.ts";
import { assertOwnPage, type Sessions } from "./sessions.ts";

export interface SessionOptions {
  readonly sessions: Sessions;
  readonly authenticator: Authenticator;
}

const url = "/session";
const tokenCharactersMax = 8192;

/** To be called in a scope of its own, whose routes need no token. */
export function sessionRoutes(
  server: ApiServer,
  { sessions, authenticator }: SessionOptions,
): void {
  parseJsonBodies(server, "");
  // Of everything here, in particular of logging in: another site could make its visitor somebody else otherwise.
  server.addHook("onRequest", async ({ headers }, reply) => {
    assertOwnPage(headers);
    reply.header("cache-control", "no-store");
  });

  server.route({
    method: "POST",
    url,
    schema: {
      hide: true,
      body: Type.Object({ token: Type.String({ minLength: 1, maxLength: tokenCharactersMax }) }),
    },
    handler: async (request, reply) => {
      const authorization = `Bearer ${request.body.token}`;
      const access = await authenticator.verify(authorization);
      const cookie = sessions.begin(authorization);
      return reply.header("set-cookie", cookie).send(sessionOf(access));
    },
  });

  server.route({
    method: "GET",
    url,
    schema: { hide: true },
    handler: async ({ headers }, reply) => {
      const authorization = sessions.authorizationOf(headers);
      const access =
        authenticator.recall(authorization) ?? (await authenticator.verify(authorization));
      return reply.send(sessionOf(access));
    },
  });

  server.route({
    method: "DELETE",
    url,
    schema: { hide: true },
    handler: async ({ headers }, reply) => {
      return reply.header("set-cookie", sessions.end(headers)).code(204).send();
    },
  });
}

/** Whom the browser is logged in as. */
function sessionOf({ organization, application, onlyReads, expiresAtMs }: Access) {
  return {
    organization,
    application: application ?? null,
    onlyReads,
    expiresAt: expiresAtMs === undefined ? null : new Date(expiresAtMs).toISOString(),
  };
}
