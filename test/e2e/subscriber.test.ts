import assert from "node:assert/strict";
import { test } from "node:test";
import { Receiver } from "./receiver.ts";
import { recipientsOf, type Subscriber } from "./subscriber.ts";

const subscribers = [
  subscriber("everything", { application: "a" }),
  subscriber("orders", { application: "a", eventTypes: ["order.paid"] }),
  subscriber("europe", { application: "a", channels: ["eu"] }),
  subscriber("elsewhere", { application: "b" }),
];

const cases: readonly (readonly [string, readonly string[] | undefined, readonly string[]])[] = [
  ["order.paid", undefined, ["everything", "orders"]],
  ["order.paid", ["us", "eu"], ["everything", "orders", "europe"]],
  ["user.joined", ["us"], ["everything"]],
];
for (const [eventType, channels, expected] of cases) {
  test(`${eventType} in ${channels?.join("+") ?? "no channel"} must reach ${expected.join(", ")}`, () => {
    const recipients = recipientsOf(subscribers, { application: "a", eventType, channels });
    assert.deepEqual(recipients, new Set(expected));
  });
}

function subscriber(
  name: string,
  filter: Pick<Subscriber, "application"> & Partial<Subscriber>,
): Subscriber {
  const receiver = new Receiver(name, { kind: "healthy" }, () => undefined);
  return { receiver, eventTypes: undefined, channels: undefined, ...filter };
}
