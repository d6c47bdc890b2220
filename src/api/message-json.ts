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

const noPayload = Buffer.from("{}");

/**
 * @param payload undefined: left out, which is `{}` as the field is required
 * @param more fields beside the message's own
 */
export function messageJson(
  message: DescribedMessage,
  payload: Uint8Array | undefined,
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
  return Buffer.concat([
    Buffer.from('{"payload":'),
    payload ?? noPayload,
    Buffer.from(`,${rest.slice(1)}`),
  ]);
}
