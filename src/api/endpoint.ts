import { Type, type Static } from "typebox";
import type { Application, ControlPage, Endpoint } from "../control/facade.ts";
import { component } from "./component.ts";
import { applicationOf, type ApiContext, type ApiServer } from "./context.ts";
import { controlListingOf, controlPageQuery } from "./control-listing.ts";
import {
  applicationPath,
  endpointChannels,
  endpointPath,
  eventTypeFilter,
  instant,
  metadata,
  nullable,
  throttleRate,
  uid,
  url,
} from "./fields.ts";
import { listComponent } from "./listing.ts";
import { answer, bodyProblemAnswers, operation, problemAnswers } from "./operation.ts";
import { Problem } from "./problem.ts";

const EndpointIn = component(
  "EndpointIn",
  Type.Object({
    url,
    uid: Type.Optional(uid),
    description: Type.Optional(Type.String({ default: "" })),
    disabled: Type.Optional(Type.Boolean({ default: false })),
    eventTypes: Type.Optional(eventTypeFilter),
    channels: Type.Optional(endpointChannels),
    throttleRate: Type.Optional(throttleRate),
    metadata: Type.Optional(metadata),
    secret: Type.Optional(
      nullable(
        Type.String({
          format: "signing-secret",
          description:
            "`whsec_` (may be left out) and base64 of 24 to 64 bytes, or `whsk_` and base64 of an ed25519 key pair; null: one is made.",
        }),
      ),
    ),
  }),
);

/** What is told of an endpoint. */
export const endpointOutFields = {
  id: Type.String({ examples: ["ep_1srOrx2ZWZBpBUvZwXKQmoEYga2"] }),
  url,
  uid,
  description: Type.String(),
  disabled: Type.Boolean(),
  eventTypes: eventTypeFilter,
  channels: endpointChannels,
  throttleRate,
  metadata,
  createdAt: instant,
  updatedAt: instant,
};
const endpointOutSchema = Type.Object(endpointOutFields);
type EndpointOut = Static<typeof endpointOutSchema>;
const EndpointOut = component("EndpointOut", endpointOutSchema);
const EndpointList = listComponent("ListResponse_EndpointOut_", EndpointOut.ref);

const EndpointSecretOut = component(
  "EndpointSecretOut",
  Type.Object({
    key: Type.String({
      description: "What receivers verify with: `whsec_…`, or `whpk_…` of an ed25519 key pair.",
    }),
  }),
);

export function endpointRoutes(server: ApiServer, context: ApiContext): void {
  for (const { schema } of [EndpointIn, EndpointOut, EndpointList, EndpointSecretOut]) {
    server.addSchema(schema);
  }
  createRoute(server, context);
  listRoute(server, context);
  getRoute(server, context);
  getSecretRoute(server, context);
}

function createRoute(server: ApiServer, context: ApiContext): void {
  server.route({
    method: "POST",
    url: "/api/v1/app/:app_id/endpoint",
    schema: {
      ...operation("v1.endpoint.create", "Endpoint", "Create an endpoint"),
      params: applicationPath,
      body: EndpointIn.ref,
      response: { 201: answer(EndpointOut, "Created"), ...bodyProblemAnswers },
    },
    handler: async (request, reply) => {
      const { body } = request;
      const endpoint = await context.controlWriter.createEndpoint(
        applicationOf(context, request).key,
        {
          url: body.url,
          uid: body.uid ?? undefined,
          description: body.description ?? "",
          disabled: body.disabled ?? false,
          eventTypes: body.eventTypes ?? undefined,
          channels: body.channels ?? undefined,
          throttleRate: body.throttleRate ?? undefined,
          metadata: body.metadata ?? {},
          secret: body.secret ?? undefined,
        },
      );
      return reply.code(201).send(endpointOutOf(endpoint));
    },
  });
}

function listRoute(server: ApiServer, context: ApiContext): void {
  server.route({
    method: "GET",
    url: "/api/v1/app/:app_id/endpoint",
    schema: {
      ...operation("v1.endpoint.list", "Endpoint", "List an application's endpoints"),
      params: applicationPath,
      querystring: Type.Object(controlPageQuery("ep_[0-9A-Za-z]{27}")),
      response: { 200: answer(EndpointList, "A page"), ...problemAnswers },
    },
    handler: async (request, reply) => {
      const { key } = applicationOf(context, request);
      const read = (page: ControlPage): readonly EndpointOut[] =>
        context.controlReader.endpoints(key, page).map(endpointOutOf);
      return reply.send(controlListingOf(request.query, read, ({ id }) => id));
    },
  });
}

function getRoute(server: ApiServer, context: ApiContext): void {
  server.route({
    method: "GET",
    url: "/api/v1/app/:app_id/endpoint/:endpoint_id",
    schema: {
      ...operation("v1.endpoint.get", "Endpoint", "Get an endpoint"),
      params: endpointPath,
      response: { 200: answer(EndpointOut, "The endpoint"), ...problemAnswers },
    },
    handler: async (request, reply) => {
      const application = applicationOf(context, request);
      const endpoint = endpointOf(context, application, request.params.endpoint_id);
      return reply.send(endpointOutOf(endpoint));
    },
  });
}

function getSecretRoute(server: ApiServer, context: ApiContext): void {
  server.route({
    method: "GET",
    url: "/api/v1/app/:app_id/endpoint/:endpoint_id/secret",
    schema: {
      ...operation("v1.endpoint.get-secret", "Endpoint", "Get an endpoint's signing secret"),
      params: endpointPath,
      response: { 200: answer(EndpointSecretOut, "The secret"), ...problemAnswers },
    },
    handler: async (request, reply) => {
      const application = applicationOf(context, request);
      const endpoint = endpointOf(context, application, request.params.endpoint_id);
      return reply.send({ key: context.controlReader.endpointSecret(endpoint.key) });
    },
  });
}

/** An endpoint of the application, by id or uid; else the problem `not_found`. */
export function endpointOf(
  context: ApiContext,
  application: Application,
  idOrUid: string,
): Endpoint {
  const endpoint = context.controlReader.endpoint(application.key, idOrUid);
  if (endpoint === undefined) throw Problem.notFound("an endpoint", idOrUid);
  return endpoint;
}

export function endpointOutOf(endpoint: Endpoint): EndpointOut {
  return {
    id: endpoint.id,
    url: endpoint.url,
    uid: endpoint.uid ?? null,
    description: endpoint.description,
    disabled: endpoint.disabled,
    eventTypes: endpoint.eventTypes === undefined ? null : [...endpoint.eventTypes],
    channels: endpoint.channels === undefined ? null : [...endpoint.channels],
    throttleRate: endpoint.throttleRate ?? null,
    metadata: endpoint.metadata,
    createdAt: new Date(endpoint.createdAtMs).toISOString(),
    updatedAt: new Date(endpoint.updatedAtMs).toISOString(),
  };
}
