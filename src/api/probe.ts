/** Trying an endpoint that rests at once (ours, not Svix's). */
import { Type, type Static } from "typebox";
import { auditOf, recorded } from "./audited.ts";
import { component } from "./component.ts";
import type { ApiServer } from "./context.ts";
import { enabledEndpointAt } from "./endpoint.ts";
import { endpointPath } from "./fields.ts";
import { assertNotPausedByHand, type HandPauseOptions } from "./hand-pause.ts";
import { type Answer, keptByControl, sendAnswer } from "./once.ts";
import { answer, conflictAnswer, operation, problemAnswers } from "./operation.ts";

const ProbeOut = component(
  "EndpointProbeOut",
  Type.Object({
    rested: Type.Boolean({
      description:
        "Whether it was paused or held. If it was paused, the delivery that is due next is tried, and a success ends the pause.",
    }),
  }),
);

export function probeRoute(server: ApiServer, context: HandPauseOptions): void {
  server.addSchema(ProbeOut.schema);
  server.route({
    method: "POST",
    url: "/api/v1/app/:app_id/endpoint/:endpoint_id/probe",
    schema: {
      ...operation(
        "v1.endpoint.probe",
        "Endpoint",
        "Try an endpoint that rests now",
        "application",
      ),
      params: endpointPath,
      response: {
        200: answer(ProbeOut, "It is tried if it rested"),
        409: conflictAnswer("It is disabled or paused by hand"),
        ...problemAnswers,
      },
    },
    config: { keptAnswer: keptByControl(context, keptAnswerOf) },
    handler: async (request, reply) => {
      const endpoint = enabledEndpointAt(context, request);
      assertNotPausedByHand(endpoint, context.nowMs());
      const { key } = endpoint;
      const out = { rested: await recorded(context, request, () => context.queues.probe(key)) };
      const { onceKey } = request;
      if (onceKey !== undefined) {
        await auditOf(context, request).once(onceKey).keep(JSON.stringify(out));
      }
      return sendAnswer(reply, answerOf(out));
    },
  });
}

function answerOf(out: Static<typeof ProbeOut.ref>): Answer {
  return { status: 200, body: out };
}

function keptAnswerOf(text: string): Answer {
  return answerOf(JSON.parse(text)); // kept by the handler
}
