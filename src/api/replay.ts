/** Sending an endpoint's messages again, in the paths and shapes that Svix's hosted API has for it. */
import { Type } from "typebox";
import type { NewTask } from "../control/entities.ts";
import type { EndpointKey } from "../core/ids.ts";
import { component } from "./component.ts";
import type { ApiContext, ApiServer } from "./context.ts";
import { enabledEndpointAt } from "./endpoint.ts";
import { endpointPath } from "./fields.ts";
import { keptByControl, sendAnswer, writerOf } from "./once.ts";
import { answer, bodyProblemAnswers, operation } from "./operation.ts";
import { replayFilterFields, taskFilterOf } from "./replay-filter.ts";
import {
  scopeOf,
  startedAnswer,
  taskOutlineFields,
  taskSpanFields,
  taskSpanOf,
} from "./task-start.ts";

const ReplayIn = component("ReplayIn", Type.Object(taskSpanFields));
const BulkReplayIn = component(
  "BulkReplayIn",
  Type.Object({
    ...taskSpanFields,
    ...replayFilterFields,
    statusCodeClass: Type.Optional(
      Type.Null({ description: "Not there yet: refused rather than ignored." }),
    ),
  }),
);
const ReplayOut = component(
  "ReplayOut",
  Type.Object(taskOutlineFields(["endpoint.replay", "endpoint.bulk-replay"])),
);

export interface ReplayOptions extends ApiContext {
  readonly nowMs: () => number;
}

const begun = answer(ReplayOut, "Begun: it goes on in the background, also after a restart");

export function replayRoutes(server: ApiServer, options: ReplayOptions): void {
  for (const { schema } of [ReplayIn, BulkReplayIn, ReplayOut]) server.addSchema(schema);
  replayMissingRoute(server, options);
  bulkReplayRoute(server, options);
}

function replayMissingRoute(server: ApiServer, options: ReplayOptions): void {
  server.route({
    method: "POST",
    url: "/api/v1/app/:app_id/endpoint/:endpoint_id/replay-missing",
    schema: {
      ...operation(
        "v1.endpoint.replay-missing",
        "Endpoint",
        "Send what the endpoint asks for and was never sent",
        "application",
      ),
      params: endpointPath,
      body: ReplayIn.ref,
      response: { 202: begun, ...bodyProblemAnswers },
    },
    config: { keptAnswer: keptByControl(options, startedAnswer) },
    handler: async (request, reply) => {
      const endpoint = enabledEndpointAt(options, request);
      const span = taskSpanOf(request.body, options.nowMs());
      const task = { type: "endpoint.replay", ...span, filter: {}, total: undefined } as const;
      return sendAnswer(
        reply,
        startedAnswer(await writerOf(options, request).startTask(scopeOf(endpoint), task)),
      );
    },
  });
}

function bulkReplayRoute(server: ApiServer, options: ReplayOptions): void {
  server.route({
    method: "POST",
    url: "/api/v1/app/:app_id/endpoint/:endpoint_id/bulk-replay",
    schema: {
      ...operation(
        "v1.endpoint.bulk-replay",
        "Endpoint",
        "Send again what was delivered or has failed, by a filter",
        "application",
      ),
      params: endpointPath,
      body: BulkReplayIn.ref,
      response: { 202: begun, ...bodyProblemAnswers },
    },
    config: { keptAnswer: keptByControl(options, startedAnswer) },
    handler: async (request, reply) => {
      const endpoint = enabledEndpointAt(options, request);
      const { body } = request;
      const filter = taskFilterOf(body);
      const of = { ...taskSpanOf(body, options.nowMs()), filter };
      const total = await totalOf(options, endpoint.key, of);
      const task = { type: "endpoint.bulk-replay", ...of, total } as const;
      return sendAnswer(
        reply,
        startedAnswer(await writerOf(options, request).startTask(scopeOf(endpoint), task)),
      );
    },
  });
}

/** Undefined: too many to count. */
async function totalOf(
  { history }: ApiContext,
  endpoint: EndpointKey,
  { sinceMs, untilMs, filter }: Pick<NewTask, "sinceMs" | "untilMs" | "filter">,
): Promise<number | undefined> {
  const { eventTypes, channel: ofChannel, tag: withTag, state } = filter;
  const counts = await history.countDeliveries(endpoint, {
    sinceMs,
    untilMs,
    eventTypes,
    channel: ofChannel,
    tag: withTag,
  });
  if (counts === undefined) return undefined;
  return state === undefined ? counts.delivered + counts.failed : counts[state];
}
