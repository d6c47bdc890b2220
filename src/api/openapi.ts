/** The OpenAPI document: made of the very schemas that requests are checked against. */
import swagger from "@fastify/swagger";
import type { FastifyInstance } from "fastify";
import { operationalWebhooks } from "./operational-events.ts";

/** To be called before any route is registered. */
export function describeRoutes(server: FastifyInstance): void {
  void server.register(swagger, {
    openapi: {
      openapi: "3.1.0",
      info: {
        title: "Posthorn API",
        version: "1.0.0",
        description: "Webhook delivery in the shapes of the Svix API.",
      },
      externalDocs: { description: "The guide", url: "/guide" },
      components: {
        securitySchemes: { HTTPBearer: { type: "http", scheme: "bearer", bearerFormat: "JWT" } },
      },
      tags: [
        { name: "Application" },
        { name: "Authentication" },
        { name: "Endpoint" },
        { name: "Event Type" },
        { name: "Message" },
        { name: "Message Attempt" },
        { name: "Background Task" },
        { name: "Operational Webhook" },
        { name: "Overview" },
        { name: "Activity" },
        { name: "Storage" },
        { name: "Health" },
      ],
      webhooks: operationalWebhooks,
    },
    refResolver: {
      buildLocalReference: (schema, _baseUri, _fragment, index) =>
        typeof schema["$id"] === "string" ? schema["$id"] : `def-${index}`,
    },
  });
}

export type OpenApiDocument = ReturnType<FastifyInstance["swagger"]>;

/** Of a server with all its routes; it need not listen. */
export async function openApiOf(server: FastifyInstance): Promise<OpenApiDocument> {
  await server.ready();
  return server.swagger();
}

/** Serves the document, to anybody: it holds no secret. */
export function openApiRoute(server: FastifyInstance): void {
  let json: string | undefined;
  server.get("/api/v1/openapi.json", { schema: { hide: true } }, async (_request, reply) => {
    json ??= JSON.stringify(server.swagger());
    return reply.type("application/json; charset=utf-8").send(json);
  });
}
