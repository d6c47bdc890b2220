/**
 * An example of what a JSON schema (drafts 4 to 2020-12) describes, to show a receiver what will come. What the schema's author
 * wrote down as an example is taken before anything made up; what is made up has the schema's types, required and optional
 * fields, and its lower bounds where they are cheap to meet. It need not be valid against every keyword there is
 * (`pattern`, `not`, `if`), and a schema that refers to itself ends at `limits.exampleDepthMax` and `limits.exampleValuesMax`.
 */
import { limits } from "./limits.ts";

type Schema = Readonly<Record<string, unknown>>;

/** An object, as payloads are: `{}` if the schema describes something else. */
export function payloadExampleOf(schema: unknown): Schema {
  const example = exampleOf({ root: schema, schema, depth: 0, made: { values: 0 } });
  return isObject(example) ? example : {};
}

/** The example of an event type. Its schemas are by version, and versions are counted up; without one it is `{}`. */
export function newestExampleOf(schemas: Schema | null | undefined): Schema {
  const [newest] = Object.keys(schemas ?? {}).toSorted((one, other) => Number(other) - Number(one));
  return payloadExampleOf(newest === undefined ? undefined : schemas?.[newest]);
}

/** A part of a schema, and where it stands. */
interface Place {
  readonly root: unknown;
  readonly schema: unknown;
  readonly depth: number;
  /** Counts what was made so far, of the whole example. */
  readonly made: { values: number };
}

function exampleOf({ root, schema: given, depth, made }: Place): unknown {
  made.values += 1;
  if (depth > limits.exampleDepthMax || made.values > limits.exampleValuesMax) return null;
  const schema = resolved(root, given);
  if (!isObject(schema)) return null;
  const written = writtenExampleOf(schema);
  if (written !== undefined) return written;
  const below = (part: unknown): Place => ({ root, schema: part, depth: depth + 1, made });
  const parts = schema["allOf"];
  if (Array.isArray(parts)) {
    const merged: unknown[] = [...parts, { ...schema, allOf: undefined }];
    const examples = merged.map((part) => exampleOf(below(part)));
    return Object.assign({}, ...examples.filter(isObject));
  }
  const [choice] = [schema["oneOf"], schema["anyOf"]].flatMap(firstOf);
  if (choice !== undefined) return exampleOf(below(choice));
  return madeUp(schema, below);
}

function madeUp(schema: Schema, below: (part: unknown) => Place): unknown {
  switch (typeOf(schema)) {
    case "object":
      return objectExampleOf(schema, below);
    case "array": {
      const [item] = [schema["items"], schema["prefixItems"]].flatMap(firstOf);
      return item === undefined ? [] : [exampleOf(below(item))];
    }
    case "string":
      return stringExampleOf(schema);
    case "integer":
    case "number":
      return numberExampleOf(schema);
    case "boolean":
      return true;
    default:
      return null;
  }
}

/** What the schema itself says that it looks like. */
function writtenExampleOf(schema: Schema): unknown {
  const { examples, enum: choices } = schema;
  const first = (list: unknown): unknown => (Array.isArray(list) ? list[0] : undefined);
  return (
    first(examples) ?? schema["example"] ?? schema["const"] ?? schema["default"] ?? first(choices)
  );
}

function objectExampleOf(schema: Schema, below: (part: unknown) => Place): Schema {
  const properties = isObject(schema["properties"]) ? schema["properties"] : {};
  // Not by assignment: a field may be called __proto__.
  return Object.fromEntries(
    Object.entries(properties).map(([name, part]) => [name, exampleOf(below(part))]),
  );
}

const formats: Readonly<Record<string, string>> = {
  "date-time": "2026-01-31T12:00:00Z",
  date: "2026-01-31",
  time: "12:00:00Z",
  duration: "PT1H",
  email: "somebody@example.com",
  hostname: "example.com",
  ipv4: "192.0.2.1",
  ipv6: "2001:db8::1",
  uri: "https://example.com/",
  url: "https://example.com/",
  uuid: "123e4567-e89b-42d3-a456-426614174000",
};

function stringExampleOf(schema: Schema): string {
  const format = formats[String(schema["format"])];
  if (format !== undefined) return format;
  const { minLength, maxLength } = schema;
  const least = typeof minLength === "number" ? Math.min(minLength, limits.exampleTextMax) : 0;
  const most = typeof maxLength === "number" ? maxLength : limits.exampleTextMax;
  return "string".padEnd(least, "x").slice(0, Math.max(0, most));
}

function numberExampleOf({ minimum, exclusiveMinimum, maximum }: Schema): number {
  if (typeof minimum === "number") return minimum;
  if (typeof exclusiveMinimum === "number") return exclusiveMinimum + 1;
  return typeof maximum === "number" ? Math.min(1, maximum) : 1;
}

/** The type, also where the schema leaves it to be guessed. */
function typeOf(schema: Schema): unknown {
  const { type } = schema;
  if (Array.isArray(type)) return type.find((each) => each !== "null");
  if (type !== undefined) return type;
  if ("properties" in schema) return "object";
  return "items" in schema || "prefixItems" in schema ? "array" : undefined;
}

/** Follows references within the document, as often as they lead to another one; null if one leads nowhere. */
function resolved(root: unknown, given: unknown): unknown {
  let schema = given;
  for (let times = 0; times <= limits.exampleDepthMax; times += 1) {
    const reference = isObject(schema) ? schema["$ref"] : undefined;
    if (typeof reference !== "string") return schema;
    schema = reference.startsWith("#") ? at(root, reference.slice(1)) : null;
  }
  return null;
}

/** What a JSON Pointer (RFC 6901) points to; null if there is nothing. */
function at(root: unknown, pointer: string): unknown {
  let found = root;
  for (const token of pointer.split("/").slice(1)) {
    const name = token.replaceAll("~1", "/").replaceAll("~0", "~");
    if (!isObject(found) && !Array.isArray(found)) return null;
    found = Object.hasOwn(found, name) ? (found as Schema)[name] : null; // arrays have their indexes as names
  }
  return found;
}

/** The value itself, or the first of several; nothing if it is left out. */
function firstOf(value: unknown): unknown[] {
  if (Array.isArray(value)) return value.slice(0, 1);
  return value === undefined ? [] : [value];
}

function isObject(value: unknown): value is Schema {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
