/** Rows of a JobDb for tests, of which only what matters is said. */
import type { AnswerRow } from "../../src/core/answer.ts";
import { type DeliveryNumber, deliveryNumberOf } from "../../src/core/delivery.ts";
import { applicationKeyOf, type EndpointKey, endpointKeyOf } from "../../src/core/ids.ts";
import type { AttemptRow, MessageRow } from "../../src/core/message.ts";
import type { Commit } from "../../src/director/ports.ts";

export const baseAtMs = 1_800_000_000_000;

/** To the given endpoints, a millisecond later with each row. */
export function messageTo(
  endpoints: readonly number[],
  row: number,
  rest: Partial<MessageRow> = {},
): MessageRow {
  return {
    row,
    nonce: 1000 + row,
    atMs: baseAtMs + row,
    application: applicationKeyOf(1),
    eventType: "invoice.paid",
    eventId: undefined,
    channels: undefined,
    tags: undefined,
    payload: new TextEncoder().encode(`{"row":${row}}`),
    retentionDays: 90,
    recipients: endpoints.map((endpoint) => ({
      endpoint: endpointKeyOf(endpoint),
      skipped: false,
    })),
    ...rest,
  };
}

/** Failed, without another one planned. */
export function attemptOf(
  delivery: DeliveryNumber,
  endpoint: EndpointKey,
  row: number,
  rest: Partial<AttemptRow> = {},
): AttemptRow {
  return {
    row,
    nonce: 2000 + row,
    atMs: baseAtMs + row,
    delivery,
    endpoint,
    round: 0,
    number: 1,
    trigger: "scheduled",
    url: "https://example.com/hook",
    statusCode: 500,
    durationMs: 12,
    response: new TextEncoder().encode("no"),
    settlement: undefined,
    retryAtMs: undefined,
    ...rest,
  };
}

/** About no message, recorded a millisecond later with each number. */
export function answerOf(number: number, rest: Partial<AnswerRow> = {}): AnswerRow {
  return {
    hash: new Uint8Array(32).fill(number),
    atMs: baseAtMs + number,
    firstMessage: 1,
    messages: 0,
    text: `answer ${number}`,
    ...rest,
  };
}

/** The first delivery of a message. */
export function firstDeliveryOf(messageRow: number): DeliveryNumber {
  return deliveryNumberOf(messageRow, 0);
}

/** What is left out is empty. */
export function commitOf(commit: Partial<Commit>): Commit {
  return { messages: [], attempts: [], resends: [], answers: [], ...commit };
}
