/** What happened in a simulated world, and what of it must not have. */
import { deliveryNumberOf, messageRowOf } from "../../src/core/delivery.ts";
import {
  type Address,
  type ApplicationKey,
  type EndpointKey,
  messageIdOf,
  parseMessageId,
} from "../../src/core/ids.ts";
import type { IncomingMessage } from "../../src/core/message.ts";
import type { NewResend } from "../../src/director/facade.ts";
import type { MemoryFile } from "../../src/jobdb/memory/memory-disk.ts";
import { orderViolations } from "./order-violations.ts";
import { type AskedCancellation, Cancellations } from "./cancellations.ts";
import { restViolations } from "./rest-violations.ts";
import { rateViolations } from "./rate-violations.ts";
import type { SimulatedEndpoints } from "./simulated-endpoints.ts";
import type { Arrival } from "./simulated-network.ts";

export interface Sent {
  readonly message: IncomingMessage;
  /** Set when it was acknowledged. */
  address: Address | undefined;
  /** When its payload was erased for certain. */
  erasedAtMs: number;
}

export interface Resent {
  readonly address: Address;
  readonly endpoint: EndpointKey;
  readonly trigger: NewResend["trigger"];
  /** When it was acknowledged; infinite if it was not, and then it may or may not have been taken. */
  acknowledgedAtMs: number;
}

export interface WorldRecord {
  readonly schedule: readonly number[];
  readonly endpoints: SimulatedEndpoints;
  /** By the payload's text. */
  readonly sent: Map<string, Sent>;
  /** The messages that were handed in together. */
  readonly batches: (readonly string[])[];
  readonly resent: Resent[];
  /** What was asked to be cancelled, answered or not. */
  readonly cancellations: AskedCancellation[];
  /** Endpoints that were deleted, and when. */
  readonly deleted: Map<EndpointKey, number>;
  /** Deliveries that were answered 2xx without the program knowing it durably when it crashed, and how often. */
  readonly forgotten: Map<string, number>;
  readonly arrivals: readonly Arrival[];
  /** Also those that their endpoint did not see. */
  readonly attempts: readonly Arrival[];
  /** Those that their sender learnt the outcome of, in the order that it did. */
  readonly answered: readonly Arrival[];
  readonly files: ReadonlyMap<number, MemoryFile>;
}

/** Everything that must not have happened, in words. */
export function violationsOf(record: WorldRecord): readonly string[] {
  return [
    ...arrivalViolations(record),
    ...lostOnes(record),
    ...lostResends(record),
    ...tornBatches(record),
    ...undrainedFiles(record),
    ...new Cancellations(record.files).violations(record),
    ...rateViolations(record.attempts, record.endpoints),
    ...orderViolations(record),
    ...handPauseViolations(record),
    ...restViolations(record, {
      isManual: isManualIn(record),
      endpoints: record.endpoints,
    }),
  ];
}

/** Whoever was told that an endpoint is paused sees no attempt start. */
function handPauseViolations({ attempts, endpoints }: WorldRecord): string[] {
  const disturbed = attempts.filter(({ endpoint, atMs }) =>
    endpoints.all.get(endpoint)?.handPauses.some((pause) => pause.held(atMs)),
  );
  return disturbed.map(
    ({ endpoint, atMs }) => `called while paused by hand: ${endpoint} at ${atMs}`,
  );
}

/** To be called at every crash and at the end: whatever was answered 2xx and is in no attempt row may be sent once more. */
export function noteForgotten({ arrivals, files, forgotten }: WorldRecord): void {
  const successes = Map.groupBy(arrivals.filter(isSuccess), keyOf);
  for (const [key, answered] of successes) {
    const [first] = answered;
    if (first === undefined) continue;
    const missing = answered.length - timesRecorded(first, files);
    if (missing > 0) forgotten.set(key, missing);
  }
}

function timesRecorded(arrival: Arrival, files: WorldRecord["files"]): number {
  const address = parseMessageId(arrival.messageId);
  const attempts = address === undefined ? [] : (files.get(address.jobDb)?.attempts ?? []);
  return attempts.filter(
    (attempt) =>
      attempt.settlement === "delivered" &&
      attempt.endpoint === arrival.endpoint &&
      messageRowOf(attempt.delivery) === address?.row,
  ).length;
}

function arrivalViolations(record: WorldRecord): string[] {
  const { arrivals, forgotten } = record;
  const violations: string[] = [];
  const resends = Map.groupBy(record.resent, resentKeyOf);
  const timesDelivered = new Map<string, number>();
  const last = new Map<string, Arrival>();
  for (const arrival of arrivals) {
    const key = keyOf(arrival);
    const rounds = resends.get(key)?.length ?? 0;
    violations.push(...placeViolations(arrival, record, rounds > 0));
    if ((timesDelivered.get(key) ?? 0) > (forgotten.get(key) ?? 0) + rounds) {
      violations.push(`more often than its rounds and the crashes explain: ${key}`);
    }
    const before = last.get(key);
    if (rounds === 0 && before?.run === arrival.run && isEarly(before, arrival, record.schedule)) {
      violations.push(`early: ${key}`);
    }
    last.set(key, arrival);
    if (isSuccess(arrival)) timesDelivered.set(key, (timesDelivered.get(key) ?? 0) + 1);
  }
  return violations;
}

function placeViolations(arrival: Arrival, record: WorldRecord, isResent: boolean): string[] {
  const { endpoint, payload, messageId, atMs } = arrival;
  const sent = record.sent.get(payload);
  if (sent === undefined) return [`unexpected or altered: ${payload}`];
  const violations: string[] = [];
  const isFor = sent.message.recipients.some((recipient) => recipient.endpoint === endpoint);
  if (!isFor && !isResent) violations.push(`misplaced: ${payload} at ${endpoint}`);
  if (sent.address !== undefined && messageIdOf(sent.address) !== messageId)
    violations.push(`another id: ${payload} came as ${messageId}`);
  if (atMs > sent.erasedAtMs) violations.push(`sent after it was erased: ${payload}`);
  if (atMs > (record.deleted.get(endpoint) ?? Infinity))
    violations.push(`sent to a deleted endpoint: ${payload}`);
  return violations;
}

/** The least that any failed attempt waits; a longer wait than the first is due only when attempts were counted. */
function isEarly(before: Arrival, arrival: Arrival, schedule: readonly number[]): boolean {
  const leastSeconds = before.statusCode === 429 ? 3 : (schedule[0] ?? 0);
  return arrival.atMs < before.answeredAtMs + leastSeconds * 1000;
}

function lostOnes({ sent, arrivals, deleted, files }: WorldRecord): string[] {
  const cancellations = new Cancellations(files);
  const done = new Set(arrivals.filter(isEnd).map(keyOf));
  return [...sent.values()].flatMap(({ message, address, erasedAtMs }) => {
    if (address === undefined || erasedAtMs !== Infinity) return [];
    return message.recipients.flatMap(({ endpoint }, ordinal) => {
      if (deleted.has(endpoint) || done.has(`${messageIdOf(address)} at ${endpoint}`)) return [];
      if (cancellations.has(address, endpoint, 0)) return [];
      const delivery = deliveryNumberOf(address.row, ordinal);
      return [`lost: delivery ${delivery} of JobDb ${address.jobDb}, endpoint ${endpoint}`];
    });
  });
}

/** By the schedule: at last delivered, or gone; by hand: tried, which an endpoint that refuses connections does not see. */
function lostResends({ resent, arrivals, sent, deleted, files }: WorldRecord): string[] {
  const erased = new Set(
    [...sent.values()].flatMap(({ address, erasedAtMs }) =>
      address === undefined || erasedAtMs === Infinity ? [] : messageIdOf(address),
    ),
  );
  const byKey = Map.groupBy(arrivals, keyOf);
  const cancellations = new Cancellations(files);
  return resent.flatMap((each) => {
    const { address, endpoint, trigger, acknowledgedAtMs } = each;
    if (acknowledgedAtMs === Infinity || deleted.has(endpoint)) return [];
    if (erased.has(messageIdOf(address))) return [];
    if (trigger === "manual" && timesTriedByHand(each, files) >= timesAskedByHand(each, resent))
      return [];
    if (cancellations.has(address, endpoint, acknowledgedAtMs - acknowledgementMs)) return [];
    const since = (byKey.get(resentKeyOf(each)) ?? []).filter(
      // Acknowledged and sent may be the same moment.
      ({ atMs }) => atMs >= acknowledgedAtMs - acknowledgementMs,
    );
    const isDone = trigger === "scheduled" && since.some(isEnd);
    return isDone ? [] : [`lost: a ${trigger} resend, ${resentKeyOf(each)}`];
  });
}

function isManualIn({ resent }: WorldRecord): (arrival: Arrival) => boolean {
  const byHand = new Set(
    resent.filter(({ trigger }) => trigger === "manual").map((each) => resentKeyOf(each)),
  );
  return (arrival) => byHand.has(keyOf(arrival));
}

function timesAskedByHand(one: Resent, resent: readonly Resent[]): number {
  return resent.filter(
    (each) =>
      each.trigger === "manual" &&
      each.acknowledgedAtMs < Infinity &&
      resentKeyOf(each) === resentKeyOf(one),
  ).length;
}

function timesTriedByHand({ address, endpoint }: Resent, files: WorldRecord["files"]): number {
  const attempts = files.get(address.jobDb)?.attempts ?? [];
  return attempts.filter(
    (attempt) =>
      attempt.trigger === "manual" &&
      attempt.endpoint === endpoint &&
      messageRowOf(attempt.delivery) === address.row,
  ).length;
}

/** The longest from a commit to whoever waits for it. */
const acknowledgementMs = 1_000;

/** Rows never go away, so half a batch at any time is half a batch at the end. */
function tornBatches({ batches, files }: WorldRecord): string[] {
  const stored = new Set([...files.values()].flatMap((file) => file.messages.map(textOf)));
  return batches.flatMap((batch) => {
    const count = batch.filter((text) => stored.has(text)).length;
    return count > 0 && count < batch.length
      ? [`torn: ${count} of the ${batch.length} messages of a batch`]
      : [];
  });
}

function undrainedFiles({ files }: WorldRecord): string[] {
  const newest = Math.max(...files.keys());
  return [...files.values()].flatMap((file) =>
    file.number !== newest && !file.drained
      ? [`JobDb ${file.number} has nothing unsettled and is not marked drained`]
      : [],
  );
}

export function messageOf(
  text: string,
  application: ApplicationKey,
  endpoints: readonly EndpointKey[],
): IncomingMessage {
  return {
    application,
    eventType: "test",
    eventId: undefined,
    channels: undefined,
    tags: undefined,
    payload: Uint8Array.from(text, (character) => character.charCodeAt(0)),
    retentionDays: 90,
    recipients: endpoints.map((endpoint) => ({ endpoint, skipped: false })),
  };
}

export function textOf({ payload }: Pick<IncomingMessage, "payload">): string {
  return String.fromCharCode(...payload);
}

function keyOf(arrival: Arrival): string {
  return `${arrival.messageId} at ${arrival.endpoint}`;
}

function resentKeyOf({ address, endpoint }: Resent): string {
  return `${messageIdOf(address)} at ${endpoint}`;
}

/** Nothing more need come of it. */
function isEnd(arrival: Arrival): boolean {
  return isSuccess(arrival) || arrival.statusCode === 410;
}

function isSuccess(arrival: Arrival): boolean {
  return arrival.statusCode >= 200 && arrival.statusCode < 300;
}
