import { Type, type Static } from "typebox";
import type { ControlPage } from "../control/facade.ts";
import type { EventType } from "../control/entities.ts";
import { auditOf } from "./audited.ts";
import { component } from "./component.ts";
import type { ApiContext, ApiServer } from "./context.ts";
import { controlListingOf, controlPageQuery } from "./control-listing.ts";
import { eventTypeName, eventTypePath, instant, namePattern, nullable } from "./fields.ts";
import { listComponent } from "./listing.ts";
import { keptByControl, sendAnswer, writerOf, type Answer } from "./once.ts";
import { answer, bodyProblemAnswers, noContent, operation, problemAnswers } from "./operation.ts";
import { patchOf } from "./patch-of.ts";
import { Problem } from "./problem.ts";

const featureFlag = nullable(Type.String({ maxLength: 256, pattern: `^${namePattern}$` }));

const schemas = Type.Unsafe<Record<string, unknown> | null>({
  type: ["object", "null"],
  additionalProperties: { type: "object" },
  description: "JSON schemas of the payload, by version.",
});

const eventTypeUpdateSchema = Type.Object({
  description: Type.String({ examples: ["A user has signed up"] }),
  archived: Type.Optional(Type.Boolean({ default: false })),
  deprecated: Type.Optional(Type.Boolean({ default: false })),
  featureFlag: Type.Optional(featureFlag),
  schemas: Type.Optional(schemas),
});
type EventTypeUpdate = Static<typeof eventTypeUpdateSchema>;
const EventTypeUpdate = component("EventTypeUpdate", eventTypeUpdateSchema);

const EventTypeIn = component(
  "EventTypeIn",
  Type.Object({ name: eventTypeName, ...eventTypeUpdateSchema.properties }),
);

const EventTypePatch = component(
  "EventTypePatch",
  Type.Object({
    description: Type.Optional(Type.String()),
    archived: Type.Optional(Type.Boolean()),
    deprecated: Type.Optional(Type.Boolean()),
    featureFlag: Type.Optional(featureFlag),
    schemas: Type.Optional(schemas),
  }),
);

const eventTypeOutSchema = Type.Object({
  name: eventTypeName,
  description: Type.String(),
  archived: Type.Boolean(),
  deprecated: Type.Boolean(),
  featureFlag,
  schemas,
  createdAt: instant,
  updatedAt: instant,
});
type EventTypeOut = Static<typeof eventTypeOutSchema>;
const EventTypeOut = component("EventTypeOut", eventTypeOutSchema);
const EventTypeList = listComponent("ListResponse_EventTypeOut_", EventTypeOut.ref);

export function eventTypeRoutes(server: ApiServer, context: ApiContext): void {
  for (const { schema } of [
    EventTypeIn,
    EventTypeUpdate,
    EventTypePatch,
    EventTypeOut,
    EventTypeList,
  ]) {
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
    url: "/api/v1/event-type",
    schema: {
      ...operation("v1.event-type.create", "Event Type", "Create an event type", "organization"),
      body: EventTypeIn.ref,
      response: { 201: answer(EventTypeOut, "Created"), ...bodyProblemAnswers },
    },
    config: { keptAnswer: keptByControl(context, createdAnswer) },
    handler: async (request, reply) => {
      const { body } = request;
      const eventType = await writerOf(context, request).createEventType(request.organization, {
        name: body.name,
        ...fieldsOf(body),
      });
      return sendAnswer(reply, createdAnswer(eventType));
    },
  });
}

function createdAnswer(eventType: EventType): Answer {
  return { status: 201, body: eventTypeOutOf(eventType, true) };
}

function listRoute(server: ApiServer, context: ApiContext): void {
  server.route({
    method: "GET",
    url: "/api/v1/event-type",
    schema: {
      ...operation("v1.event-type.list", "Event Type", "List event types", "application"),
      querystring: Type.Object({
        ...controlPageQuery(namePattern),
        include_archived: Type.Optional(Type.Boolean({ default: false })),
        with_content: Type.Optional(
          Type.Boolean({ default: false, description: "Whether to tell the schemas." }),
        ),
      }),
      response: { 200: answer(EventTypeList, "A page"), ...problemAnswers },
    },
    handler: async (request, reply) => {
      const { organization, query } = request;
      const includeArchived = query.include_archived ?? false;
      const withSchemas = query.with_content ?? false;
      const read = (page: ControlPage): readonly EventTypeOut[] =>
        context.controlReader
          .eventTypes(organization, { ...page, includeArchived })
          .map((eventType) => eventTypeOutOf(eventType, withSchemas));
      return reply.send(controlListingOf(query, read, ({ name }) => name));
    },
  });
}

function getRoute(server: ApiServer, context: ApiContext): void {
  server.route({
    method: "GET",
    url: "/api/v1/event-type/:event_type_name",
    schema: {
      ...operation("v1.event-type.get", "Event Type", "Get an event type", "application"),
      params: eventTypePath,
      response: { 200: answer(EventTypeOut, "The event type"), ...problemAnswers },
    },
    handler: async (request, reply) => {
      const { event_type_name: name } = request.params;
      const eventType = context.controlReader.eventType(request.organization, name);
      if (eventType === undefined) throw Problem.notFound("an event type", name);
      return reply.send(eventTypeOutOf(eventType, true));
    },
  });
}

function putRoute(server: ApiServer, context: ApiContext): void {
  server.route({
    method: "PUT",
    url: "/api/v1/event-type/:event_type_name",
    schema: {
      ...operation(
        "v1.event-type.update",
        "Event Type",
        "Replace or create an event type",
        "organization",
      ),
      params: eventTypePath,
      body: EventTypeUpdate.ref,
      response: {
        200: answer(EventTypeOut, "Replaced"),
        201: answer(EventTypeOut, "Created"),
        ...bodyProblemAnswers,
      },
    },
    handler: async (request, reply) => {
      const { organization, body } = request;
      const { event_type_name: name } = request.params;
      const input = { name, ...fieldsOf(body) };
      const put = await auditOf(context, request).putEventType(organization, input);
      return reply.code(put.created ? 201 : 200).send(eventTypeOutOf(put.eventType, true));
    },
  });
}

function patchRoute(server: ApiServer, context: ApiContext): void {
  server.route({
    method: "PATCH",
    url: "/api/v1/event-type/:event_type_name",
    schema: {
      ...operation("patch_event_type", "Event Type", "Change an event type", "organization"),
      params: eventTypePath,
      body: EventTypePatch.ref,
      response: { 200: answer(EventTypeOut, "Changed"), ...bodyProblemAnswers },
    },
    handler: async (request, reply) => {
      const { organization, body } = request;
      const { event_type_name: name } = request.params;
      const changes = patchOf({
        description: body.description,
        archived: body.archived,
        deprecated: body.deprecated,
        featureFlag: body.featureFlag,
        schemas: body.schemas,
      });
      const eventType = await auditOf(context, request).changeEventType(
        organization,
        name,
        changes,
      );
      if (eventType === undefined) throw Problem.notFound("an event type", name);
      return reply.send(eventTypeOutOf(eventType, true));
    },
  });
}

function deleteRoute(server: ApiServer, context: ApiContext): void {
  server.route({
    method: "DELETE",
    url: "/api/v1/event-type/:event_type_name",
    schema: {
      ...operation(
        "v1.event-type.delete",
        "Event Type",
        "Archive or delete an event type",
        "organization",
      ),
      params: eventTypePath,
      querystring: Type.Object({
        expunge: Type.Optional(
          Type.Boolean({ default: false, description: "Delete it: its name is free then." }),
        ),
      }),
      response: { 204: noContent("Archived, or deleted if so asked"), ...problemAnswers },
    },
    handler: async (request, reply) => {
      const { organization, query } = request;
      const { event_type_name: name } = request.params;
      const audit = auditOf(context, request);
      const done =
        query.expunge === true
          ? await audit.deleteEventType(organization, name)
          : await audit.changeEventType(organization, name, { archived: true });
      if (done === undefined || done === false) throw Problem.notFound("an event type", name);
      return reply.code(204).send(null);
    },
  });
}

/** What creating and replacing have in common. */
function fieldsOf(body: EventTypeUpdate) {
  return {
    description: body.description,
    archived: body.archived ?? false,
    deprecated: body.deprecated ?? false,
    featureFlag: body.featureFlag ?? undefined,
    schemas: body.schemas ?? undefined,
  };
}

function eventTypeOutOf(eventType: EventType, withSchemas: boolean): EventTypeOut {
  return {
    name: eventType.name,
    description: eventType.description,
    archived: eventType.archived,
    deprecated: eventType.deprecated,
    featureFlag: eventType.featureFlag ?? null,
    schemas: (withSchemas ? eventType.schemas : undefined) ?? null,
    createdAt: new Date(eventType.createdAtMs).toISOString(),
    updatedAt: new Date(eventType.updatedAtMs).toISOString(),
  };
}
