import { type DeliveryNumber, deliveryNumberOf } from "../../src/core/delivery.ts";
import { type EndpointKey, messageIdOf, parseMessageId } from "../../src/core/ids.ts";
import type { MemoryFile } from "../../src/jobdb/memory/memory-disk.ts";
import type { SimulatedEndpoint } from "./simulated-endpoints.ts";
import type { Arrival } from "./simulated-network.ts";
import type { Resent, WorldRecord } from "./world-record.ts";

/** A delivery as the disk has it. */
interface Delivery {
  readonly messageId: string;
  /** When its settlement was committed; infinite if it is not settled. */
  readonly settledAtMs: number;
}

/**
 * Attempts that strict order forbids: one while an earlier delivery of the endpoint was not durably settled, and one while
 * another was under way. What was resent is no part of the order, but all else waits until that is settled too.
 */
export function orderViolations(record: WorldRecord): string[] {
  const byEndpoint = Map.groupBy(record.attempts, ({ endpoint }) => endpoint);
  const resent = new Set(record.resent.map(resentKeyOf));
  return [...record.endpoints.all.values()].flatMap((endpoint) => {
    const attempts = (byEndpoint.get(endpoint.key) ?? []).filter(({ atMs }) =>
      wasOrdered(endpoint, atMs),
    );
    if (attempts.length === 0) return [];
    const inOrder = attempts.filter((attempt) => !resent.has(keyOf(attempt)));
    return [
      ...overtakings(inOrder, deliveriesOf(endpoint.key, record.files)),
      ...overlaps(attempts),
    ];
  });
}

/** Changed in the same millisecond as the attempt: it may have started before or after that. */
function wasOrdered({ ordered, orderChangedAtMs }: SimulatedEndpoint, atMs: number): boolean {
  if (orderChangedAtMs.includes(atMs)) return false;
  return orderChangedAtMs.filter((each) => each < atMs).length % 2 === 0 ? ordered : !ordered;
}

function overtakings(attempts: readonly Arrival[], deliveries: readonly Delivery[]): string[] {
  const freeAtMs = new Map<string, number>();
  let settledAtMs = 0;
  for (const delivery of deliveries) {
    freeAtMs.set(delivery.messageId, settledAtMs);
    settledAtMs = Math.max(settledAtMs, delivery.settledAtMs);
  }
  return attempts
    .filter(({ messageId, atMs }) => atMs < (freeAtMs.get(messageId) ?? 0))
    .map((attempt) => `out of order: ${keyOf(attempt)} at ${attempt.atMs}`);
}

/** @param attempts in the order of time */
function overlaps(attempts: readonly Arrival[]): string[] {
  return attempts.flatMap((attempt, index) => {
    const before = attempts[index - 1];
    return before?.run === attempt.run && attempt.atMs < before.answeredAtMs
      ? [`two at a time: ${keyOf(attempt)} at ${attempt.atMs}`]
      : [];
  });
}

/** All of an endpoint that were not skipped, in the order of acceptance. */
function deliveriesOf(
  endpoint: EndpointKey,
  files: ReadonlyMap<number, MemoryFile>,
): readonly Delivery[] {
  const inOrder = [...files.values()].toSorted((left, right) => left.number - right.number);
  return inOrder.flatMap((file) =>
    file.messages.flatMap((message) => {
      const ordinal = message.recipients.findIndex((each) => each.endpoint === endpoint);
      if (message.recipients[ordinal]?.skipped !== false) return [];
      const messageId = messageIdOf({ ...message, jobDb: file.number });
      const settledAtMs = settledAtMsOf(file, deliveryNumberOf(message.row, ordinal));
      return [{ messageId, settledAtMs }];
    }),
  );
}

function settledAtMsOf(file: MemoryFile, delivery: DeliveryNumber): number {
  const attempts = file.attemptsByDelivery.get(delivery) ?? [];
  const settling = attempts.find(
    ({ round, settlement }) =>
      settlement === "delivered" || (round === 0 && settlement !== undefined),
  );
  return settling?.atMs ?? Infinity;
}

function keyOf({ messageId, endpoint }: Arrival): string {
  const address = parseMessageId(messageId);
  return `message ${address?.row} of JobDb ${address?.jobDb} at endpoint ${endpoint}`;
}

function resentKeyOf({ address, endpoint }: Resent): string {
  return `message ${address.row} of JobDb ${address.jobDb} at endpoint ${endpoint}`;
}
