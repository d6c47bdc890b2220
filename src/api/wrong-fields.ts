/** The schema validator's findings as the fields that are wrong, in words. */
import type { FastifySchemaValidationError } from "fastify";
import { limits } from "../core/limits.ts";
import type { WrongField } from "./problem.ts";

/** Why a text that a schema's `format` is about was refused; undefined for formats that explain themselves. */
export type ReasonOf = (format: string, text: string) => string | undefined;

/** JSON Schema's word, of an object that takes no fields but its own. */
const unknownField = "additionalProperties";

/** Characters of a refused value that are shown. */
const shownMax = 80;

const partNames: Readonly<Record<string, string>> = {
  params: "path",
  querystring: "query",
  headers: "header",
};

/**
 * At most `limits.wrongFieldsMax`, in the order of the schema.
 *
 * @param part where in the request: `body`, `params`, `querystring`, `headers`
 */
export function wrongFieldsOf(
  errors: readonly FastifySchemaValidationError[],
  part: string,
  reasonOf: ReasonOf,
): WrongField[] {
  return errors.slice(0, limits.wrongFieldsMax).map((error) => {
    const path = error.instancePath.split("/").slice(1).map(unescapePointer);
    if (error.keyword === "required") path.push(String(error.params["missingProperty"]));
    if (error.keyword === unknownField) path.push(String(error.params["additionalProperty"]));
    return {
      loc: [partNames[part] ?? part, ...path],
      msg: messageOf(error, reasonOf),
      type: typeOf(error.keyword),
    };
  });
}

function typeOf(keyword: string): WrongField["type"] {
  if (keyword === "required") return "value_error.missing";
  return keyword === "type" ? "type_error" : "value_error";
}

function messageOf(error: FastifySchemaValidationError, reasonOf: ReasonOf): string {
  const data = "data" in error ? error.data : undefined;
  const { keyword, params } = error;
  if (keyword === "required") return "Expected a value, got none. Add this field.";
  if (keyword === unknownField)
    return "Expected a field that is known here, got another. Correct its name, or leave it out.";
  if (keyword === "format") {
    const format = String(params["format"]);
    const reason = typeof data === "string" ? reasonOf(format, data) : undefined;
    return reason === undefined
      ? `Expected ${format}, got ${shown(data)}. Correct it.`
      : `Refused: ${reason}. Correct it.`;
  }
  const { expected, got } = expectation(error, data);
  return `Expected ${expected}, got ${got}. Correct it.`;
}

interface Expectation {
  readonly expected: string;
  readonly got: string;
}

function expectation(error: FastifySchemaValidationError, data: unknown): Expectation {
  const { keyword, params } = error;
  const limit = String(params["limit"]);
  const size =
    typeof data === "string"
      ? Array.from(data).length
      : Array.isArray(data)
        ? data.length
        : Number.NaN;
  switch (keyword) {
    case "type": {
      const types: unknown = params["type"];
      const expected = Array.isArray(types) ? types.join(" or ") : String(types);
      return { expected, got: shown(data) };
    }
    case "pattern":
      return { expected: `text that matches ${String(params["pattern"])}`, got: shown(data) };
    case "minLength":
      return { expected: `at least ${limit} characters`, got: `${size}` };
    case "maxLength":
      return { expected: `at most ${limit} characters`, got: `${size}` };
    case "minItems":
      return { expected: `at least ${limit} items`, got: `${size}` };
    case "maxItems":
      return { expected: `at most ${limit} items`, got: `${size}` };
    case "minimum":
      return { expected: `at least ${limit}`, got: shown(data) };
    case "maximum":
      return { expected: `at most ${limit}`, got: shown(data) };
    case "uniqueItems":
      return {
        expected: "each item once",
        got: `item ${String(params["i"])} again as item ${String(params["j"])}`,
      };
    case "enum": {
      const allowed: unknown = params["allowedValues"];
      const values = Array.isArray(allowed) ? allowed.map(shown).join(", ") : "another value";
      return { expected: `one of ${values}`, got: shown(data) };
    }
    default:
      return { expected: `what ${keyword} allows`, got: shown(data) };
  }
}

/** The value, cut short: enough to find it again. */
function shown(value: unknown): string {
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (typeof value === "object" && value !== null) return "an object";
  if (typeof value !== "string") return JSON.stringify(value) ?? "nothing";
  return value.length > shownMax
    ? `${JSON.stringify(value.slice(0, shownMax))} and ${value.length - shownMax} characters more`
    : JSON.stringify(value);
}

/** RFC 6901, section 4. */
function unescapePointer(segment: string): string {
  return segment.replaceAll("~1", "/").replaceAll("~0", "~");
}
