import type { FastifyRequest } from "fastify";
import { Type, type Static } from "typebox";
import type { OnceKey } from "../control/facade.ts";
import { limits } from "../core/limits.ts";
import { recorded } from "./audited.ts";
import { component } from "./component.ts";
import { applicationOf, type ApiContext, type ApiServer } from "./context.ts";
import { enabledEndpointAt, endpointOf } from "./endpoint.ts";
import { resendPath } from "./fields.ts";
import { messageOf } from "./message.ts";
import { sendAnswer, type Answer } from "./once.ts";
import { answer, operation, problemAnswers, conflictAnswer } from "./operation.ts";
import { Problem } from "./problem.ts";

const EmptyResponse = component("EmptyResponse", Type.Object({}));

const taken: Answer = { status: 202, body: {} };

export interface ResendOptions extends ApiContext {
  readonly nowMs: () => number;
}

export function resendRoute(server: ApiServer, options: ResendOptions): void {
  const { intake } = options;
  server.addSchema(EmptyResponse.schema);
  server.route({
    method: "POST",
    url: "/api/v1/app/:app_id/msg/:msg_id/endpoint/:endpoint_id/resend",
    schema: {
      ...operation(
        "v1.message-attempt.resend",
        "Message Attempt",
        "Send a message to an endpoint again, once",
        "application",
      ),
      params: resendPath,
      response: {
        202: answer(EmptyResponse, "It is on disk that it will be sent, whatever else is planned"),
        ...problemAnswers,
        409: conflictAnswer("The endpoint is disabled, or the payload was erased"),
      },
    },
    config: { keptAnswer: (key, request) => takenBefore(options, key, request) },
    handler: async (request, reply) => {
      const application = applicationOf(options, request);
      const { key: endpoint } = enabledEndpointAt(options, request);
      const { address, payload } = await messageOf(options, application, request.params.msg_id);
      if (payload === undefined) throw erased(request.params.msg_id);
      const asker = request.onceKey?.hash;
      await recorded(options, request, () =>
        intake.resend([{ message: address, endpoint, trigger: "manual", asker }]),
      );
      return sendAnswer(reply, taken);
    },
  });
}

/** The resend itself says who asked for it. */
async function takenBefore(
  options: ResendOptions,
  { hash: asker }: OnceKey,
  { organization, params: given }: Pick<FastifyRequest, "organization" | "params">,
): Promise<Answer | undefined> {
  const params = given as Static<typeof resendPath>; // texts, by the route
  const application = applicationOf(options, { organization, params });
  const { key: endpoint } = endpointOf(options, application, params.endpoint_id);
  const { address: message } = await messageOf(options, application, params.msg_id);
  const sinceMs = options.nowMs() - limits.answersKeptMs;
  const asked = { message, endpoint, asker, sinceMs };
  return (await options.history.isResent(asked)) ? taken : undefined;
}

function erased(id: string): Problem {
  const got = `got ${JSON.stringify(id)}, whose payload was erased`;
  return new Problem("conflict", `Expected a message that can be sent, ${got}. Create a new one.`);
}
