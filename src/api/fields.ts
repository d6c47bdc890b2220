/** Fields that several resources have, as Svix's contract describes them. */
import { Type, type Static, type TSchema, type TUnsafe } from "typebox";
import { limits } from "../core/limits.ts";

/** Of uids, event type names, channels and whatever else names something in a path. */
export const namePattern = "[a-zA-Z0-9\\-_.]+";
const anchored = `^${namePattern}$`;

/** The same schema, with null for "none". */
export function nullable<T extends TSchema & { type: string }>(
  schema: T,
): TUnsafe<Static<T> | null> {
  return Type.Unsafe({ ...schema, type: [schema.type, "null"] });
}

export const uid = nullable(
  Type.String({
    minLength: 1,
    maxLength: 256,
    pattern: anchored,
    description: "Your own name for it, unique among its kind. Works wherever the id does.",
  }),
);

export const eventTypeName = Type.String({
  maxLength: 256,
  pattern: anchored,
  examples: ["user.signup"],
});

export const channel = Type.String({ maxLength: 128, pattern: anchored, examples: ["project_1"] });

/** Of a message, to find it by. The contract has none yet; Svix's later one has this pattern. */
export const tag = Type.String({ maxLength: 128, pattern: "^[a-zA-Z0-9\\-_./#\\\\]+$" });

export const throttleRate = nullable(
  Type.Integer({ minimum: 1, maximum: 65_535, description: "Messages per second." }),
);

export const retentionDays = nullable(
  Type.Integer({
    minimum: 1,
    maximum: limits.retentionDaysMax,
    description:
      "Days that messages and attempts are kept at least, and payloads at most; null: as long as the server keeps others'.",
  }),
);

export const ordered = Type.Boolean({
  description:
    "Deliveries go out strictly one at a time, in the order of acceptance: while one waits for its retry, all later ones wait.",
});

export const metadata = Type.Unsafe<Record<string, string>>({
  type: "object",
  additionalProperties: { type: "string" },
  default: {},
});

/** In a PATCH: all of it, or left out. */
export const patchMetadata = Type.Unsafe<Record<string, string>>({
  type: "object",
  additionalProperties: { type: "string" },
});

/** What an endpoint filters on. */
export const eventTypeFilter = nullable(
  Type.Array(eventTypeName, {
    minItems: 1,
    maxItems: limits.eventTypesPerEndpointMax,
    uniqueItems: true,
    description: "Only messages of these; null for all.",
  }),
);

export const endpointChannels = nullable(
  Type.Array(channel, {
    minItems: 1,
    maxItems: 10,
    uniqueItems: true,
    description: "Only messages of these; null for all.",
  }),
);

export const signingSecret = nullable(
  Type.String({
    format: "signing-secret",
    description:
      "`whsec_` (may be left out) and base64 of 24 to 64 bytes, or `whsk_` and base64 of an ed25519 key pair; null: one is made.",
  }),
);

export const instant = Type.String({ format: "date-time" });

export const url = Type.String({
  minLength: 1,
  maxLength: 65_536,
  format: "uri",
  examples: ["https://example.com/webhook/"],
});

/** An id or a uid in a path. */
export const pathName = Type.String({ minLength: 1, maxLength: 256, pattern: anchored });
export const applicationPath = Type.Object({ app_id: pathName });
export const endpointPath = Type.Object({ app_id: pathName, endpoint_id: pathName });
export const operationalEndpointPath = Type.Object({ endpoint_id: pathName });
export const messagePath = Type.Object({ app_id: pathName, msg_id: pathName });
export const attemptPath = Type.Object({
  app_id: pathName,
  msg_id: pathName,
  attempt_id: Type.String(),
});
export const resendPath = Type.Object({
  app_id: pathName,
  msg_id: pathName,
  endpoint_id: pathName,
});
export const eventTypePath = Type.Object({ event_type_name: eventTypeName });

/** What a message has on its way in and on its way out. */
export const messageFields = {
  eventId: nullable(
    Type.String({
      minLength: 1,
      maxLength: 256,
      pattern: `^${namePattern}$`,
      description:
        "Your own identifier of the event: of the application's messages that are kept, only one can have it. Works wherever the message's id does.",
    }),
  ),
  channels: nullable(
    Type.Array(channel, { minItems: 1, maxItems: 5, uniqueItems: true, examples: [["project_1"]] }),
  ),
  tags: nullable(
    Type.Array(tag, { maxItems: 5, uniqueItems: true, description: "To find the message by." }),
  ),
  payload: Type.Unsafe<object>({
    type: "object",
    description: "What endpoints get, byte for byte as it is written here.",
  }),
};
