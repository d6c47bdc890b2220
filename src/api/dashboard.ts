/**
 * The dashboard at `/`: the built page of `dashboard/`, served with a policy under which nothing but its own files runs. It
 * is one page for all its paths and says nothing of what is in the server; what it shows it asks of the API.
 */
import type { FastifyReply, FastifyRequest } from "fastify";
import type { ApiServer } from "./context.ts";
import { Problem } from "./problem.ts";

/** Where the built page is. */
export interface DashboardFiles {
  /** Undefined: there is none of this name (`index.html`, `portal.html`, `guide/…`, `assets/…`). */
  find(name: string): Promise<DashboardFile | undefined>;
}

export interface DashboardFile {
  readonly contentType: string;
  readonly bytes: Uint8Array;
  /** The same, compressed with gzip. */
  readonly gzipped: Uint8Array;
}

/** First parts of the page's paths; everything else keeps its 404. */
const pages = [
  "applications",
  "event-types",
  "new-event-type",
  "background-tasks",
  "storage",
  "access",
  "audit-log",
  "login",
];

/** @param frameAncestors whose pages may have the page in a frame */
export function contentSecurityPolicyOf(frameAncestors: readonly string[]): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    `frame-ancestors ${frameAncestors.join(" ")}`,
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join("; ");
}

/** Of pages that are this server's own and in nobody's frame. */
export const pageHeaders = {
  "content-security-policy": contentSecurityPolicyOf(["'none'"]),
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  vary: "accept-encoding",
};

/** The names of assets are their contents' hashes. */
const assetCaching = "public, max-age=31536000, immutable";

/** To be called in a scope whose routes need no token. */
export function dashboardPage(server: ApiServer, files: DashboardFiles): void {
  const schema = { hide: true };
  for (const url of ["/", ...pages.flatMap((page) => [`/${page}`, `/${page}/*`])]) {
    server.route({
      method: "GET",
      url,
      schema,
      handler: async (request, reply) =>
        sendPage(reply.headers(pageHeaders), request, { files, name: "index.html" }),
    });
  }
  server.route<{ Params: { readonly "*": string } }>({
    method: "GET",
    url: "/assets/*",
    schema,
    handler: async (request, reply) => {
      const name = request.params["*"];
      const file = await files.find(`assets/${name}`);
      if (file === undefined) throw Problem.notFound("a file of the dashboard", name);
      reply.headers(pageHeaders).header("cache-control", assetCaching);
      return send(reply, request.headers, file);
    },
  });
}

/** Whatever headers the reply has already stay. */
export async function sendPage(
  reply: FastifyReply,
  request: FastifyRequest,
  { files, name }: { readonly files: DashboardFiles; readonly name: string },
): Promise<FastifyReply> {
  const file = await files.find(name);
  if (file === undefined) {
    throw new Problem(
      "unavailable",
      "Expected the dashboard, but it is not built yet. It is on the first `npm start`, within some seconds; or run `npm run dashboard:build`. The API is there.",
      { retryAfterSeconds: 5 },
    );
  }
  return send(reply.header("cache-control", "no-cache"), request.headers, file);
}

function send(
  reply: FastifyReply,
  { "accept-encoding": encodings }: FastifyRequest["headers"],
  { contentType, bytes, gzipped }: DashboardFile,
): FastifyReply {
  reply.type(contentType);
  const takesGzip = typeof encodings === "string" && /\bgzip\b(?!\s*;\s*q=0)/.test(encodings);
  return takesGzip
    ? reply.header("content-encoding", "gzip").send(Buffer.from(gzipped))
    : reply.send(Buffer.from(bytes));
}
