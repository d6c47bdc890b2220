/** Svix's `MessageStatus`, of deliveries and of attempts. */
import { Type } from "typebox";
import type { DeliveryState } from "../core/delivery-state.ts";
import type { StoredDelivery } from "../director/facade.ts";
import { instant, nullable } from "./fields.ts";

/** Success, pending, fail, sending. */
export type Status = 0 | 1 | 2 | 3;
export const statusTexts = { 0: "success", 1: "pending", 2: "fail", 3: "sending" } as const;

const meaning = "Success = 0, pending = 1, fail = 2, sending = 3.";

/** @param more what is to be known of it here */
export function statusField(more: string) {
  return Type.Unsafe<Status>({
    type: "integer",
    enum: [0, 1, 2, 3],
    description: `${meaning} ${more}`,
  });
}

export const statusText = Type.Unsafe<(typeof statusTexts)[Status]>({
  type: "string",
  enum: Object.values(statusTexts),
});

const statuses = { delivered: 0, waiting: 1, failed: 2 } as const satisfies Record<
  DeliveryState,
  Status
>;

/** Undefined for what no delivery is ever told to be: one that is being sent is pending still. */
export function deliveryStateOfStatus(status: Status): DeliveryState | undefined {
  const states = ["delivered", "waiting", "failed"] as const;
  return states.find((state) => statuses[state] === status);
}

/** What is told of a delivery. */
export const deliveryFields = {
  status: statusField(
    "Pending: never attempted, or waiting for its retry. Fail: given up on, or the endpoint was disabled. Never 3.",
  ),
  statusText,
  nextAttempt: nullable({ ...instant, description: "When the next attempt is due." }),
};

export function deliveryOut({ state, nextAttemptAtMs }: StoredDelivery) {
  const status = statuses[state];
  return {
    status,
    statusText: statusTexts[status],
    nextAttempt: nextAttemptAtMs === undefined ? null : new Date(nextAttemptAtMs).toISOString(),
  };
}
