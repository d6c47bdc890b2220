/**
 * Metrics for Prometheus, at `/metrics`. They are of all organisations, so no organisation's token shows them: the operator
 * gives whoever scrapes a token of its own.
 */
import { createHash, timingSafeEqual } from "node:crypto";
import type { FastifyInstance } from "fastify";
import { Problem } from "./problem.ts";

export interface MetricsAccess {
  /** Undefined: nobody is shown them. */
  readonly token: string | undefined;
  /** What there is to show now, in Prometheus's text format. */
  readonly text: () => string;
}

const contentType = "text/plain; version=0.0.4; charset=utf-8";

/** To be called in a scope whose routes need no organisation's token. */
export function metricsRoute(server: FastifyInstance, { token, text }: MetricsAccess): void {
  server.get("/metrics", { schema: { hide: true } }, async (request, reply) => {
    if (token === undefined) {
      const detail =
        "Expected metrics to be turned on: the operator of this server can by POSTHORN_METRICS_TOKEN.";
      throw new Problem("not_found", detail);
    }
    if (!isSame(request.headers.authorization, `Bearer ${token}`)) {
      const detail =
        "Expected the bearer token that POSTHORN_METRICS_TOKEN sets. Give it to whoever scrapes.";
      throw new Problem("authentication_failed", detail);
    }
    return reply.type(contentType).header("cache-control", "no-store").send(text());
  });
}

/** In a time that tells nothing of where they differ. */
function isSame(given: string | undefined, expected: string): boolean {
  return given !== undefined && timingSafeEqual(hashOf(given), hashOf(expected));
}

function hashOf(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
