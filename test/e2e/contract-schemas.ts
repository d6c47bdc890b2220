import { Ajv, type ValidateFunction } from "ajv";
import addFormats from "ajv-formats";
import type { Contract, Field, Json, Schema } from "../api/contract.ts";

/** OpenAPI's number formats as Svix's document has them. */
const integerRanges: Readonly<Record<string, readonly [number, number]>> = {
  uint16: [0, 2 ** 16 - 1],
  uint32: [0, 2 ** 32 - 1],
  uint64: [0, Number.MAX_SAFE_INTEGER],
  int16: [-(2 ** 15), 2 ** 15 - 1],
  int64: [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
};

/** The schemas of a contract as JSON schemas. Fields that a schema does not name are allowed, as OpenAPI has it. */
export class ContractSchemas {
  readonly #ajv: Ajv;

  constructor({ schemas }: Contract) {
    this.#ajv = new Ajv({ allErrors: true, keywords: ["example"] });
    // The package is CommonJS: its default export is the plugin's module, whose `default` is the plugin.
    addFormats.default(this.#ajv, ["date-time", "uri"]);
    for (const [name, [least, most]] of Object.entries(integerRanges)) {
      const validate = (value: number): boolean => value >= least && value <= most;
      this.#ajv.addFormat(name, { type: "number", validate });
    }
    for (const [name, schema] of Object.entries(schemas))
      this.#ajv.addSchema(toJsonSchema(schema), name);
  }

  /** What is wrong with a value, a line for each. */
  wrongsOf(name: string, value: unknown): readonly string[] {
    const validate: ValidateFunction | undefined = this.#ajv.getSchema(name);
    if (validate === undefined) throw new Error(`the contract has no schema ${name}`);
    if (validate(value)) return [];
    return (validate.errors ?? []).map(
      ({ instancePath, message = "" }) => `${name}${instancePath} ${message}`,
    );
  }
}

function toJsonSchema({ required, properties }: Schema): Json {
  const fields = Object.entries(properties).map(([name, field]) => [name, toFieldSchema(field)]);
  return { type: "object", required, properties: Object.fromEntries(fields) as Json };
}

function toFieldSchema({ nullable, items, additionalProperties, ...rest }: Field): Json {
  const schema = {
    ...rest,
    ...(items === undefined ? {} : { items: toFieldSchema(items) }),
    ...(additionalProperties === undefined
      ? {}
      : { additionalProperties: toFieldSchema(additionalProperties) }),
  };
  return nullable === true ? { anyOf: [schema, { type: "null" }] } : schema;
}
