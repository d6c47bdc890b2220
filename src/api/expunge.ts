/** Erasing what a message or an answer said, because somebody should not have said it. */
import { parseAttemptId } from "../core/ids.ts";
import { recorded } from "./audited.ts";
import { applicationOf, type ApiContext, type ApiServer } from "./context.ts";
import { attemptPath, messagePath } from "./fields.ts";
import { messageOf } from "./message.ts";
import { noContent, operation, problemAnswers } from "./operation.ts";
import { Problem } from "./problem.ts";

export function expungeRoutes(server: ApiServer, context: ApiContext): void {
  expungeMessageRoute(server, context);
  expungeAttemptRoute(server, context);
}

function expungeMessageRoute(server: ApiServer, context: ApiContext): void {
  server.route({
    method: "DELETE",
    url: "/api/v1/app/:app_id/msg/:msg_id/content",
    schema: {
      ...operation(
        "v1.message.expunge-content",
        "Message",
        "Erase a message's payload",
        "organization",
      ),
      params: messagePath,
      response: {
        204: noContent("Erased from the disk; what waited to be sent of it is cancelled"),
        ...problemAnswers,
      },
    },
    handler: async (request, reply) => {
      const application = applicationOf(context, request);
      const { address } = await messageOf(context, application, request.params.msg_id);
      await recorded(context, request, () => context.intake.erasePayload(address));
      return reply.code(204).send(null);
    },
  });
}

function expungeAttemptRoute(server: ApiServer, context: ApiContext): void {
  server.route({
    method: "DELETE",
    url: "/api/v1/app/:app_id/msg/:msg_id/attempt/:attempt_id/content",
    schema: {
      ...operation(
        "v1.message-attempt.expunge-content",
        "Message Attempt",
        "Erase what an endpoint answered",
        "organization",
      ),
      params: attemptPath,
      response: { 204: noContent("Erased from the disk"), ...problemAnswers },
    },
    handler: async (request, reply) => {
      const { msg_id: messageId, attempt_id: id } = request.params;
      const application = applicationOf(context, request);
      const { address: message } = await messageOf(context, application, messageId);
      const address = parseAttemptId(id);
      const attempt = address && (await context.history.attempt(message, address));
      if (attempt === undefined) throw Problem.notFound("an attempt", id);
      await recorded(context, request, () => context.intake.eraseResponse(attempt.address));
      return reply.code(204).send(null);
    },
  });
}
