/**
 * The customers' portal at `/portal`: the dashboard's pages of one application, for whoever has a link with an application's
 * token in its fragment. The page says nothing of anybody: how the operator wants to be seen is all that it can be asked without
 * that token. Unlike the dashboard it may be in a frame, on the pages that the operator names.
 */
import type { ApiServer } from "./context.ts";
import { contentSecurityPolicyOf, type DashboardFiles, sendPage } from "./dashboard.ts";
import { Problem } from "./problem.ts";

export interface PortalLooks {
  readonly name: string;
  /** `#rrggbb`; undefined: Posthorn's. */
  readonly color: string | undefined;
  readonly logo: { readonly contentType: string; readonly bytes: Uint8Array } | undefined;
  /** Sources of the policy's `frame-ancestors`; none: it is in no frame. */
  readonly frameAncestors: readonly string[];
}

/** To be called in a scope whose routes need no token. */
export function portalPage(server: ApiServer, files: DashboardFiles, looks: PortalLooks): void {
  const schema = { hide: true };
  const { name, color = null, logo, frameAncestors } = looks;
  const ancestors = frameAncestors.length === 0 ? ["'none'"] : frameAncestors;
  const headers = {
    "content-security-policy": contentSecurityPolicyOf(ancestors),
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    vary: "accept-encoding",
  };
  for (const url of ["/portal", "/portal/*"]) {
    server.route({
      method: "GET",
      url,
      schema,
      handler: async (request, reply) =>
        sendPage(reply.headers(headers), request, { files, name: "portal.html" }),
    });
  }
  server.route({
    method: "GET",
    url: "/portal/brand",
    schema,
    handler: async (_request, reply) =>
      reply.header("cache-control", "no-cache").send({ name, color, hasLogo: logo !== undefined }),
  });
  server.route({
    method: "GET",
    url: "/portal/logo",
    schema,
    handler: async (_request, reply) => {
      if (logo === undefined) throw Problem.notFound("a logo", "/portal/logo");
      return reply
        .headers({
          // An SVG that is opened by itself may be a page with scripts.
          "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
          "x-content-type-options": "nosniff",
          "cache-control": "no-cache",
        })
        .type(logo.contentType)
        .send(Buffer.from(logo.bytes));
    },
  });
}
