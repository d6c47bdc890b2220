/**
 * What Node's HTTP parser lets pass and RFC 9110 and 9112 do not. Where two programs may read a request in two ways, the one
 * in front lets pass what the one behind was not to get (request smuggling), so such a request is refused and its connection closed.
 */
import type { IncomingMessage } from "node:http";
import type { FastifyInstance } from "fastify";
import { limits } from "../core/limits.ts";
import { Problem } from "./problem.ts";

/** Those of which Node takes the first and others may take the last. */
const singleHeaders: ReadonlySet<string> = new Set([
  "host",
  "authorization",
  "content-type",
  "content-encoding",
  "idempotency-key",
  "origin",
]);

/** From here on every request is sound before anything else is looked at. */
export function refuseUnsound(server: FastifyInstance): void {
  server.addHook("onRequest", ({ raw }, reply, done) => {
    const problem = problemOf(raw);
    if (problem !== undefined) reply.header("connection", "close");
    done(problem);
  });
}

function problemOf({ rawHeaders, headers, httpVersion }: IncomingMessage): Problem | undefined {
  if (httpVersion === "0.9") return unsound("HTTP/1.1", "HTTP/0.9");
  const count = rawHeaders.length / 2;
  if (count > limits.requestHeadersMax) {
    return new Problem(
      "headers_too_large",
      `Expected at most ${limits.requestHeadersMax} headers, got more. Send fewer.`,
    );
  }
  const encoding = headers["transfer-encoding"];
  if (encoding !== undefined) {
    if (httpVersion === "1.0") return unsound("no Transfer-Encoding in HTTP/1.0", "one");
    if (encoding.toLowerCase() !== "chunked") {
      return new Problem(
        "unsupported_media_type",
        `Expected the Transfer-Encoding chunked or none, got ${JSON.stringify(encoding)}. Send the body as it is.`,
      );
    }
  }
  if (Object.keys(headers).length === count) return undefined;
  const twice = repeatedOf(rawHeaders);
  return twice === undefined ? undefined : unsound(`one ${twice} header`, "several");
}

function repeatedOf(rawHeaders: readonly string[]): string | undefined {
  const seen = new Set<string>();
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at]?.toLowerCase() ?? "";
    if (seen.has(name) && singleHeaders.has(name)) return name;
    seen.add(name);
  }
  return undefined;
}

function unsound(expected: string, got: string): Problem {
  return new Problem("bad_request", `Expected ${expected}, got ${got}. Correct the request.`);
}
