import { Type, type Static } from "typebox";
import type { ControlPage, EventType } from "../control/facade.ts";
import { component } from "./component.ts";
import type { ApiContext, ApiServer } from "./context.ts";
import { controlListingOf, controlPageQuery } from "./control-listing.ts";
import { eventTypeName, eventTypePath, instant, namePattern, nullable } from "./fields.ts";
import { listComponent } from "./listing.ts";
import { answer, bodyProblemAnswers, operation, problemAnswers } from "./operation.ts";
import { Problem } from "./problem.ts";

const featureFlag = nullable(Type.String({ maxLength: 256, pattern: `^${namePattern}$` }));

const schemas = Type.Unsafe<Record<string, unknown> | null>({
  type: ["object", "null"],
  additionalProperties: { type: "object" },
  description: "JSON schemas of the payload, by version.",
});

const EventTypeIn = component(
  "EventTypeIn",
  Type.Object({
    name: eventTypeName,
    description: Type.String({ examples: ["A user has signed up"] }),
    archived: Type.Optional(Type.Boolean({ default: false })),
    deprecated: Type.Optional(Type.Boolean({ default: false })),
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
  for (const { schema } of [EventTypeIn, EventTypeOut, EventTypeList]) server.addSchema(schema);
  createRoute(server, context);
  listRoute(server, context);
  getRoute(server, context);
}

function createRoute(server: ApiServer, context: ApiContext): void {
  server.route({
    method: "POST",
    url: "/api/v1/event-type",
    schema: {
      ...operation("v1.event-type.create", "Event Type", "Create an event type"),
      body: EventTypeIn.ref,
      response: { 201: answer(EventTypeOut, "Created"), ...bodyProblemAnswers },
    },
    handler: async (request, reply) => {
      const { body } = request;
      const eventType = await context.controlWriter.createEventType(request.organization, {
        name: body.name,
        description: body.description,
        archived: body.archived ?? false,
        deprecated: body.deprecated ?? false,
        featureFlag: body.featureFlag ?? undefined,
        schemas: body.schemas ?? undefined,
      });
      return reply.code(201).send(eventTypeOutOf(eventType, true));
    },
  });
}

function listRoute(server: ApiServer, context: ApiContext): void {
  server.route({
    method: "GET",
    url: "/api/v1/event-type",
    schema: {
      ...operation("v1.event-type.list", "Event Type", "List event types"),
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
      ...operation("v1.event-type.get", "Event Type", "Get an event type"),
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
