/** What belongs to an operational endpoint: its headers, its secret, and what was sent to it. */
import { auditOf } from "./audited.ts";
import type { ApiContext, ApiServer } from "./context.ts";
import {
  EndpointHeadersIn,
  EndpointHeadersOut,
  headersOutOf,
  replaceHeaders,
} from "./endpoint-headers.ts";
import {
  EndpointSecretOut,
  EndpointSecretRotateIn,
  rotatedAnswer,
  rotateSecret,
} from "./endpoint-secret.ts";
import { operationalEndpointPath } from "./fields.ts";
import { AttemptList, endpointAttempts, EndpointAttemptsQuery } from "./message-attempt.ts";
import { operationalEndpointAt, operationalOperation } from "./operational-endpoint.ts";
import { keptByControl, sendAnswer, writerOf } from "./once.ts";
import { answer, bodyProblemAnswers, noContent, problemAnswers } from "./operation.ts";

const url = "/api/v1/operational-webhook/endpoint/:endpoint_id";

export function operationalEndpointPartsRoutes(server: ApiServer, context: ApiContext): void {
  headersRoutes(server, context);
  secretRoutes(server, context);
  attemptsRoute(server, context);
}

function headersRoutes(server: ApiServer, context: ApiContext): void {
  server.route({
    method: "GET",
    url: `${url}/headers`,
    schema: {
      ...operationalOperation("get-headers", "Get an operational endpoint's headers"),
      params: operationalEndpointPath,
      response: { 200: answer(EndpointHeadersOut, "The headers"), ...problemAnswers },
    },
    handler: async (request, reply) =>
      reply.send(headersOutOf(context, operationalEndpointAt(context, request))),
  });
  server.route({
    method: "PUT",
    url: `${url}/headers`,
    schema: {
      ...operationalOperation("update-headers", "Replace an operational endpoint's headers"),
      params: operationalEndpointPath,
      body: EndpointHeadersIn.ref,
      response: { 204: noContent("Replaced"), ...bodyProblemAnswers },
    },
    handler: async (request, reply) => {
      const endpoint = operationalEndpointAt(context, request);
      await replaceHeaders(auditOf(context, request), endpoint, request.body.headers);
      return reply.code(204).send(null);
    },
  });
}

function secretRoutes(server: ApiServer, context: ApiContext): void {
  server.route({
    method: "GET",
    url: `${url}/secret`,
    schema: {
      ...operationalOperation("get-secret", "Get an operational endpoint's signing secret"),
      params: operationalEndpointPath,
      response: { 200: answer(EndpointSecretOut, "The secret"), ...problemAnswers },
    },
    handler: async (request, reply) => {
      const { key } = operationalEndpointAt(context, request);
      await auditOf(context, request).record("told");
      return reply.send({ key: context.controlReader.endpointSecret(key) });
    },
  });
  server.route({
    method: "POST",
    url: `${url}/secret/rotate`,
    schema: {
      ...operationalOperation("rotate-secret", "Rotate an operational endpoint's signing secret"),
      params: operationalEndpointPath,
      body: EndpointSecretRotateIn.ref,
      response: { 204: noContent("Rotated"), ...bodyProblemAnswers },
    },
    config: { keptAnswer: keptByControl(context, () => rotatedAnswer) },
    handler: async (request, reply) => {
      const writer = writerOf(context, request);
      await rotateSecret(writer, operationalEndpointAt(context, request), request.body);
      return sendAnswer(reply, rotatedAnswer);
    },
  });
}

function attemptsRoute(server: ApiServer, context: ApiContext): void {
  server.route({
    method: "GET",
    url: `${url}/attempt`,
    schema: {
      ...operationalOperation("list-attempts", "List what was sent to an operational endpoint"),
      params: operationalEndpointPath,
      querystring: EndpointAttemptsQuery,
      response: { 200: answer(AttemptList, "A page, newest first"), ...problemAnswers },
    },
    handler: async (request, reply) => {
      const endpoint = operationalEndpointAt(context, request);
      return reply.send(await endpointAttempts(context, endpoint, request.query));
    },
  });
}
