import { Type, type Static } from "typebox";
import type { ControlPage } from "../control/facade.ts";
import type {
  Application,
  Endpoint,
  EndpointReplacement,
  NewEndpoint,
} from "../control/entities.ts";
import { auditOf } from "./audited.ts";
import { component } from "./component.ts";
import { applicationOf, type ApiContext, type ApiServer } from "./context.ts";
import { controlListingOf, controlPageQuery, type ControlQuery } from "./control-listing.ts";
import { checkedHeaders, customHeadersOrNull } from "./custom-headers.ts";
import {
  credentialInFields,
  credentialOutFields,
  credentialsOf,
  credentialsOutOf,
} from "./endpoint-credentials.ts";
import {
  applicationPath,
  endpointChannels,
  endpointPath,
  eventTypeFilter,
  instant,
  metadata,
  ordered,
  patchMetadata,
  signingSecret,
  throttleRate,
  uid,
  url,
} from "./fields.ts";
import { listComponent, type Listing } from "./listing.ts";
import { keptByControl, sendAnswer, writerOf, type Answer } from "./once.ts";
import { answer, bodyProblemAnswers, noContent, operation, problemAnswers } from "./operation.ts";
import { patchOf } from "./patch-of.ts";
import { Problem } from "./problem.ts";

/** What replacing an endpoint gives. */
export const endpointUpdateFields = {
  url,
  uid: Type.Optional(uid),
  description: Type.Optional(Type.String({ default: "" })),
  disabled: Type.Optional(Type.Boolean({ default: false })),
  eventTypes: Type.Optional(eventTypeFilter),
  channels: Type.Optional(endpointChannels),
  throttleRate: Type.Optional(throttleRate),
  ordered: Type.Optional({ ...ordered, default: false }),
  metadata: Type.Optional(metadata),
  ...credentialInFields,
};
const endpointUpdateSchema = Type.Object(endpointUpdateFields);
type EndpointUpdate = Static<typeof endpointUpdateSchema>;
const EndpointUpdate = component("EndpointUpdate", endpointUpdateSchema);

/** What creating one gives besides. */
export const endpointInFields = {
  secret: Type.Optional(signingSecret),
  headers: Type.Optional(customHeadersOrNull),
};
const endpointInSchema = Type.Object({ ...endpointUpdateFields, ...endpointInFields });
type EndpointIn = Static<typeof endpointInSchema>;
const EndpointIn = component("EndpointIn", endpointInSchema);

const EndpointPatch = component(
  "EndpointPatch",
  Type.Object({
    url: Type.Optional(url),
    uid: Type.Optional(uid),
    description: Type.Optional(Type.String()),
    disabled: Type.Optional(Type.Boolean()),
    eventTypes: Type.Optional(eventTypeFilter),
    channels: Type.Optional(endpointChannels),
    throttleRate: Type.Optional(throttleRate),
    ordered: Type.Optional(ordered),
    metadata: Type.Optional(patchMetadata),
    ...credentialInFields,
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
  ordered,
  ...credentialOutFields,
  metadata,
  createdAt: instant,
  updatedAt: instant,
};
const endpointOutSchema = Type.Object(endpointOutFields);
type EndpointOut = Static<typeof endpointOutSchema>;
const EndpointOut = component("EndpointOut", endpointOutSchema);
const EndpointList = listComponent("ListResponse_EndpointOut_", EndpointOut.ref);

export function endpointRoutes(server: ApiServer, context: ApiContext): void {
  for (const { schema } of [EndpointIn, EndpointUpdate, EndpointPatch, EndpointOut, EndpointList]) {
    server.addSchema(schema);
  }
  createRoute(server, context);
  listRoute(server, context);
  getRoute(server, context);
  putRoute(server, context);
  patchRoute(server, context);
  deleteRoute(server, context);
}

function createRoute(server: ApiServer, context: ApiContext): void {
  server.route({
    method: "POST",
    url: "/api/v1/app/:app_id/endpoint",
    schema: {
      ...operation("v1.endpoint.create", "Endpoint", "Create an endpoint", "application"),
      params: applicationPath,
      body: EndpointIn.ref,
      response: { 201: answer(EndpointOut, "Created"), ...bodyProblemAnswers },
    },
    config: { keptAnswer: keptByControl(context, createdAnswer) },
    handler: async (request, reply) => {
      const { key } = applicationOf(context, request);
      const input = newEndpointOf(request.body);
      const endpoint = await writerOf(context, request).createEndpoint(key, input);
      return sendAnswer(reply, createdAnswer(endpoint));
    },
  });
}

function createdAnswer(endpoint: Endpoint): Answer {
  return { status: 201, body: endpointOutOf(endpoint) };
}

function listRoute(server: ApiServer, context: ApiContext): void {
  server.route({
    method: "GET",
    url: "/api/v1/app/:app_id/endpoint",
    schema: {
      ...operation(
        "v1.endpoint.list",
        "Endpoint",
        "List an application's endpoints",
        "application",
      ),
      params: applicationPath,
      querystring: Type.Object(controlPageQuery("ep_[0-9A-Za-z]{27}")),
      response: { 200: answer(EndpointList, "A page"), ...problemAnswers },
    },
    handler: async (request, reply) => {
      const application = applicationOf(context, request);
      return reply.send(endpointListing(context, application, request.query));
    },
  });
}

function getRoute(server: ApiServer, context: ApiContext): void {
  server.route({
    method: "GET",
    url: "/api/v1/app/:app_id/endpoint/:endpoint_id",
    schema: {
      ...operation("v1.endpoint.get", "Endpoint", "Get an endpoint", "application"),
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

function putRoute(server: ApiServer, context: ApiContext): void {
  server.route({
    method: "PUT",
    url: "/api/v1/app/:app_id/endpoint/:endpoint_id",
    schema: {
      ...operation(
        "v1.endpoint.update",
        "Endpoint",
        "Replace or create an endpoint",
        "application",
      ),
      params: endpointPath,
      body: EndpointUpdate.ref,
      response: {
        200: answer(
          EndpointOut,
          "Replaced, but for its secret, headers, and what is left out of its credentials",
        ),
        201: answer(EndpointOut, "Created: no endpoint had this uid"),
        ...bodyProblemAnswers,
      },
    },
    handler: async (request, reply) => {
      const { key } = applicationOf(context, request);
      const { endpoint_id: name } = request.params;
      const input = replacementOf(request.body);
      const put = await auditOf(context, request).putEndpoint(key, name, input);
      if (put === undefined) throw Problem.notFound("an endpoint", name);
      return reply.code(put.created ? 201 : 200).send(endpointOutOf(put.endpoint));
    },
  });
}

function patchRoute(server: ApiServer, context: ApiContext): void {
  server.route({
    method: "PATCH",
    url: "/api/v1/app/:app_id/endpoint/:endpoint_id",
    schema: {
      ...operation("patch_endpoint", "Endpoint", "Change an endpoint", "application"),
      params: endpointPath,
      body: EndpointPatch.ref,
      response: { 200: answer(EndpointOut, "Changed"), ...bodyProblemAnswers },
    },
    handler: async (request, reply) => {
      const { key, id } = endpointAt(context, request);
      const { body } = request;
      const changes = patchOf({
        url: body.url,
        uid: body.uid,
        description: body.description,
        disabled: body.disabled,
        eventTypes: body.eventTypes,
        channels: body.channels,
        throttleRate: body.throttleRate,
        ordered: body.ordered,
        metadata: body.metadata,
        ...credentialsOf(body),
      });
      const endpoint = await auditOf(context, request).changeEndpoint(key, changes);
      if (endpoint === undefined) throw Problem.notFound("an endpoint", id);
      return reply.send(endpointOutOf(endpoint));
    },
  });
}

function deleteRoute(server: ApiServer, context: ApiContext): void {
  server.route({
    method: "DELETE",
    url: "/api/v1/app/:app_id/endpoint/:endpoint_id",
    schema: {
      ...operation("v1.endpoint.delete", "Endpoint", "Delete an endpoint", "application"),
      params: endpointPath,
      response: { 204: noContent("Deleted: what waited for it is given up"), ...problemAnswers },
    },
    handler: async (request, reply) => {
      await auditOf(context, request).deleteEndpoint(endpointAt(context, request).key);
      return reply.code(204).send(null);
    },
  });
}

/** An endpoint as a request wants it; else the problem `wrong_fields`. */
export function newEndpointOf(body: EndpointIn): NewEndpoint {
  return {
    uid: body.uid ?? undefined,
    ...fieldsOf(body),
    secret: body.secret ?? undefined,
    headers: checkedHeaders(body.headers ?? {}),
    basicAuth: undefined,
    tls: undefined,
    ...credentialsOf(body),
  };
}

/** What a request wants in the place of an endpoint. */
export function replacementOf(body: EndpointUpdate): EndpointReplacement {
  return {
    ...(body.uid === undefined ? {} : { uid: body.uid ?? undefined }),
    ...fieldsOf(body),
    ...credentialsOf(body),
  };
}

/** What creating and replacing have in common. */
function fieldsOf(body: EndpointUpdate) {
  return {
    url: body.url,
    description: body.description ?? "",
    disabled: body.disabled ?? false,
    eventTypes: body.eventTypes ?? undefined,
    channels: body.channels ?? undefined,
    throttleRate: body.throttleRate ?? undefined,
    ordered: body.ordered ?? false,
    metadata: body.metadata ?? {},
  };
}

/** A page of an application's endpoints. */
export function endpointListing(
  context: ApiContext,
  application: Application,
  query: ControlQuery,
): Listing<EndpointOut> {
  const read = (page: ControlPage): readonly EndpointOut[] =>
    context.controlReader.endpoints(application.key, page).map(endpointOutOf);
  return controlListingOf(query, read, ({ id }) => id);
}

/** The endpoint in a request's path; else the problem `not_found`. */
export function endpointAt(
  context: ApiContext,
  request: {
    readonly organization: string;
    readonly params: { readonly app_id: string; readonly endpoint_id: string };
  },
): Endpoint {
  return endpointOf(context, applicationOf(context, request), request.params.endpoint_id);
}

/** The same, if it is enabled; else the problem `conflict`. */
export function enabledEndpointAt(
  context: ApiContext,
  request: Parameters<typeof endpointAt>[1],
): Endpoint {
  const endpoint = endpointAt(context, request);
  if (!endpoint.disabled) return endpoint;
  const got = `${JSON.stringify(request.params.endpoint_id)}, which is disabled`;
  throw new Problem(
    "conflict",
    `Expected an endpoint that is enabled, got ${got}. Enable it first.`,
  );
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
    ordered: endpoint.ordered,
    ...credentialsOutOf(endpoint),
    metadata: endpoint.metadata,
    createdAt: new Date(endpoint.createdAtMs).toISOString(),
    updatedAt: new Date(endpoint.updatedAtMs).toISOString(),
  };
}
