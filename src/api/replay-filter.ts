/** By what the operations that send messages again, or give them up, tell which of them. */
import { Type } from "typebox";
import type { TaskFilter } from "../core/background-task.ts";
import { deliveryStateOfStatus } from "./delivery-status.ts";
import { channel, eventTypeFilter, nullable, tag } from "./fields.ts";

export const messageFilterFields = {
  eventTypes: Type.Optional(eventTypeFilter),
  channel: Type.Optional(nullable({ ...channel, description: "Only messages of it." })),
  tag: Type.Optional(nullable({ ...tag, description: "Only messages with it." })),
};

export const replayFilterFields = {
  ...messageFilterFields,
  status: Type.Optional(
    Type.Unsafe<0 | 2 | null>({
      type: ["integer", "null"],
      enum: [0, 2, null],
      description:
        "Success = 0, fail = 2; null for both. What is pending is on its way, and left out.",
    }),
  ),
};

interface MessageFilterFields {
  readonly eventTypes?: string[] | null;
  readonly channel?: string | null;
  readonly tag?: string | null;
}

export interface ReplayFilterFields extends MessageFilterFields {
  readonly status?: 0 | 2 | null;
}

export function taskFilterOf(fields: ReplayFilterFields): TaskFilter {
  const { eventTypes, channel: ofChannel, tag: withTag, status } = fields;
  const state = typeof status === "number" ? deliveryStateOfStatus(status) : undefined;
  return {
    ...(eventTypes && { eventTypes }),
    ...(ofChannel && { channel: ofChannel }),
    ...(withTag && { tag: withTag }),
    ...(state !== undefined && state !== "waiting" && { state }),
  };
}
