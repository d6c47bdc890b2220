/**
 * A query string is all text; this makes the numbers, booleans and lists of it that a route's schema asks for. Done here
 * and not by the schema validator, whose coercion would have to be on for bodies as well, and takes "" for 0.
 */
import type { FastifyInstance } from "fastify";

interface Property {
  readonly type?: unknown;
}

/** Every route registered after this gets its query converted before it is validated. */
export function convertQueries(server: FastifyInstance): void {
  server.addHook("onRoute", (route) => {
    const schema = route.schema?.querystring;
    if (typeof schema !== "object" || schema === null || !("properties" in schema)) return;
    const properties = Object.entries(schema.properties as Record<string, Property>); // a JSON schema's are objects
    route.preValidation = (request, _reply, done) => {
      request.query = converted(request.query as Record<string, unknown>, properties); // as the parser made it
      done();
    };
  });
}

/** What the schema knows of, in its types where the text allows that; the rest is for the validator to refuse. */
function converted(
  query: Record<string, unknown>,
  properties: readonly (readonly [name: string, property: Property])[],
): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const [name, { type }] of properties) {
    const value = query[name];
    if (value !== undefined)
      result[name] = type === "array" ? listOf(value) : scalarOf(value, type);
  }
  return result;
}

function scalarOf(value: unknown, type: unknown): unknown {
  if (typeof value !== "string") return value;
  if (type === "integer" && /^-?\d{1,15}$/.test(value)) return Number(value);
  if (type === "boolean" && value === "true") return true;
  return type === "boolean" && value === "false" ? false : value;
}

/** `a=1&a=2` and `a=1,2` are the same: Svix's clients send the latter. */
function listOf(value: unknown): unknown {
  return [value].flat().flatMap((text) => (typeof text === "string" ? text.split(",") : [text]));
}
