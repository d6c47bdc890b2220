/**
 * Request bodies. A body is kept as it came beside what it parses to: the schema looks at the parsed value, and a
 * message's payload goes on as the producer's own bytes. `JSON.parse` makes `__proto__` an ordinary own property, and nothing
 * is ever merged, so the names that poison prototypes elsewhere are plain data here.
 */
import type { FastifyInstance, FastifyRequest } from "fastify";
import { limits } from "../core/limits.ts";
import { findRawMember } from "../core/raw-json.ts";
import { checkBodyText } from "./body-text.ts";
import { refuseBody } from "./once.ts";
import { Problem } from "./problem.ts";

declare module "fastify" {
  interface FastifyRequest {
    /** The bytes of the member that `parseJsonBodies` was asked to keep; a view, so copy it to keep it for long. */
    rawMember: Uint8Array | undefined;
  }
}

/**
 * From here on, in this scope, bodies are JSON (`application/json`) and nothing else.
 *
 * @param rawMember the top-level member whose bytes are wanted as well; "" for none
 */
export function parseJsonBodies(server: FastifyInstance, rawMember: string): void {
  server.removeAllContentTypeParsers();
  server.addContentTypeParser<Buffer>(
    "application/json",
    { parseAs: "buffer", bodyLimit: limits.bodyBytesMax },
    (request, bytes, done) => {
      try {
        done(null, parse(request, bytes, rawMember));
      } catch (error) {
        if (!(error instanceof Problem)) throw error;
        done(refuseBody(request, error));
      }
    },
  );
}

function parse(request: FastifyRequest, bytes: Buffer, rawMember: string): unknown {
  checkBodyText(request, bytes);
  const member = findRawMember(bytes, rawMember, limits.jsonDepthMax);
  if (member.kind === "too_deep") {
    throw Problem.invalidJson(`objects or arrays nested deeper than ${limits.jsonDepthMax}`);
  }
  request.rawMember =
    member.kind === "found" ? bytes.subarray(member.start, member.end) : undefined;
  try {
    return JSON.parse(bytes.toString("utf8"));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw Problem.invalidJson(`another text (${error.message})`);
  }
}
