/**
 * A message's JSON, with its payload as the producer's own bytes: spliced, never parsed and written again. The rest is so
 * little that writing it by hand would gain nothing over `JSON.stringify`.
 */
import { messageIdOf, type Address } from "../core/ids.ts";

export interface DescribedMessage {
  readonly address: Address;
  readonly eventType: string;
  readonly eventId: string | undefined;
  readonly channels: readonly string[] | undefined;
  readonly tags: readonly string[] | undefined;
}

const leftOut = Buffer.from("{}");
/** What stands for a payload that is no more, as Svix has it. */
const erased = Buffer.from('{"expired":true}');

/** @param withContent if not, `{}` stands in for the payload, as the field is required */
export function contentOf(
  { payload }: { readonly payload: Uint8Array | undefined },
  withContent: boolean,
): Uint8Array {
  return withContent ? (payload ?? erased) : leftOut;
}

/** @param more fields beside the message's own */
export function messageJson(
  message: DescribedMessage,
  payload: Uint8Array,
  more: object = {},
): Buffer {
  const rest = JSON.stringify({
    id: messageIdOf(message.address),
    eventType: message.eventType,
    eventId: message.eventId ?? null,
    channels: message.channels ?? null,
    tags: message.tags ?? null,
    timestamp: new Date(message.address.atMs).toISOString(),
    ...more,
  });
  return Buffer.concat([Buffer.from('{"payload":'), payload, Buffer.from(`,${rest.slice(1)}`)]);
}
