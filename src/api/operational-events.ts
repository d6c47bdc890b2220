/**
 * What operational endpoints are sent, for the `webhooks` of the OpenAPI document: schemas of the shapes in
 * core/operational-event.ts, under Svix's names.
 */
import { Type, type TProperties } from "typebox";
import type { OperationalEvent } from "../core/operational-event.ts";
import { component, type Component } from "./component.ts";
import type { ApiServer } from "./context.ts";
import { instant, uid } from "./fields.ts";

const idOf = (prefix: string) =>
  Type.String({ examples: [`${prefix}_1srOrx2ZWZBpBUvZwXKQmoEYga2`] });

const endpointFields = {
  appId: idOf("app"),
  appUid: uid,
  endpointId: idOf("ep"),
  endpointUid: uid,
};

const LastAttempt = component(
  "MessageAttempetLast", // Svix's spelling
  Type.Object({
    id: idOf("atmpt"),
    responseStatusCode: Type.Integer({ description: "0 if there was no answer." }),
    timestamp: instant,
  }),
);

const attemptFields = {
  appId: idOf("app"),
  appUid: uid,
  endpointId: idOf("ep"),
  msgId: idOf("msg"),
  msgEventId: uid,
  lastAttempt: LastAttempt.ref,
};

interface Described {
  readonly name: string;
  readonly meaning: string;
  readonly data: Component<unknown>;
  readonly event: Component<unknown>;
}

const described: readonly Described[] = [
  describe("endpoint.created", "An endpoint has been created.", endpointFields),
  describe("endpoint.updated", "An endpoint has been changed.", endpointFields),
  describe("endpoint.deleted", "An endpoint has been deleted.", endpointFields),
  describe(
    "endpoint.disabled",
    "An endpoint has answered 410, or only failed for five days, and is disabled.",
    { ...endpointFields, failSince: instant },
  ),
  describe("endpoint.paused", "An endpoint has only failed and is left alone for a while (ours).", {
    ...endpointFields,
    failSince: instant,
    pausedUntil: instant,
  }),
  describe("endpoint.resumed", "A paused endpoint has taken a message (ours).", {
    ...endpointFields,
    failSince: instant,
  }),
  describe(
    "message.attempt.failing",
    "The fourth attempt of a delivery has failed, and another is planned.",
    attemptFields,
  ),
  describe(
    "message.attempt.exhausted",
    "The last attempt of a delivery has failed.",
    attemptFields,
  ),
  describe(
    "message.attempt.recovered",
    "An endpoint has taken a message that was told of as failing or exhausted.",
    attemptFields,
  ),
];

function describe(type: OperationalEvent["type"], meaning: string, fields: TProperties): Described {
  const words = type.split(".").map((word) => word.charAt(0).toUpperCase() + word.slice(1));
  const name = `${words.join("")}Event`;
  const data = component(`${name}Data`, Type.Object(fields));
  const event = component(
    name,
    Type.Object({ type: Type.Unsafe({ type: "string", enum: [type] }), data: data.ref }),
  );
  return { name, meaning, data, event };
}

/** Gives the document the schemas that `operationalWebhooks` refers to. */
export function operationalEventSchemas(server: ApiServer): void {
  server.addSchema(LastAttempt.schema);
  for (const { data, event } of described) {
    server.addSchema(data.schema);
    server.addSchema(event.schema);
  }
}

/** The `webhooks` of the OpenAPI document. */
export const operationalWebhooks = Object.fromEntries(
  described.map(({ name, meaning }) => [
    name,
    {
      post: {
        operationId: name,
        summary: meaning,
        tags: ["Operational Webhook"],
        requestBody: {
          required: true,
          content: { "application/json": { schema: { $ref: `#/components/schemas/${name}` } } },
        },
        responses: { "2XX": { description: "Any of these says that it has been received." } },
      },
    },
  ]),
);
