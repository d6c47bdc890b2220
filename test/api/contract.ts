/** API contracts in one form, whether they were written as Svix's extract or as our OpenAPI document. */
import { readFile } from "node:fs/promises";

export type Json = Readonly<Record<string, unknown>>;

export interface Field {
  readonly type?: string;
  readonly nullable?: boolean;
  readonly items?: Field;
  readonly additionalProperties?: Field;
  readonly [constraint: string]: unknown;
}

export interface Operation {
  readonly method: string;
  readonly path: string;
  readonly tag: string;
  readonly query: Readonly<Record<string, Field>>;
  readonly params: Readonly<Record<string, Field>>;
  readonly body: string | undefined;
  /** By status of 200 and above: the schema's name, null for no body. */
  readonly answers: Readonly<Record<string, string | null>>;
  /** Statuses of 400 and above. */
  readonly problems: readonly string[];
}

export interface Schema {
  readonly required: readonly string[];
  readonly properties: Readonly<Record<string, Field>>;
}

export interface Contract {
  readonly operations: Readonly<Record<string, Operation>>;
  readonly schemas: Readonly<Record<string, Schema>>;
}

const told = new Set(
  "type nullable pattern minLength maxLength minItems maxItems uniqueItems minimum maximum enum default format".split(
    " ",
  ),
);

/** Svix's: names, types, bounds and status codes, extracted from the OpenAPI document of its server. */
export async function svixContract(): Promise<Contract> {
  const text = await readFile(new URL("svix-contract.json", import.meta.url), "utf8");
  return JSON.parse(text) as Contract; // the file beside this one
}

/** An OpenAPI 3.1 document in the extract's form. */
export function contractOf(document: Json): Contract {
  const operations: Record<string, Operation> = {};
  for (const [path, methods] of Object.entries(document["paths"] as Record<string, Json>)) {
    for (const [method, operation] of Object.entries(methods as Record<string, Json>)) {
      operations[String(operation["operationId"])] = operationOf(method, path, operation);
    }
  }
  const { schemas } = document["components"] as { schemas: Record<string, Json> };
  return {
    operations,
    schemas: Object.fromEntries(
      Object.entries(schemas).map(([name, schema]) => [
        name,
        {
          required: (schema["required"] ?? []) as string[],
          properties: fieldsOf((schema["properties"] ?? {}) as Record<string, Json>),
        },
      ]),
    ),
  };
}

function operationOf(method: string, path: string, operation: Json): Operation {
  const parameters = (operation["parameters"] ?? []) as (Json & { name: string; schema: Json })[];
  const named = (place: string): Record<string, Field> =>
    fieldsOf(
      Object.fromEntries(
        parameters
          .filter((parameter) => parameter["in"] === place)
          .map(({ name, schema }) => [name, schema]),
      ),
    );
  const answers = Object.entries(operation["responses"] as Record<string, Json>)
    .filter(([status]) => status.startsWith("2"))
    .map(([status, answer]) => [status, schemaName(answer) ?? null] as const);
  return {
    method,
    path,
    tag: String((operation["tags"] as string[])[0]),
    query: named("query"),
    params: named("path"),
    body: schemaName(operation["requestBody"] as Json | undefined),
    answers: Object.fromEntries(answers),
    problems: Object.keys(operation["responses"] as Json).filter((status) => status >= "400"),
  };
}

function schemaName(holder: Json | undefined): string | undefined {
  const content = holder?.["content"] as Record<string, { schema: Json }> | undefined;
  const ref = content?.["application/json"]?.schema["$ref"];
  return typeof ref === "string" ? ref.split("/").at(-1) : undefined;
}

function fieldsOf(properties: Readonly<Record<string, Json>>): Record<string, Field> {
  return Object.fromEntries(
    Object.entries(properties).map(([name, schema]) => [name, fieldOf(schema)]),
  );
}

function fieldOf(schema: Json): Field {
  if (typeof schema["$ref"] === "string") return { $ref: schema["$ref"].split("/").at(-1) };
  const { type, items, additionalProperties } = schema;
  const nullable = Array.isArray(type) && type.includes("null");
  return {
    ...Object.fromEntries(Object.entries(schema).filter(([key]) => told.has(key))),
    ...(nullable ? { type: String(type[0]), nullable } : {}),
    ...(items === undefined ? {} : { items: fieldOf(items as Json) }),
    ...(typeof additionalProperties === "object"
      ? { additionalProperties: fieldOf(additionalProperties as Json) }
      : {}),
  };
}
