/**
 * The API's reference to read in a browser, at `/docs`: Swagger UI over the OpenAPI document, served from here with all that
 * it needs, to anybody.
 *
 * It is for reading only. It asks for no token and sends no request of the API's: what can be typed in nowhere can't leak
 * from there. And it runs sandboxed, in an origin of its own, so that a megabyte of somebody else's script never sees what
 * other pages of this server keep in the browser.
 */
import swaggerUi from "@fastify/swagger-ui";
import type { FastifyInstance } from "fastify";

/**
 * `allow-popups` is for links, which open pages as they are anywhere else: a sandboxed popup could not show the guide, whose files
 * are for pages of this origin. Images that the style sheet has in itself are `data:`.
 */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "sandbox allow-scripts allow-popups allow-popups-to-escape-sandbox",
].join("; ");

const headers = {
  "content-security-policy": contentSecurityPolicy,
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  // A sandboxed page is of no origin, so it may read the document only if anybody may.
  "access-control-allow-origin": "*",
};

/** Without what would take a token. */
const css = ".swagger-ui .scheme-container, .swagger-ui .authorization__btn { display: none }";

/** To be called after describeRoutes, in a scope whose routes need no token. */
export function referencePage(server: FastifyInstance): void {
  void server.register(async (scope) => {
    scope.addHook("onSend", async (_request, reply) => {
      reply.headers(headers);
    });
    await scope.register(swaggerUi, {
      routePrefix: "/docs",
      theme: { title: "Posthorn API", css: [{ filename: "reading.css", content: css }] },
      uiConfig: {
        layout: "BaseLayout",
        supportedSubmitMethods: [],
        docExpansion: "list",
        defaultModelsExpandDepth: 0,
        persistAuthorization: false,
      },
    });
  });
}
