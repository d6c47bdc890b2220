import { Type, type Static } from "typebox";
import type { ControlPage } from "../control/facade.ts";
import type { Application, NewApplication } from "../control/entities.ts";
import { auditOf } from "./audited.ts";
import { component } from "./component.ts";
import { applicationOf, type ApiContext, type ApiServer } from "./context.ts";
import { controlListingOf, controlPageQuery } from "./control-listing.ts";
import {
  applicationPath,
  instant,
  metadata,
  patchMetadata,
  retentionDays,
  throttleRate,
  uid,
} from "./fields.ts";
import { listComponent } from "./listing.ts";
import { keptByControl, sendAnswer, writerOf, type Answer } from "./once.ts";
import { answer, bodyProblemAnswers, noContent, operation, problemAnswers } from "./operation.ts";
import { patchOf } from "./patch-of.ts";
import { Problem } from "./problem.ts";

export const ApplicationIn = component(
  "ApplicationIn",
  Type.Object({
    name: Type.String({ minLength: 1, examples: ["My first application"] }),
    uid: Type.Optional(uid),
    throttleRate: Type.Optional(throttleRate),
    retentionDays: Type.Optional(retentionDays),
    metadata: Type.Optional(metadata),
  }),
);

const ApplicationPatch = component(
  "ApplicationPatch",
  Type.Object({
    name: Type.Optional(Type.String({ minLength: 1 })),
    uid: Type.Optional(uid),
    throttleRate: Type.Optional(throttleRate),
    retentionDays: Type.Optional(retentionDays),
    metadata: Type.Optional(patchMetadata),
  }),
);

const applicationOutSchema = Type.Object({
  id: Type.String({ examples: ["app_1srOrx2ZWZBpBUvZwXKQmoEYga2"] }),
  name: Type.String(),
  uid,
  throttleRate,
  retentionDays,
  metadata,
  createdAt: instant,
  updatedAt: instant,
});
type ApplicationOut = Static<typeof applicationOutSchema>;
const ApplicationOut = component("ApplicationOut", applicationOutSchema);
const ApplicationList = listComponent("ListResponse_ApplicationOut_", ApplicationOut.ref);

export function applicationRoutes(server: ApiServer, context: ApiContext): void {
  for (const { schema } of [ApplicationIn, ApplicationPatch, ApplicationOut, ApplicationList]) {
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
    url: "/api/v1/app",
    schema: {
      ...operation("v1.application.create", "Application", "Create an application", "organization"),
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
    config: { keptAnswer: keptByControl(context, createdAnswer) },
    handler: async (request, reply) => {
      const { body, query } = request;
      const result = await writerOf(context, request).createApplication(
        request.organization,
        newApplicationOf(body),
        query.get_if_exists ?? false,
      );
      return sendAnswer(reply, createdAnswer(result));
    },
  });
}

function createdAnswer({
  application,
  created,
}: {
  readonly application: Application;
  readonly created: boolean;
}): Answer {
  return { status: created ? 201 : 200, body: applicationOutOf(application) };
}

function listRoute(server: ApiServer, context: ApiContext): void {
  server.route({
    method: "GET",
    url: "/api/v1/app",
    schema: {
      ...operation("v1.application.list", "Application", "List applications", "organization"),
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
      ...operation("v1.application.get", "Application", "Get an application", "application"),
      params: applicationPath,
      response: { 200: answer(ApplicationOut, "The application"), ...problemAnswers },
    },
    handler: async (request, reply) =>
      reply.send(applicationOutOf(applicationOf(context, request))),
  });
}

function putRoute(server: ApiServer, context: ApiContext): void {
  server.route({
    method: "PUT",
    url: "/api/v1/app/:app_id",
    schema: {
      ...operation(
        "v1.application.update",
        "Application",
        "Replace or create an application",
        "organization",
      ),
      params: applicationPath,
      body: ApplicationIn.ref,
      response: {
        200: answer(ApplicationOut, "Replaced"),
        201: answer(ApplicationOut, "Created: no application had this uid"),
        ...bodyProblemAnswers,
      },
    },
    handler: async (request, reply) => {
      const { body, organization } = request;
      const { app_id: name } = request.params;
      const put = await auditOf(context, request).putApplication(organization, name, {
        ...(body.uid === undefined ? {} : { uid: body.uid ?? undefined }),
        name: body.name,
        throttleRate: body.throttleRate ?? undefined,
        retentionDays: body.retentionDays ?? undefined,
        metadata: body.metadata ?? {},
      });
      if (put === undefined) throw Problem.notFound("an application", name);
      return reply.code(put.created ? 201 : 200).send(applicationOutOf(put.application));
    },
  });
}

function patchRoute(server: ApiServer, context: ApiContext): void {
  server.route({
    method: "PATCH",
    url: "/api/v1/app/:app_id",
    schema: {
      ...operation("patch_application", "Application", "Change an application", "organization"),
      params: applicationPath,
      body: ApplicationPatch.ref,
      response: { 200: answer(ApplicationOut, "Changed"), ...bodyProblemAnswers },
    },
    handler: async (request, reply) => {
      const { key, id } = applicationOf(context, request);
      const { body } = request;
      const changes = patchOf({
        name: body.name,
        uid: body.uid,
        throttleRate: body.throttleRate,
        retentionDays: body.retentionDays,
        metadata: body.metadata,
      });
      const application = await auditOf(context, request).changeApplication(key, changes);
      if (application === undefined) throw Problem.notFound("an application", id);
      return reply.send(applicationOutOf(application));
    },
  });
}

function deleteRoute(server: ApiServer, context: ApiContext): void {
  server.route({
    method: "DELETE",
    url: "/api/v1/app/:app_id",
    schema: {
      ...operation("v1.application.delete", "Application", "Delete an application", "organization"),
      params: applicationPath,
      response: { 204: noContent("Deleted, with its endpoints"), ...problemAnswers },
    },
    handler: async (request, reply) => {
      await auditOf(context, request).deleteApplication(applicationOf(context, request).key);
      return reply.code(204).send(null);
    },
  });
}

export function newApplicationOf(body: Static<typeof ApplicationIn.ref>): NewApplication {
  return {
    name: body.name,
    uid: body.uid ?? undefined,
    throttleRate: body.throttleRate ?? undefined,
    retentionDays: body.retentionDays ?? undefined,
    metadata: body.metadata ?? {},
  };
}

function applicationOutOf(application: Application): ApplicationOut {
  return {
    id: application.id,
    name: application.name,
    uid: application.uid ?? null,
    throttleRate: application.throttleRate ?? null,
    retentionDays: application.retentionDays ?? null,
    metadata: application.metadata,
    createdAt: new Date(application.createdAtMs).toISOString(),
    updatedAt: new Date(application.updatedAtMs).toISOString(),
  };
}
