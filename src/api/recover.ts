import { Type } from "typebox";
import { component } from "./component.ts";
import type { ApiContext, ApiServer } from "./context.ts";
import { enabledEndpointAt } from "./endpoint.ts";
import { endpointPath } from "./fields.ts";
import { keptByControl, sendAnswer, writerOf } from "./once.ts";
import { answer, bodyProblemAnswers, operation } from "./operation.ts";
import {
  scopeOf,
  startedAnswer,
  taskOutlineFields,
  taskSpanFields,
  taskSpanOf,
} from "./task-start.ts";

const RecoverIn = component("RecoverIn", Type.Object(taskSpanFields));
const RecoverOut = component("RecoverOut", Type.Object(taskOutlineFields(["endpoint.recover"])));

export interface RecoverOptions extends ApiContext {
  readonly nowMs: () => number;
}

export function recoverRoute(server: ApiServer, options: RecoverOptions): void {
  for (const { schema } of [RecoverIn, RecoverOut]) server.addSchema(schema);
  server.route({
    method: "POST",
    url: "/api/v1/app/:app_id/endpoint/:endpoint_id/recover",
    schema: {
      ...operation(
        "v1.endpoint.recover",
        "Endpoint",
        "Send again what has failed or was skipped",
        "application",
      ),
      params: endpointPath,
      body: RecoverIn.ref,
      response: {
        202: answer(RecoverOut, "Begun: it goes on in the background, also after a restart"),
        ...bodyProblemAnswers,
      },
    },
    config: { keptAnswer: keptByControl(options, startedAnswer) },
    handler: async (request, reply) => {
      const endpoint = enabledEndpointAt(options, request);
      const span = taskSpanOf(request.body, options.nowMs());
      const everything = { eventTypes: undefined, channel: undefined, tag: undefined };
      const counts = await options.history.countDeliveries(endpoint.key, {
        ...span,
        ...everything,
      });
      const type = "endpoint.recover";
      const task = { type, ...span, filter: {}, total: counts?.failed } as const;
      return sendAnswer(
        reply,
        startedAnswer(await writerOf(options, request).startTask(scopeOf(endpoint), task)),
      );
    },
  });
}
