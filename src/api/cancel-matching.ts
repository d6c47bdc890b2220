/** Giving up what waits for an endpoint by a filter, and how much that would be (ours, not Svix's). */
import { Type } from "typebox";
import { component } from "./component.ts";
import type { ApiContext, ApiServer } from "./context.ts";
import { countQuery, countQueryOf } from "./count-query.ts";
import { endpointAt } from "./endpoint.ts";
import { endpointPath, instant, nullable } from "./fields.ts";
import { keptByControl, sendAnswer, writerOf } from "./once.ts";
import { answer, bodyProblemAnswers, operation, problemAnswers } from "./operation.ts";
import { messageFilterFields, taskFilterOf } from "./replay-filter.ts";
import {
  scopeOf,
  startedAnswer,
  taskOutlineFields,
  taskSpanFields,
  taskSpanOf,
} from "./task-start.ts";

const CancelMatchingIn = component(
  "EndpointQueueCancelMatchingIn",
  Type.Object(
    {
      ...taskSpanFields,
      since: Type.Optional(
        nullable({
          ...instant,
          description: "Of messages made at or after this; all, if left out.",
        }),
      ),
      ...messageFilterFields,
    },
    // Whoever misspells a filter would give up everything.
    { additionalProperties: false },
  ),
);
const CancelMatchingOut = component(
  "EndpointQueueCancelMatchingOut",
  Type.Object(taskOutlineFields(["endpoint.bulk-replay"])),
);
const CountOut = component(
  "EndpointQueueCountOut",
  Type.Object({
    messages: nullable(
      Type.Integer({
        description:
          "Messages of which something waits for the endpoint: a first attempt, a retry or a resend; null: too many to count.",
      }),
    ),
  }),
);

export interface CancelMatchingOptions extends ApiContext {
  readonly nowMs: () => number;
}

export function cancelMatchingRoutes(server: ApiServer, options: CancelMatchingOptions): void {
  for (const { schema } of [CancelMatchingIn, CancelMatchingOut, CountOut])
    server.addSchema(schema);
  countRoute(server, options);
  cancelRoute(server, options);
}

function countRoute(server: ApiServer, context: ApiContext): void {
  server.route({
    method: "GET",
    url: "/api/v1/app/:app_id/endpoint/:endpoint_id/queue/count",
    schema: {
      ...operation(
        "v1.endpoint.count-queue",
        "Endpoint",
        "Count what waits for an endpoint, by a filter",
        "application",
      ),
      params: endpointPath,
      querystring: countQuery,
      response: { 200: answer(CountOut, "As many as would be given up now"), ...problemAnswers },
    },
    handler: async (request, reply) => {
      const { key } = endpointAt(context, request);
      const messages = await context.history.countWaiting(key, countQueryOf(request.query));
      return reply.send({ messages: messages ?? null });
    },
  });
}

function cancelRoute(server: ApiServer, options: CancelMatchingOptions): void {
  server.route({
    method: "POST",
    url: "/api/v1/app/:app_id/endpoint/:endpoint_id/queue/cancel-matching",
    schema: {
      ...operation(
        "v1.endpoint.cancel-matching",
        "Endpoint",
        "Give up what waits for an endpoint, by a filter",
        "application",
      ),
      params: endpointPath,
      body: CancelMatchingIn.ref,
      response: {
        202: answer(CancelMatchingOut, "Begun: it goes on in the background, also after a restart"),
        ...bodyProblemAnswers,
      },
    },
    config: { keptAnswer: keptByControl(options, startedAnswer) },
    handler: async (request, reply) => {
      const endpoint = endpointAt(options, request);
      const { body } = request;
      const filter = taskFilterOf(body);
      const span = taskSpanOf({ ...body, since: body.since ?? theBeginning }, options.nowMs());
      const { eventTypes, channel, tag } = filter;
      const query = { ...span, eventTypes, channel, tag };
      const total = await options.history.countWaiting(endpoint.key, query);
      const task = { type: "endpoint.cancel", ...span, filter, total } as const;
      return sendAnswer(
        reply,
        startedAnswer(await writerOf(options, request).startTask(scopeOf(endpoint), task)),
      );
    },
  });
}

const theBeginning = new Date(0).toISOString();
