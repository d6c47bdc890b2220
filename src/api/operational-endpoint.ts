/**
 * Where the operator registers who is told of endpoints and deliveries: the operational webhooks of Svix's hosted API. They
 * are the endpoints of an application that the organisation has for this alone and that nothing else shows, so all that is
 * true of endpoints is true of these.
 */
import { Type, type Static } from "typebox";
import type { Application, Endpoint } from "../control/entities.ts";
import { operationalEventTypes, type OperationalEvent } from "../core/operational-event.ts";
import { auditOf } from "./audited.ts";
import { component } from "./component.ts";
import type { ApiContext, ApiServer } from "./context.ts";
import { controlPageQuery } from "./control-listing.ts";
import {
  endpointInFields,
  endpointListing,
  endpointOf,
  endpointOutFields,
  endpointOutOf,
  endpointUpdateFields,
  newEndpointOf,
  replacementOf,
} from "./endpoint.ts";
import { nullable, operationalEndpointPath } from "./fields.ts";
import { listComponent, type Listing } from "./listing.ts";
import { keptByControl, sendAnswer, writerOf, type Answer } from "./once.ts";
import {
  answer,
  bodyProblemAnswers,
  type Description,
  noContent,
  operation,
  problemAnswers,
} from "./operation.ts";
import { Problem } from "./problem.ts";

const url = "/api/v1/operational-webhook/endpoint";

const eventType = Type.Unsafe<OperationalEvent["type"]>({
  type: "string",
  enum: [...operationalEventTypes],
});
const eventTypes = nullable(
  Type.Array(eventType, {
    minItems: 1,
    uniqueItems: true,
    description: "Only events of these; null for all.",
  }),
);

const { channels: _, eventTypes: __, ...updateFields } = endpointUpdateFields;
const upsertFields = { ...updateFields, eventTypes: Type.Optional(eventTypes) };
const EndpointUpsertIn = component("OperationalWebhookEndpointUpsertIn", Type.Object(upsertFields));
const EndpointIn = component(
  "OperationalWebhookEndpointIn",
  Type.Object({ ...upsertFields, ...endpointInFields }),
);

const { channels: ___, ...outFields } = endpointOutFields;
const endpointOutSchema = Type.Object(outFields);
type EndpointOut = Static<typeof endpointOutSchema>;
const EndpointOut = component("OperationalWebhookEndpointOut", endpointOutSchema);
const EndpointList = listComponent("ListResponse_OperationalWebhookEndpointOut_", EndpointOut.ref);

export function operationalEndpointRoutes(server: ApiServer, context: ApiContext): void {
  for (const { schema } of [EndpointUpsertIn, EndpointIn, EndpointOut, EndpointList]) {
    server.addSchema(schema);
  }
  createRoute(server, context);
  listRoute(server, context);
  getRoute(server, context);
  putRoute(server, context);
  deleteRoute(server, context);
}

function createRoute(server: ApiServer, context: ApiContext): void {
  server.route({
    method: "POST",
    url,
    schema: {
      ...operationalOperation("create", "Create an operational endpoint"),
      body: EndpointIn.ref,
      response: { 201: answer(EndpointOut, "Created"), ...bodyProblemAnswers },
    },
    config: { keptAnswer: keptByControl(context, createdAnswer) },
    handler: async (request, reply) => {
      const audit = auditOf(context, request);
      const input = newEndpointOf(request.body);
      const { key } = await audit.putOperationalApplication(request.organization);
      const endpoint = await writerOf(context, request).createEndpoint(key, input);
      return sendAnswer(reply, createdAnswer(endpoint));
    },
  });
}

function createdAnswer(endpoint: Endpoint): Answer {
  return { status: 201, body: operationalOutOf(endpoint) };
}

function listRoute(server: ApiServer, context: ApiContext): void {
  server.route({
    method: "GET",
    url,
    schema: {
      ...operationalOperation("list", "List operational endpoints"),
      querystring: Type.Object(controlPageQuery("ep_[0-9A-Za-z]{27}")),
      response: { 200: answer(EndpointList, "A page"), ...problemAnswers },
    },
    handler: async (request, reply) => {
      const application = operationalApplicationOf(context, request);
      if (application === undefined) return reply.send(none);
      const { data, ...ends } = endpointListing(context, application, request.query);
      return reply.send({ data: data.map(withoutChannels), ...ends });
    },
  });
}

function getRoute(server: ApiServer, context: ApiContext): void {
  server.route({
    method: "GET",
    url: `${url}/:endpoint_id`,
    schema: {
      ...operationalOperation("get", "Get an operational endpoint"),
      params: operationalEndpointPath,
      response: { 200: answer(EndpointOut, "The endpoint"), ...problemAnswers },
    },
    handler: async (request, reply) =>
      reply.send(operationalOutOf(operationalEndpointAt(context, request))),
  });
}

function putRoute(server: ApiServer, context: ApiContext): void {
  server.route({
    method: "PUT",
    url: `${url}/:endpoint_id`,
    schema: {
      ...operationalOperation("update", "Replace or create an operational endpoint"),
      params: operationalEndpointPath,
      body: EndpointUpsertIn.ref,
      response: {
        200: answer(EndpointOut, "Replaced, but for its secret and headers"),
        201: answer(EndpointOut, "Created: no operational endpoint had this uid"),
        ...bodyProblemAnswers,
      },
    },
    handler: async (request, reply) => {
      const audit = auditOf(context, request);
      const { endpoint_id: name } = request.params;
      const { key } = await audit.putOperationalApplication(request.organization);
      const put = await audit.putEndpoint(key, name, replacementOf(request.body));
      if (put === undefined) throw Problem.notFound("an operational endpoint", name);
      return reply.code(put.created ? 201 : 200).send(operationalOutOf(put.endpoint));
    },
  });
}

function deleteRoute(server: ApiServer, context: ApiContext): void {
  server.route({
    method: "DELETE",
    url: `${url}/:endpoint_id`,
    schema: {
      ...operationalOperation("delete", "Delete an operational endpoint"),
      params: operationalEndpointPath,
      response: { 204: noContent("Deleted: what waited for it is given up"), ...problemAnswers },
    },
    handler: async (request, reply) => {
      await auditOf(context, request).deleteEndpoint(operationalEndpointAt(context, request).key);
      return reply.code(204).send(null);
    },
  });
}

/** @param name the last part of Svix's operation id */
export function operationalOperation(name: string, summary: string): Description {
  const id = `v1.operational-webhook.endpoint.${name}`;
  return operation(id, "Operational Webhook", summary, "organization");
}

function operationalOutOf(endpoint: Endpoint): EndpointOut {
  return withoutChannels(endpointOutOf(endpoint));
}

/** What is told here is of no channel. */
function withoutChannels(endpoint: ReturnType<typeof endpointOutOf>): EndpointOut {
  const { channels: _, ...rest } = endpoint;
  return rest;
}

/** The operational endpoint in a request's path; else the problem `not_found`. */
export function operationalEndpointAt(
  context: ApiContext,
  request: { readonly organization: string; readonly params: { readonly endpoint_id: string } },
): Endpoint {
  const { endpoint_id: name } = request.params;
  const application = operationalApplicationOf(context, request);
  if (application === undefined) throw Problem.notFound("an operational endpoint", name);
  return endpointOf(context, application, name);
}

/** Undefined: the organisation has never had an operational endpoint. */
function operationalApplicationOf(
  context: ApiContext,
  { organization }: { readonly organization: string },
): Application | undefined {
  return context.controlReader.operationalApplication(organization);
}

const none: Listing<never> = { data: [], iterator: null, prevIterator: null, done: true };
