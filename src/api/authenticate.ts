/** Whether whoever asks may: before anything else of a request is looked at, and again while a stream goes on. */
import type { FastifyRequest } from "fastify";
import type { ControlReader } from "../control/facade.ts";
import { assert } from "../core/errors.ts";
import { limits } from "../core/limits.ts";
import { authorize, type AccessNeed } from "./access.ts";
import type { ApiServer } from "./context.ts";
import { answerToEnded, sendAnswer } from "./once.ts";
import { Problem } from "./problem.ts";
import type { SessionOptions } from "./session.ts";

export interface AccessOptions extends SessionOptions {
  readonly controlReader: ControlReader;
}

const isReading: ReadonlySet<string> = new Set(["GET", "HEAD"]);

/**
 * From here on, in this scope, every request needs a token that may do this; it is asked for before the body is read. A
 * route that does not say who may do it is refused.
 */
export function authenticate(
  server: ApiServer,
  { sessions, authenticator, controlReader }: AccessOptions,
): void {
  let refusedUnderWay = 0;
  server.decorateRequest("organization", "");
  server.decorateRequest("access", undefined);
  server.addHook("onRoute", ({ method, url, schema }) => {
    const scope = schema?.["x-scope"];
    assert(
      scope === "organization" || scope === "application",
      `${String(method)} ${url} says by its operation(…) whether an application's token may do it`,
    );
  });
  server.addHook("onRequest", async (request, reply) => {
    const authorization = sessions.authorizationOf(request.headers);
    let access = authenticator.recall(authorization);
    try {
      access ??= await authenticator.verify(authorization);
    } catch (error) {
      // Anybody can ask this much, so not many at once.
      if (refusedUnderWay >= limits.refusedTokensUnderWayMax) throw error;
      refusedUnderWay += 1;
      const answer = await answerToEnded(request).finally(() => (refusedUnderWay -= 1));
      if (answer === undefined) throw error;
      return sendAnswer(reply, answer);
    }
    authorize(access, needOf(request), controlReader);
    request.organization = access.organization;
    request.access = access;
    return undefined;
  });
}

/** Whether a request that goes on would still be let in: its credential may have been revoked, or have expired. */
export function isStillAllowed({
  sessions,
  authenticator,
  controlReader,
}: AccessOptions): (request: FastifyRequest) => Promise<boolean> {
  return async (request) => {
    try {
      const authorization = sessions.authorizationOf(request.headers);
      const known = authenticator.recall(authorization);
      const access = known ?? (await authenticator.verify(authorization));
      authorize(access, needOf(request), controlReader);
      return true;
    } catch (error) {
      if (error instanceof Problem) return false;
      throw error;
    }
  };
}

function needOf(request: FastifyRequest): AccessNeed {
  const { schema, config } = request.routeOptions;
  const params = request.params as { readonly app_id?: string }; // whatever the route's path names
  return {
    scope: schema?.["x-scope"] ?? "organization",
    applicationName: params.app_id,
    isForReaders: config.forReaders ?? isReading.has(request.method),
  };
}
