/** Requests of the API document's operations, with parameters and bodies that nearly fit their schemas. */
import { readFileSync } from "node:fs";
import type { SeededRandom } from "../../simulation/seeded-random.ts";
import type { FuzzedRequest } from "./fuzzed-request.ts";
import { hostileJson, hostileText } from "./hostile-text.ts";
import { textOfRequest } from "./request-text.ts";

interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly Schema[];
  readonly format?: string;
  readonly minimum?: number;
  readonly maximum?: number;
}

export interface ApiOperation {
  readonly method: string;
  readonly path: string;
  readonly query: readonly string[];
  readonly body: Schema | undefined;
}

interface ApiDocument {
  readonly paths: Readonly<Record<string, Readonly<Record<string, DocumentedOperation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

interface DocumentedOperation {
  readonly parameters?: readonly { readonly in: string; readonly name: string }[];
  readonly requestBody?: {
    readonly content: Readonly<Record<string, { readonly schema: Schema }>>;
  };
  readonly responses: Readonly<Record<string, { readonly content?: object }>>;
}

const document = JSON.parse(
  readFileSync(new URL("../../../docs/openapi.json", import.meta.url), "utf8"),
) as ApiDocument; // written by the server itself, and compared by a test

/** All but those whose answer does not end: nothing can come after them on a connection. */
export function documentedOperations(): readonly ApiOperation[] {
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods)
      .filter(([, operation]) => !answersForEver(operation))
      .map(([method, { parameters = [], requestBody }]) => ({
        method: method.toUpperCase(),
        path,
        query: parameters.filter((each) => each.in === "query").map(({ name }) => name),
        body: requestBody?.content["application/json"]?.schema,
      })),
  );
}

function answersForEver({ responses }: DocumentedOperation): boolean {
  return Object.values(responses).some(({ content = {} }) => "text/event-stream" in content);
}

/** The application is not that of the messages: it is renamed and changed in every way. */
const known = { app_id: "changed", endpoint_id: "hook", event_type_name: "order.paid" } as const;

export function operationRequest(
  target: {
    readonly host: string;
    readonly token: string;
    readonly operations: readonly ApiOperation[];
  },
  random: SeededRandom,
): Pick<FuzzedRequest, "bytes" | "framing"> {
  const { method, path, query, body } = random.pick(target.operations);
  const filled = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const right = name in known ? known[name as keyof typeof known] : undefined;
    // What all others need is not deleted.
    if (right !== undefined && method !== "DELETE" && random.chance(0.8)) return right;
    return inPath(hostileText(random), random);
  });
  const parameters = query
    .filter(() => random.chance(0.3))
    .map(
      (name) =>
        `${name}=${inPath(random.chance(0.5) ? hostileText(random) : String(random.integer(-5, 300)), random)}`,
    );
  if (random.chance(0.05)) parameters.push(inPath(hostileText(random), random));
  const search = parameters.length === 0 ? "" : `?${parameters.join("&")}`;
  const parts = { method, path: `${filled}${search}` };
  const text = body === undefined ? undefined : nearly(body, random, 0);
  const bytes = textOfRequest(target, text === undefined ? parts : { ...parts, body: text });
  return { bytes, framing: "sound" };
}

/** What can stand in a request line: encoded, or as it is where that leaves it one word of ASCII. */
function inPath(text: string, random: SeededRandom): string {
  const plain = text.slice(0, 1_000);
  if (random.chance(0.3) && /^[!-~]+$/.test(plain)) return plain.replaceAll(/[#?]/g, "");
  return encodeURIComponent(plain);
}

/** JSON that fits the schema, but here and there. */
function nearly(schema: Schema, random: SeededRandom, depth: number): string {
  if (depth > 6 || random.chance(0.05)) return hostileJson(random, 3);
  if (schema.$ref !== undefined) {
    const name = schema.$ref.split("/").at(-1) ?? "";
    return nearly(document.components.schemas[name] ?? {}, random, depth + 1);
  }
  if (schema.anyOf !== undefined) return nearly(random.pick(schema.anyOf), random, depth + 1);
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum !== undefined) return JSON.stringify(random.pick(schema.enum));
  const type = typeof schema.type === "string" ? schema.type : random.pick(schema.type ?? ["null"]);
  return ofType(type, schema, random, depth);
}

function ofType(type: string, schema: Schema, random: SeededRandom, depth: number): string {
  switch (type) {
    case "object": {
      const members = Object.entries(schema.properties ?? { a: {} })
        .filter(() => random.chance(0.7))
        .map(([name, member]) => `${JSON.stringify(name)}:${nearly(member, random, depth + 1)}`);
      if (random.chance(0.1)) members.push(`${JSON.stringify(hostileText(random))}:0`);
      return `{${members.join(",")}}`;
    }
    case "array": {
      const items = Array.from({ length: random.integer(0, 3) }, () =>
        nearly(schema.items ?? {}, random, depth + 1),
      );
      return `[${items.join(",")}]`;
    }
    case "string":
      return JSON.stringify(random.chance(0.5) ? fitting(schema, random) : hostileText(random));
    case "integer":
    case "number":
      return String(random.integer(schema.minimum ?? -10, Math.min(schema.maximum ?? 1e6, 1e9)));
    case "boolean":
      return String(random.chance(0.5));
    default:
      return "null";
  }
}

function fitting({ format }: Schema, random: SeededRandom): string {
  if (format === "uri") return `https://h${random.integer(0, 999)}.example/`;
  if (format === "date-time") return "2026-11-28T00:00:00Z";
  return `t${random.integer(0, 50)}`;
}
