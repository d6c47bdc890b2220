/**
 * A client by plain HTTP that knows nothing but Svix's contract: it makes each request from what the contract says of the
 * operation, of its examples, and of what earlier answers told.
 */
import type { Contract, Field, Operation } from "../api/contract.ts";

/** Field that names a thing in an answer of a schema, and the path parameter that takes this name. */
const namings: Readonly<Record<string, readonly [field: string, parameter: string]>> = {
  ApplicationOut: ["id", "app_id"],
  EndpointOut: ["id", "endpoint_id"],
  EventTypeOut: ["name", "event_type_name"],
  MessageOut: ["id", "msg_id"],
  MessageAttemptOut: ["id", "attempt_id"],
  AppPortalAccessOut: ["token", "portal token"],
};

/** Done with a portal's token, that of one application. */
const portalOperations = ["logout_api_v1_auth_logout__post"];

/** What operations need besides the parameters of their paths. */
const furtherNeeds: Readonly<Record<string, readonly string[]>> = {
  logout_api_v1_auth_logout__post: ["portal token"],
  // The example that it sends is the event type's.
  "v1.endpoint.send-example": ["event_type_name"],
};

export interface Answer {
  readonly status: number;
  /** Undefined if there is none. */
  readonly body: unknown;
}

export interface Request {
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** Null: none. */
  readonly token?: string | null;
}

interface ContractClientOptions {
  readonly contract: Contract;
  readonly address: string;
  /** The organisation's. */
  readonly token: string;
  /** Where endpoints are, instead of what the examples say. */
  readonly endpointUrl: string;
}

export class ContractClient {
  readonly #options: ContractClientOptions;
  readonly #startedAtMs = Date.now();
  /** By path parameter, the first one that was told of each. */
  readonly #names = new Map<string, string>();

  constructor(options: ContractClientOptions) {
    this.#options = options;
  }

  operation(id: string): Operation {
    const operation = this.#options.contract.operations[id];
    if (operation === undefined) throw new Error(`the contract has no operation ${id}`);
    return operation;
  }

  /** Whether earlier answers have told whatever the operation's request names. */
  isReady(id: string): boolean {
    const needs = [...parametersOf(this.operation(id)), ...(furtherNeeds[id] ?? [])];
    return needs.every((name) => this.#names.has(name));
  }

  /** Asks with the names, token and body that the contract and earlier answers give, but for what `request` says. */
  async ask(id: string, request: Request = {}): Promise<Answer> {
    const operation = this.operation(id);
    const path = operation.path.replaceAll(/\{(\w+)\}/g, (_, name: string) =>
      encodeURIComponent(request.params?.[name] ?? this.#nameOf(name)),
    );
    const query = new URLSearchParams(request.query).toString();
    const { body = this.fullBody(id), token = this.#tokenFor(id) } = request;
    const response = await fetch(`${this.#options.address}${path}${query && `?${query}`}`, {
      method: operation.method.toUpperCase(),
      headers: {
        ...(token === null ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
      body: body === undefined ? null : JSON.stringify(body),
    });
    const text = await response.text();
    const answer = { status: response.status, body: text === "" ? undefined : parseJson(text) };
    this.#learn(operation.answers[response.status] ?? undefined, answer.body);
    return answer;
  }

  /** With every field that the contract has. */
  fullBody(id: string): unknown {
    const { body } = this.operation(id);
    return body === undefined ? undefined : this.#bodyOf(body, () => true);
  }

  /** With the fields alone that the contract requires. */
  leastBody(id: string): unknown {
    const { body } = this.operation(id);
    if (body === undefined) return undefined;
    const { required = [] } = this.#options.contract.schemas[body] ?? {};
    return this.#bodyOf(body, (name) => required.includes(name));
  }

  /** Every parameter of the query but the iterator, such that what was made by the examples is found. */
  fullQuery(id: string): Record<string, string> {
    const { query } = this.operation(id);
    const entries = Object.entries(query).filter(([name]) => name !== "iterator");
    return Object.fromEntries(
      entries.map(([name, field]) => [name, String(this.#valueOf(name, field))]),
    );
  }

  #bodyOf(schema: string, isWanted: (name: string) => boolean): object {
    const { properties = {} } = this.#options.contract.schemas[schema] ?? {};
    const entries = Object.entries(properties).filter(([name]) => isWanted(name));
    return Object.fromEntries(entries.map(([name, field]) => [name, this.#valueOf(name, field)]));
  }

  #valueOf(name: string, field: Field): unknown {
    const known = this.#knownValues()[name];
    if (known !== undefined) return known;
    if (typeof field["$ref"] === "string") return this.#bodyOf(field["$ref"], () => true);
    if (field["example"] !== undefined) return field["example"];
    if (Array.isArray(field["enum"])) return field["enum"][0];
    return this.#valueOfType(name, field);
  }

  #valueOfType(name: string, field: Field): unknown {
    switch (field.type) {
      case "string":
        return field["format"] === "date-time" ? new Date().toISOString() : "some-text";
      case "integer":
        return field["minimum"] === 0 ? 1 : (field["minimum"] ?? 1);
      case "boolean":
        return field["default"] ?? true;
      case "array":
        return [this.#valueOf(name, field.items ?? {})];
      case "object":
        return {};
      default:
        throw new Error(`the contract does not say what ${name} is`);
    }
  }

  /** Where the examples or types alone would lead nowhere. */
  #knownValues(): Readonly<Record<string, unknown>> {
    const message = this.#options.contract.schemas["MessageIn"]?.properties ?? {};
    const eventType = message["eventType"]?.["example"];
    const channels = message["channels"]?.["example"] as readonly string[]; // the contract has them
    const earlier = new Date(this.#startedAtMs - 3_600_000).toISOString();
    return {
      url: this.#options.endpointUrl,
      // Also where there is no example: an endpoint that is changed goes on getting the message.
      eventTypes: [eventType],
      event_types: eventType,
      channels,
      channel: channels[0],
      endpoint_id: this.#names.get("endpoint_id"),
      // The example in EventTypePatch is one schema where the contract wants them by version.
      schemas: this.#options.contract.schemas["EventTypeIn"]?.properties["schemas"]?.["example"],
      disabled: false,
      archived: false,
      status: 0,
      status_code_class: 200,
      since: earlier,
      after: earlier,
    };
  }

  #tokenFor(id: string): string {
    return portalOperations.includes(id) ? this.#nameOf("portal token") : this.#options.token;
  }

  #nameOf(parameter: string): string {
    const name = this.#names.get(parameter);
    if (name === undefined) throw new Error(`no answer has told a ${parameter}`);
    return name;
  }

  #learn(schema: string | undefined, body: unknown): void {
    if (schema === undefined || typeof body !== "object" || body === null) return;
    const [, itemSchema] = /^ListResponse_(\w+)_$/.exec(schema) ?? [];
    if (itemSchema !== undefined) {
      this.#learn(itemSchema, (body as { data?: readonly unknown[] }).data?.[0]);
      return;
    }
    const [field, parameter] = namings[schema] ?? [];
    const name = field === undefined ? undefined : (body as Record<string, unknown>)[field];
    if (parameter === undefined || typeof name !== "string") return;
    if (!this.#names.has(parameter)) this.#names.set(parameter, name);
  }
}

export function parametersOf({ path }: Operation): string[] {
  return Array.from(path.matchAll(/\{(\w+)\}/g), ([, name]) => String(name));
}

function parseJson(text: string): unknown {
  return JSON.parse(text);
}
