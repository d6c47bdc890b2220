/** How many messages an endpoint was sent, waits for and did not get. */
import { Type } from "typebox";
import { limits } from "../core/limits.ts";
import { component } from "./component.ts";
import { countQuery, countQueryOf } from "./count-query.ts";
import { applicationOf, type ApiContext, type ApiServer } from "./context.ts";
import { endpointOf } from "./endpoint.ts";
import { endpointPath } from "./fields.ts";
import { answer, operation, problemAnswers } from "./operation.ts";
import { Problem } from "./problem.ts";

const EndpointStats = component(
  "EndpointStats",
  Type.Object({
    success: Type.Integer(),
    pending: Type.Integer({ description: "Never attempted, or waiting for their retry." }),
    sending: Type.Integer({ description: "Always 0: what is being sent is pending still." }),
    fail: Type.Integer({
      description: "Given up on, or the endpoint was disabled when they came.",
    }),
    canceled: Type.Integer({ description: "Always 0." }),
  }),
);

export function endpointStatsRoute(server: ApiServer, context: ApiContext): void {
  server.addSchema(EndpointStats.schema);
  server.route({
    method: "GET",
    url: "/api/v1/app/:app_id/endpoint/:endpoint_id/stats",
    schema: {
      ...operation(
        "v1.endpoint.get-stats",
        "Endpoint",
        "Count an endpoint's messages",
        "application",
      ),
      params: endpointPath,
      querystring: countQuery,
      response: { 200: answer(EndpointStats, "The counts"), ...problemAnswers },
    },
    handler: async (request, reply) => {
      const application = applicationOf(context, request);
      const { key } = endpointOf(context, application, request.params.endpoint_id);
      const counts = await context.history.countDeliveries(key, countQueryOf(request.query));
      if (counts === undefined) throw tooMany();
      return reply.send({
        success: counts.delivered,
        pending: counts.waiting,
        sending: 0,
        fail: counts.failed,
        canceled: 0,
      });
    },
  });
}

function tooMany(): Problem {
  const msg = `Expected a span with at most ${limits.countedDeliveriesMax} messages, got more. Narrow it with since and until.`;
  return Problem.wrongFields([{ loc: ["query", "since"], msg, type: "value_error" }]);
}
