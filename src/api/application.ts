import { Type, type Static } from "typebox";
import type { Application, ControlPage } from "../control/facade.ts";
import { component } from "./component.ts";
import { applicationOf, type ApiContext, type ApiServer } from "./context.ts";
import { controlListingOf, controlPageQuery } from "./control-listing.ts";
import { applicationPath, instant, metadata, throttleRate, uid } from "./fields.ts";
import { listComponent } from "./listing.ts";
import { answer, bodyProblemAnswers, operation, problemAnswers } from "./operation.ts";

const ApplicationIn = component(
  "ApplicationIn",
  Type.Object({
    name: Type.String({ minLength: 1, examples: ["My first application"] }),
    uid: Type.Optional(uid),
    throttleRate: Type.Optional(throttleRate),
    metadata: Type.Optional(metadata),
  }),
);

const applicationOutSchema = Type.Object({
  id: Type.String({ examples: ["app_1srOrx2ZWZBpBUvZwXKQmoEYga2"] }),
  name: Type.String(),
  uid,
  throttleRate,
  metadata,
  createdAt: instant,
  updatedAt: instant,
});
type ApplicationOut = Static<typeof applicationOutSchema>;
const ApplicationOut = component("ApplicationOut", applicationOutSchema);
const ApplicationList = listComponent("ListResponse_ApplicationOut_", ApplicationOut.ref);

export function applicationRoutes(server: ApiServer, context: ApiContext): void {
  for (const { schema } of [ApplicationIn, ApplicationOut, ApplicationList]) {
    server.addSchema(schema);
  }
  createRoute(server, context);
  listRoute(server, context);
  getRoute(server, context);
}

function createRoute(server: ApiServer, context: ApiContext): void {
  server.route({
    method: "POST",
    url: "/api/v1/app",
    schema: {
      ...operation("v1.application.create", "Application", "Create an application"),
      querystring: Type.Object({
        get_if_exists: Type.Optional(
          Type.Boolean({
            default: false,
            description: "Answer 200 with the application that has this uid, if there is one.",
          }),
        ),
      }),
      body: ApplicationIn.ref,
      response: {
        200: answer(ApplicationOut, "It existed"),
        201: answer(ApplicationOut, "Created"),
        ...bodyProblemAnswers,
      },
    },
    handler: async (request, reply) => {
      const { body, query } = request;
      const { application, created } = await context.controlWriter.createApplication(
        request.organization,
        {
          name: body.name,
          uid: body.uid ?? undefined,
          throttleRate: body.throttleRate ?? undefined,
          metadata: body.metadata ?? {},
        },
        query.get_if_exists ?? false,
      );
      return reply.code(created ? 201 : 200).send(applicationOutOf(application));
    },
  });
}

function listRoute(server: ApiServer, context: ApiContext): void {
  server.route({
    method: "GET",
    url: "/api/v1/app",
    schema: {
      ...operation("v1.application.list", "Application", "List applications"),
      querystring: Type.Object(controlPageQuery("app_[0-9A-Za-z]{27}")),
      response: { 200: answer(ApplicationList, "A page"), ...problemAnswers },
    },
    handler: async (request, reply) => {
      const read = (page: ControlPage): readonly ApplicationOut[] =>
        context.controlReader.applications(request.organization, page).map(applicationOutOf);
      return reply.send(controlListingOf(request.query, read, ({ id }) => id));
    },
  });
}

function getRoute(server: ApiServer, context: ApiContext): void {
  server.route({
    method: "GET",
    url: "/api/v1/app/:app_id",
    schema: {
      ...operation("v1.application.get", "Application", "Get an application"),
      params: applicationPath,
      response: { 200: answer(ApplicationOut, "The application"), ...problemAnswers },
    },
    handler: async (request, reply) =>
      reply.send(applicationOutOf(applicationOf(context, request))),
  });
}

function applicationOutOf(application: Application): ApplicationOut {
  return {
    id: application.id,
    name: application.name,
    uid: application.uid ?? null,
    throttleRate: application.throttleRate ?? null,
    metadata: application.metadata,
    createdAt: new Date(application.createdAtMs).toISOString(),
    updatedAt: new Date(application.updatedAtMs).toISOString(),
  };
}
