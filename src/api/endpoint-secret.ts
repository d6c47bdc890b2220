/** What an endpoint's messages are signed with. */
import { Type, type Static } from "typebox";
import type { AskedWrites } from "../control/facade.ts";
import type { Endpoint } from "../control/entities.ts";
import { limits } from "../core/limits.ts";
import { auditOf } from "./audited.ts";
import { component } from "./component.ts";
import type { ApiContext, ApiServer } from "./context.ts";
import { endpointAt } from "./endpoint.ts";
import { endpointPath, nullable, signingSecret } from "./fields.ts";
import { keptByControl, sendAnswer, writerOf, type Answer } from "./once.ts";
import { answer, bodyProblemAnswers, noContent, operation, problemAnswers } from "./operation.ts";
import { Problem } from "./problem.ts";

export const EndpointSecretOut = component(
  "EndpointSecretOut",
  Type.Object({
    key: Type.String({
      description: "What receivers verify with: `whsec_…`, or `whpk_…` of an ed25519 key pair.",
    }),
  }),
);

const secretRotateInSchema = Type.Object({
  key: Type.Optional(signingSecret),
  gracePeriodSeconds: Type.Optional(
    nullable(
      Type.Integer({
        minimum: 0,
        maximum: limits.secretOverlapSecondsMax,
        default: limits.secretOverlapSecondsDefault,
        description: "How long the secret before goes on signing, beside the new one.",
      }),
    ),
  ),
});
export const EndpointSecretRotateIn = component("EndpointSecretRotateIn", secretRotateInSchema);

export const rotatedAnswer: Answer = { status: 204, body: null };

export function endpointSecretRoutes(server: ApiServer, context: ApiContext): void {
  for (const { schema } of [EndpointSecretOut, EndpointSecretRotateIn]) server.addSchema(schema);
  getSecretRoute(server, context);
  rotateRoute(server, context);
}

function getSecretRoute(server: ApiServer, context: ApiContext): void {
  server.route({
    method: "GET",
    url: "/api/v1/app/:app_id/endpoint/:endpoint_id/secret",
    schema: {
      ...operation(
        "v1.endpoint.get-secret",
        "Endpoint",
        "Get an endpoint's signing secret",
        "application",
      ),
      params: endpointPath,
      response: { 200: answer(EndpointSecretOut, "The secret"), ...problemAnswers },
    },
    // Whoever has it can sign in the server's name.
    config: { forReaders: false },
    handler: async (request, reply) => {
      const { key } = endpointAt(context, request);
      await auditOf(context, request).record("told");
      return reply.send({ key: context.controlReader.endpointSecret(key) });
    },
  });
}

function rotateRoute(server: ApiServer, context: ApiContext): void {
  server.route({
    method: "POST",
    url: "/api/v1/app/:app_id/endpoint/:endpoint_id/secret/rotate",
    schema: {
      ...operation(
        "v1.endpoint.rotate-secret",
        "Endpoint",
        "Rotate an endpoint's signing secret",
        "application",
      ),
      params: endpointPath,
      body: EndpointSecretRotateIn.ref,
      response: { 204: noContent("Rotated"), ...bodyProblemAnswers },
    },
    config: { keptAnswer: keptByControl(context, () => rotatedAnswer) },
    handler: async (request, reply) => {
      const writer = writerOf(context, request);
      await rotateSecret(writer, endpointAt(context, request), request.body);
      return sendAnswer(reply, rotatedAnswer);
    },
  });
}

/** Gives an endpoint its next signing secret; else the problem `not_found`. */
export async function rotateSecret(
  writer: Pick<AskedWrites, "rotateSecret">,
  endpoint: Endpoint,
  { key, gracePeriodSeconds }: Static<typeof secretRotateInSchema>,
): Promise<void> {
  const overlapSeconds = gracePeriodSeconds ?? limits.secretOverlapSecondsDefault;
  const rotated = await writer.rotateSecret(endpoint.key, {
    secret: key ?? undefined,
    overlapMs: overlapSeconds * 1000,
  });
  if (!rotated) throw Problem.notFound("an endpoint", endpoint.id);
}
