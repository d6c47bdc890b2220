/** Giving up what waits for an endpoint (ours, not Svix's). */
import { Type, type Static } from "typebox";
import { limits } from "../core/limits.ts";
import { auditOf, recorded } from "./audited.ts";
import { component } from "./component.ts";
import type { ApiContext, ApiServer } from "./context.ts";
import { endpointAt } from "./endpoint.ts";
import { endpointPath } from "./fields.ts";
import { type Answer, keptByControl, sendAnswer } from "./once.ts";
import { answer, operation, problemAnswers } from "./operation.ts";

const CancelQueueOut = component(
  "EndpointQueueCancelOut",
  Type.Object({
    cancelled: Type.Integer({ description: "Deliveries that waited and are given up." }),
    done: Type.Boolean({
      description:
        "False: more may wait, or what was being sent has no outcome yet, so ask once more.",
    }),
  }),
);

export function cancelQueueRoute(server: ApiServer, context: ApiContext): void {
  server.addSchema(CancelQueueOut.schema);
  server.route({
    method: "POST",
    url: "/api/v1/app/:app_id/endpoint/:endpoint_id/queue/cancel",
    schema: {
      ...operation(
        "v1.endpoint.cancel-queue",
        "Endpoint",
        "Give up what waits for an endpoint",
        "application",
      ),
      params: endpointPath,
      response: { 200: answer(CancelQueueOut, "What was given up"), ...problemAnswers },
    },
    config: { keptAnswer: keptByControl(context, keptAnswerOf) },
    handler: async (request, reply) => {
      const { key } = endpointAt(context, request);
      const { cancelled, ending } = await recorded(context, request, () =>
        context.queues.cancel(key),
      );
      const out = { cancelled, done: cancelled < limits.cancelledTogetherMax && ending === 0 };
      const { onceKey } = request;
      if (onceKey !== undefined) {
        await auditOf(context, request).once(onceKey).keep(JSON.stringify(out));
      }
      return sendAnswer(reply, answerOf(out));
    },
  });
}

function answerOf(out: Static<typeof CancelQueueOut.ref>): Answer {
  return { status: 200, body: out };
}

function keptAnswerOf(text: string): Answer {
  return answerOf(JSON.parse(text)); // kept by the handler
}
