/** The headers of an endpoint's own. */
import { Type, type Static } from "typebox";
import type { Endpoint, HeaderChanges, Headers } from "../control/entities.ts";
import type { AuditedWriter } from "../control/facade.ts";
import { auditOf } from "./audited.ts";
import { component } from "./component.ts";
import type { ApiContext, ApiServer } from "./context.ts";
import { checkedHeaders, customHeaders } from "./custom-headers.ts";
import { endpointAt } from "./endpoint.ts";
import { endpointPath } from "./fields.ts";
import { answer, bodyProblemAnswers, noContent, operation, problemAnswers } from "./operation.ts";
import { Problem } from "./problem.ts";

const url = "/api/v1/app/:app_id/endpoint/:endpoint_id/headers";

/** Names whose values are likely credentials: rather one too many hidden than one shown. */
const sensitiveName = /auth|token|secret|passw|cookie|api-?key|credential|signature/i;

export const EndpointHeadersIn = component(
  "EndpointHeadersIn",
  Type.Object({ headers: customHeaders }),
);

const EndpointHeadersPatchIn = component(
  "EndpointHeadersPatchIn",
  Type.Object({
    headers: Type.Unsafe<Record<string, string | null>>({
      type: "object",
      additionalProperties: { type: ["string", "null"] },
      description: "Headers to set; null takes one away.",
    }),
    deleteHeaders: Type.Optional(
      Type.Array(Type.String(), { description: "Names of headers to take away." }),
    ),
  }),
);

const endpointHeadersOutSchema = Type.Object({
  headers: Type.Unsafe<Record<string, string>>({
    type: "object",
    additionalProperties: { type: "string" },
  }),
  sensitive: Type.Array(Type.String(), {
    uniqueItems: true,
    description: "Names of headers whose values are not shown.",
  }),
});
export const EndpointHeadersOut = component("EndpointHeadersOut", endpointHeadersOutSchema);

export function endpointHeadersRoutes(server: ApiServer, context: ApiContext): void {
  for (const { schema } of [EndpointHeadersIn, EndpointHeadersPatchIn, EndpointHeadersOut]) {
    server.addSchema(schema);
  }
  getRoute(server, context);
  putRoute(server, context);
  patchRoute(server, context);
}

function getRoute(server: ApiServer, context: ApiContext): void {
  server.route({
    method: "GET",
    url,
    schema: {
      ...operation(
        "v1.endpoint.get-headers",
        "Endpoint",
        "Get an endpoint's headers",
        "application",
      ),
      params: endpointPath,
      response: { 200: answer(EndpointHeadersOut, "The headers"), ...problemAnswers },
    },
    handler: async (request, reply) =>
      reply.send(headersOutOf(context, endpointAt(context, request))),
  });
}

function putRoute(server: ApiServer, context: ApiContext): void {
  server.route({
    method: "PUT",
    url,
    schema: {
      ...operation(
        "v1.endpoint.update-headers",
        "Endpoint",
        "Replace an endpoint's headers",
        "application",
      ),
      params: endpointPath,
      body: EndpointHeadersIn.ref,
      response: { 204: noContent("Replaced"), ...bodyProblemAnswers },
    },
    handler: async (request, reply) => {
      const audit = auditOf(context, request);
      await replaceHeaders(audit, endpointAt(context, request), request.body.headers);
      return reply.code(204).send(null);
    },
  });
}

function patchRoute(server: ApiServer, context: ApiContext): void {
  server.route({
    method: "PATCH",
    url,
    schema: {
      ...operation(
        "v1.endpoint.patch-headers",
        "Endpoint",
        "Change some of an endpoint's headers",
        "application",
      ),
      params: endpointPath,
      body: EndpointHeadersPatchIn.ref,
      response: { 204: noContent("Changed"), ...bodyProblemAnswers },
    },
    handler: async (request, reply) => {
      const { key, id } = endpointAt(context, request);
      const { headers, deleteHeaders } = request.body;
      const changes = changesOf(headers, deleteHeaders ?? []);
      if (!(await auditOf(context, request).changeEndpointHeaders(key, changes))) {
        throw Problem.notFound("an endpoint", id);
      }
      return reply.code(204).send(null);
    },
  });
}

/** The headers of an endpoint as they are shown. */
export function headersOutOf(
  context: ApiContext,
  { key }: Endpoint,
): Static<typeof endpointHeadersOutSchema> {
  const entries = Object.entries(context.controlReader.endpointHeaders(key));
  const isShown = ([name]: [string, string]): boolean => !sensitiveName.test(name);
  return {
    headers: Object.fromEntries(entries.filter(isShown)),
    sensitive: entries.filter((entry) => !isShown(entry)).map(([name]) => name),
  };
}

/** Gives an endpoint these headers instead of its own; else the problems `wrong_fields` or `not_found`. */
export async function replaceHeaders(
  audit: Pick<AuditedWriter, "changeEndpoint">,
  { key, id }: Endpoint,
  given: Headers,
): Promise<void> {
  const headers = checkedHeaders(given);
  const endpoint = await audit.changeEndpoint(key, { headers });
  if (endpoint === undefined) throw Problem.notFound("an endpoint", id);
}

function changesOf(
  patch: Readonly<Record<string, string | null>>,
  deleted: readonly string[],
): HeaderChanges {
  const entries = Object.entries(patch);
  const set = entries.filter((entry): entry is [string, string] => entry[1] !== null);
  const headers: Headers = checkedHeaders(Object.fromEntries(set));
  const removed = entries.filter(([, value]) => value === null).map(([name]) => name);
  return {
    ...Object.fromEntries([...deleted, ...removed].map((name) => [name, undefined])),
    ...headers,
  };
}
