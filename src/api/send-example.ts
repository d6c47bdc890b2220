import { Type } from "typebox";
import type { StoredAnswer } from "../director/facade.ts";
import { newestExampleOf } from "../core/json-schema-example.ts";
import { recorded } from "./audited.ts";
import { component } from "./component.ts";
import { applicationOf, type ApiContext, type ApiServer } from "./context.ts";
import { enabledEndpointAt } from "./endpoint.ts";
import { endpointPath, eventTypeName } from "./fields.ts";
import { payloadDaysOf } from "./message-in.ts";
import { messageJson } from "./message-json.ts";
import { type Acceptance, answeredMessage, MessageOut, storedJson } from "./message.ts";
import { answer, bodyProblemAnswers, operation } from "./operation.ts";
import { type Answer, sendAnswer } from "./once.ts";
import { Problem } from "./problem.ts";

const EventExampleIn = component("EventExampleIn", Type.Object({ eventType: eventTypeName }));

export function sendExampleRoute(
  server: ApiServer,
  context: ApiContext,
  { answers }: Acceptance,
): void {
  server.addSchema(EventExampleIn.schema);
  server.route({
    method: "POST",
    url: "/api/v1/app/:app_id/endpoint/:endpoint_id/send-example",
    schema: {
      ...operation(
        "v1.endpoint.send-example",
        "Endpoint",
        "Send an example of an event type to an endpoint",
        "application",
      ),
      params: endpointPath,
      body: EventExampleIn.ref,
      response: {
        200: answer(MessageOut, "The message, which goes to this endpoint alone"),
        ...bodyProblemAnswers,
      },
    },
    config: { keptAnswer: answers.kept(sentAgain) },
    handler: async (request, reply) => {
      const application = applicationOf(context, request);
      const { key: endpoint } = enabledEndpointAt(context, request);
      const { eventType: name } = request.body;
      const eventType = context.controlReader.eventType(request.organization, name);
      if (eventType === undefined) throw Problem.notFound("an event type", name);
      const message = {
        application: application.key,
        eventType: name,
        eventId: undefined,
        channels: undefined,
        tags: undefined,
        payload: Buffer.from(JSON.stringify(newestExampleOf(eventType.schemas))),
        retentionDays: payloadDaysOf(application),
        recipients: [{ endpoint, skipped: false }],
      };
      const kept = answers.newAnswer(request, application.key, "");
      const address = await recorded(context, request, () => context.intake.accept(message, kept));
      const body = messageJson({ ...message, address }, message.payload);
      return sendAnswer(reply, { status: 200, body });
    },
  });
}

function sentAgain(stored: StoredAnswer): Answer {
  return { status: 200, body: storedJson(answeredMessage(stored), true) };
}
