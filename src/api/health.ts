import { Type } from "typebox";
import { answer, HttpErrorOut } from "./operation.ts";
import type { ApiContext, ApiServer } from "./context.ts";
import { Problem } from "./problem.ts";

const retryAfterSeconds = 5;

/** Both need no token: a load balancer has none. */
export function healthRoutes(server: ApiServer, context: Pick<ApiContext, "intake">): void {
  const empty = Type.Null({ description: "Yes" });

  server.route({
    method: "GET",
    url: "/api/v1/health",
    schema: {
      operationId: "v1.health.get",
      summary: "Whether the server runs",
      tags: ["Health"],
      response: { 204: empty },
    },
    handler: async (_request, reply) => reply.code(204).send(null),
  });

  server.route({
    method: "GET",
    url: "/api/v1/health/ping",
    schema: {
      operationId: "v1.health.ping",
      summary: "Whether the server accepts messages now",
      tags: ["Health"],
      response: {
        204: empty,
        503: answer(HttpErrorOut, "No: it starts or stops, or its disk is full"),
      },
    },
    handler: async (_request, reply) => {
      if (context.intake.accepting()) return reply.code(204).send(null);
      throw new Problem(
        "unavailable",
        `Expected to accept messages, but can't now. Try again in ${retryAfterSeconds} seconds.`,
        { retryAfterSeconds },
      );
    },
  });
}
