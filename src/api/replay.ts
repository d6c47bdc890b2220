/** Sending an endpoint's messages again, in the paths and shapes that Svix's hosted API has for it. */
import { Type } from "typebox";
import type { NewTask } from "../control/entities.ts";
import type { TaskFilter } from "../core/background-task.ts";
import type { EndpointKey } from "../core/ids.ts";
import { component } from "./component.ts";
import type { ApiContext, ApiServer } from "./context.ts";
import { deliveryStateOfStatus } from "./delivery-status.ts";
import { enabledEndpointAt } from "./endpoint.ts";
import { channel, endpointPath, eventTypeFilter, nullable, tag } from "./fields.ts";
import { keptByControl, sendAnswer, writerOf } from "./once.ts";
import { answer, bodyProblemAnswers, operation } from "./operation.ts";
import { startedAnswer, taskOutlineFields, taskSpanFields, taskSpanOf } from "./task-start.ts";

const ReplayIn = component("ReplayIn", Type.Object(taskSpanFields));
const BulkReplayIn = component(
  "BulkReplayIn",
  Type.Object({
    ...taskSpanFields,
    eventTypes: Type.Optional(eventTypeFilter),
    channel: Type.Optional(nullable({ ...channel, description: "Only messages of it." })),
    tag: Type.Optional(nullable({ ...tag, description: "Only messages with it." })),
    status: Type.Optional(
      Type.Unsafe<0 | 2 | null>({
        type: ["integer", "null"],
        enum: [0, 2, null],
        description:
          "Success = 0, fail = 2; null for both. What is pending is on its way, and left out.",
      }),
    ),
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
      const { key } = enabledEndpointAt(options, request);
      const span = taskSpanOf(request.body, options.nowMs());
      const task = { type: "endpoint.replay", ...span, filter: {}, total: undefined } as const;
      return sendAnswer(
        reply,
        startedAnswer(await writerOf(options, request).startTask(key, task)),
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
      const { key } = enabledEndpointAt(options, request);
      const { body } = request;
      const state =
        typeof body.status === "number" ? deliveryStateOfStatus(body.status) : undefined;
      const filter: TaskFilter = {
        ...(body.eventTypes && { eventTypes: body.eventTypes }),
        ...(body.channel && { channel: body.channel }),
        ...(body.tag && { tag: body.tag }),
        ...(state !== undefined && state !== "waiting" && { state }),
      };
      const of = { ...taskSpanOf(body, options.nowMs()), filter };
      const total = await totalOf(options, key, of);
      const task = { type: "endpoint.bulk-replay", ...of, total } as const;
      return sendAnswer(
        reply,
        startedAnswer(await writerOf(options, request).startTask(key, task)),
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
