/** What an operation says of itself in the OpenAPI document, over and above its schemas. */
import { Type, type TSchema, type TUnsafe } from "typebox";
import { component, type Component } from "./component.ts";

export const HttpErrorOut = component(
  "HttpErrorOut",
  Type.Object({ code: Type.String(), detail: Type.String() }),
);

export const ValidationErrorItem = component(
  "ValidationErrorItem",
  Type.Object({
    loc: Type.Array(Type.String(), { examples: [["body", "url"]] }),
    msg: Type.String(),
    type: Type.String(),
  }),
);

export const HTTPValidationError = component(
  "HTTPValidationError",
  Type.Object({ detail: Type.Array(ValidationErrorItem.ref) }),
);

export type Tag =
  | "Application"
  | "Authentication"
  | "Endpoint"
  | "Erasure"
  | "Event Type"
  | "Message"
  | "Message Attempt"
  | "Audit Log"
  | "Overview"
  | "Activity"
  | "Storage"
  | "Background Task"
  | "Operational Webhook"
  | "Inspector";

export interface Description {
  readonly operationId: string;
  readonly summary: string;
  readonly tags: Tag[];
  /** Told in the OpenAPI document too. */
  readonly "x-scope": Scope;
  readonly security: { HTTPBearer: string[] }[];
}

/**
 * Whose tokens may do it: the organisation's alone, or also an application's. The latter may then do it with that
 * application only, if there is one in the path.
 */
export type Scope = "organization" | "application";

declare module "fastify" {
  interface FastifySchema {
    /** Of every operation that needs a token. */
    readonly "x-scope"?: Scope;
  }
}

/** @param operationId Svix's, `v1.application.create` */
export function operation(
  operationId: string,
  tag: Tag,
  summary: string,
  scope: Scope,
): Description {
  return {
    operationId,
    summary,
    tags: [tag],
    "x-scope": scope,
    security: [{ HTTPBearer: [] }],
  };
}

/** A JSON answer, told what it means. */
export function answer<T>(body: Component<T>, meaning: string): TUnsafe<T> {
  return Type.Unsafe({
    description: meaning,
    content: { "application/json": { schema: body.ref } },
  });
}

/** An answer without a body (204), told what it means. */
export function noContent(meaning: string): TUnsafe<null> {
  return Type.Unsafe<null>({ type: "null", description: meaning });
}

/** The answers that every operation behind a token can give. Handlers never send them: they throw a `Problem`. */
export const problemAnswers = {
  401: answer(HttpErrorOut, "No valid bearer token"),
  403: answer(
    HttpErrorOut,
    "The token is an application's, and this needs the organisation's; or it only reads",
  ),
  404: answer(HttpErrorOut, "Not found, or another organisation's"),
  422: answer(HTTPValidationError, "Wrong fields, all of them"),
  503: answer(HttpErrorOut, "Not now: try again after `Retry-After` seconds"),
} satisfies Record<number, TSchema>;

/** @param meaning what stands against it */
export function conflictAnswer(meaning: string) {
  return answer(HttpErrorOut, meaning);
}

/** The answers that every operation with a body can give besides. */
export const bodyProblemAnswers = {
  ...problemAnswers,
  400: answer(HttpErrorOut, "The body is not JSON"),
  409: answer(HttpErrorOut, "It exists already"),
  413: answer(HttpErrorOut, "The body is too large"),
  415: answer(HttpErrorOut, "The body is not `application/json`"),
} satisfies Record<number, TSchema>;

/** The answer that operations which hand in messages can give besides. */
export const intakeProblemAnswers = {
  429: answer(
    HttpErrorOut,
    "Too much of this application waits to be taken, or more has come than its rate allows: try again after `Retry-After` seconds",
  ),
} satisfies Record<number, TSchema>;
