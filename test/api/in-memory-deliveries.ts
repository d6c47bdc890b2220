/** What became of deliveries, as the fake history of the API's tests has it. */
import { deliveryStateOf } from "../../src/core/delivery-state.ts";
import { type Address, type EndpointKey, messageIdOf } from "../../src/core/ids.ts";
import type { Recipient } from "../../src/core/message.ts";
import type {
  DeliveredMessage,
  DeliveryCounts,
  StoredAttempt,
  StoredDelivery,
} from "../../src/director/facade.ts";

/** To all recipients of a message, in their order. */
export function deliveriesOf(
  message: { readonly address: Address; readonly recipients: readonly Recipient[] },
  attempts: readonly StoredAttempt[],
): readonly StoredDelivery[] {
  const id = messageIdOf(message.address);
  const ofMessage = attempts.filter((attempt) => messageIdOf(attempt.message) === id);
  return message.recipients.map((recipient) => deliveryOf(recipient, ofMessage));
}

function deliveryOf(
  { endpoint, skipped }: Recipient,
  attempts: readonly StoredAttempt[],
): StoredDelivery {
  const made = attempts.filter((attempt) => attempt.endpoint === endpoint);
  const plan = made.findLast(({ retryAtMs }) => retryAtMs !== undefined);
  const state = deliveryStateOf({
    skipped,
    delivered: made.some(({ settlement }) => settlement === "delivered"),
    settled: made.some(({ settlement }) => settlement !== undefined),
  });
  return { endpoint, state, nextAttemptAtMs: state === "waiting" ? plan?.retryAtMs : undefined };
}

/** Nearest to the edge first. */
export function recipientsPage(
  deliveries: readonly StoredDelivery[],
  page: {
    readonly limit: number;
    readonly edge: EndpointKey | undefined;
    readonly direction: "forward" | "backward";
  },
): readonly StoredDelivery[] {
  const ordered = page.direction === "forward" ? deliveries : deliveries.toReversed();
  const from = ordered.findIndex(({ endpoint }) => endpoint === page.edge) + 1;
  return ordered.slice(from, from + page.limit);
}

export function countsOf(messages: readonly DeliveredMessage[]): DeliveryCounts {
  const counts = { delivered: 0, waiting: 0, failed: 0 };
  for (const { delivery } of messages) counts[delivery.state] += 1;
  return counts;
}
