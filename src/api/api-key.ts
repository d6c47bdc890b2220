/** API keys (Posthorn's own operations): made, listed and deleted by whoever has a token of the organisation. */
import { Type, type Static } from "typebox";
import type { ControlPage } from "../control/facade.ts";
import type { ApiKey } from "../control/entities.ts";
import { auditOf } from "./audited.ts";
import { component } from "./component.ts";
import { applicationOf, type ApiContext, type ApiServer } from "./context.ts";
import { controlListingOf, controlPageQuery } from "./control-listing.ts";
import { instant, namePattern, nullable } from "./fields.ts";
import { parseInstantMs } from "./instant.ts";
import { listComponent } from "./listing.ts";
import { keptByControl, sendAnswer, toldAgain, writerOf, type Answer } from "./once.ts";
import { answer, bodyProblemAnswers, operation, problemAnswers } from "./operation.ts";
import { Problem } from "./problem.ts";

const application = nullable(
  Type.String({
    minLength: 1,
    maxLength: 256,
    pattern: `^${namePattern}$`,
    description: "The id or uid of the one application that the key is for; null for all.",
  }),
);
const expiresAt = nullable(
  Type.String({ format: "date-time", description: "From then on it is refused; null for never." }),
);
const name = Type.String({ minLength: 1, maxLength: 256, examples: ["CI"] });

const ApiKeyIn = component(
  "ApiKeyIn",
  Type.Object({
    name,
    application: Type.Optional(application),
    expiresAt: Type.Optional(expiresAt),
  }),
);

const outFields = {
  id: Type.String({ examples: ["key_1srOrx2ZWZBpBUvZwXKQmoEYga2"] }),
  name,
  application,
  createdAt: instant,
  expiresAt,
};
const apiKeyOutSchema = Type.Object(outFields);
type ApiKeyOut = Static<typeof apiKeyOutSchema>;
const ApiKeyOut = component("ApiKeyOut", apiKeyOutSchema);
const ApiKeyList = listComponent("ListResponse_ApiKeyOut_", ApiKeyOut.ref);

const NewApiKeyOut = component(
  "NewApiKeyOut",
  Type.Object({
    ...outFields,
    token: Type.String({
      description: "The key itself, to be sent as `Authorization: Bearer …`. It is told this once.",
      pattern: "^pk_[0-9A-Za-z]{45}$",
    }),
  }),
);

export function apiKeyRoutes(server: ApiServer, context: ApiContext): void {
  for (const { schema } of [ApiKeyIn, ApiKeyOut, NewApiKeyOut, ApiKeyList]) {
    server.addSchema(schema);
  }
  createRoute(server, context);
  listRoute(server, context);
  deleteRoute(server, context);
}

function createRoute(server: ApiServer, context: ApiContext): void {
  server.route({
    method: "POST",
    url: "/api/v1/auth/key",
    schema: {
      ...operation("v1.api-key.create", "Authentication", "Create an API key", "organization"),
      body: ApiKeyIn.ref,
      response: { 201: answer(NewApiKeyOut, "Created"), ...bodyProblemAnswers },
    },
    config: { keptAnswer: toldAgain(context, keptByControl(context, createdAnswer)) },
    handler: async (request, reply) => {
      const { body, organization } = request;
      const owner =
        body.application === null || body.application === undefined
          ? undefined
          : applicationOf(context, { organization, params: { app_id: body.application } });
      const created = await writerOf(context, request).createApiKey(organization, {
        name: body.name,
        application: owner?.key,
        expiresAtMs: parseInstantMs(body.expiresAt ?? ""),
      });
      return sendAnswer(reply, createdAnswer(created));
    },
  });
}

function createdAnswer({
  apiKey,
  secret,
}: {
  readonly apiKey: ApiKey;
  readonly secret: string;
}): Answer {
  return { status: 201, body: { ...apiKeyOutOf(apiKey), token: secret } };
}

function listRoute(server: ApiServer, context: ApiContext): void {
  server.route({
    method: "GET",
    url: "/api/v1/auth/key",
    schema: {
      ...operation("v1.api-key.list", "Authentication", "List API keys", "organization"),
      querystring: Type.Object(controlPageQuery("key_[0-9A-Za-z]{27}")),
      response: { 200: answer(ApiKeyList, "A page"), ...problemAnswers },
    },
    handler: async (request, reply) => {
      const read = (page: ControlPage): readonly ApiKeyOut[] =>
        context.controlReader.apiKeys(request.organization, page).map(apiKeyOutOf);
      return reply.send(controlListingOf(request.query, read, ({ id }) => id));
    },
  });
}

function deleteRoute(server: ApiServer, context: ApiContext): void {
  server.route({
    method: "DELETE",
    url: "/api/v1/auth/key/:key_id",
    schema: {
      ...operation("v1.api-key.delete", "Authentication", "Delete an API key", "organization"),
      params: Type.Object({
        key_id: Type.String({ minLength: 1, maxLength: 256, pattern: `^${namePattern}$` }),
      }),
      response: {
        204: Type.Null({ description: "From now on it is refused" }),
        ...problemAnswers,
      },
    },
    handler: async (request, reply) => {
      const { key_id: id } = request.params;
      if (!(await auditOf(context, request).deleteApiKey(request.organization, id))) {
        throw Problem.notFound("an API key", id);
      }
      return reply.code(204).send(null);
    },
  });
}

function apiKeyOutOf(apiKey: ApiKey): ApiKeyOut {
  const { id, name: keyName, application: owner, createdAtMs, expiresAtMs } = apiKey;
  return {
    id,
    name: keyName,
    application: owner ?? null,
    createdAt: new Date(createdAtMs).toISOString(),
    expiresAt: expiresAtMs === undefined ? null : new Date(expiresAtMs).toISOString(),
  };
}
