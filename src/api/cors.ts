/**
 * Cross-origin requests of browsers (WHATWG Fetch, section 3.2), for pages of origins that the operator names. They come
 * with a token of their own: no origin may use this server's cookie, nor send the header that the dashboard's session asks for.
 */
import type { FastifyInstance } from "fastify";
import { limits } from "../core/limits.ts";

const preflightHeaders = {
  "access-control-allow-methods": "GET, POST, PUT, PATCH, DELETE",
  // Those of the API, and those that the Svix clients add.
  "access-control-allow-headers":
    "authorization, content-type, idempotency-key, traceparent, svix-req-id, svix-retry-count",
  "access-control-max-age": String(limits.corsMaxAgeSeconds),
};

/** From here on pages of these origins may use what is below `/api/`. To others nothing is said, so browsers refuse them. */
export function answerOrigins(server: FastifyInstance, origins: ReadonlySet<string>): void {
  if (origins.size === 0) return;
  server.addHook("onRequest", async ({ method, url, headers }, reply) => {
    if (!url.startsWith("/api/")) return undefined;
    reply.header("vary", "origin");
    const { origin } = headers;
    if (origin === undefined || !origins.has(origin)) return undefined;
    reply.headers({
      "access-control-allow-origin": origin,
      "access-control-expose-headers": "retry-after",
    });
    const isPreflight =
      method === "OPTIONS" && headers["access-control-request-method"] !== undefined;
    return isPreflight ? reply.code(204).headers(preflightHeaders).send() : undefined;
  });
}
