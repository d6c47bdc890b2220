/** A message as producers write it, and what becomes of it. */
import { Type, type Static } from "typebox";
import type { Application } from "../control/entities.ts";
import { limits } from "../core/limits.ts";
import { matches } from "../core/match.ts";
import type { IncomingMessage, Recipient } from "../core/message.ts";
import { applicationAlongside } from "./application-alongside.ts";
import { component } from "./component.ts";
import type { ApiContext } from "./context.ts";
import { eventTypeName, messageFields, nullable } from "./fields.ts";
import { Problem } from "./problem.ts";

const retentionDaysDefault = 90;
const { payload, eventId, channels, tags } = messageFields;

const messageInSchema = Type.Object({
  application: Type.Optional(applicationAlongside),
  eventType: eventTypeName,
  payload,
  eventId: Type.Optional(eventId),
  channels: Type.Optional(channels),
  tags: Type.Optional(tags),
  payloadRetentionPeriod: Type.Optional(
    nullable(
      Type.Integer({
        minimum: 5,
        maximum: 90,
        default: retentionDaysDefault,
        description: "Days that the payload is kept.",
      }),
    ),
  ),
});
export type MessageIn = Static<typeof messageInSchema>;
export const MessageIn = component("MessageIn", messageInSchema);

/**
 * The message with the endpoints that it goes to, as the LDB has them now; else the problem `too_many_endpoints`.
 *
 * @param bytes the payload as it came
 */
export function incomingMessageOf(
  context: Pick<ApiContext, "controlReader">,
  application: Application,
  body: MessageIn,
  bytes: Uint8Array,
): IncomingMessage {
  const messageChannels = body.channels ?? undefined;
  const recipients: Recipient[] = [];
  for (const subscription of context.controlReader.subscriptions(application.key)) {
    if (matches(subscription, body.eventType, messageChannels)) {
      recipients.push({ endpoint: subscription.endpoint, skipped: subscription.disabled });
    }
  }
  if (recipients.length > limits.deliveriesPerMessageMax) {
    const expected = `at most ${limits.deliveriesPerMessageMax} endpoints for one message`;
    throw new Problem(
      "too_many_endpoints",
      `Expected ${expected}, got ${recipients.length}. Divide them by event types, channels or applications.`,
    );
  }
  return {
    application: application.key,
    eventType: body.eventType,
    eventId: body.eventId ?? undefined,
    channels: messageChannels,
    tags: body.tags ?? undefined,
    payload: bytes,
    retentionDays: payloadDaysOf(application, body.payloadRetentionPeriod ?? undefined),
    recipients,
  };
}

/** Days that the payload of a message is kept, which is never longer than its application's history. */
export function payloadDaysOf(
  { retentionDays = Infinity }: Application,
  askedDays = retentionDaysDefault,
): number {
  return Math.min(askedDays, retentionDays);
}
