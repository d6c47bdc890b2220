/** What the API's thread and a Director's thread say to each other. */
import type { CarriedError } from "../core/errors.ts";
import type { Address, EndpointKey } from "../core/ids.ts";
import type { IncomingMessage } from "../core/message.ts";
import type { RetrySchedule } from "../core/retry-schedule.ts";
import type { AllowedSubnets } from "../transport/address-guard/allowed-subnets.ts";

/** Given to a Director's thread at its start; plain data, as it is copied there. */
export interface DirectorThreadOptions {
  /** 0-based, of `directors`. */
  readonly index: number;
  readonly directors: number;
  readonly jobDbFolder: string;
  readonly ldbPath: string;
  /** Raised by the reflector after each change of the LDB. */
  readonly ldbGeneration: Int32Array<SharedArrayBuffer>;
  readonly epoch: number;
  readonly schedule: RetrySchedule;
  readonly attemptTimeoutMs: number;
  readonly svixHeaders: boolean;
  /** Addresses that endpoints may have besides public ones. */
  readonly allowSubnets: AllowedSubnets;
  readonly version: string;
}

export type ToDirector =
  | {
      readonly kind: "accept";
      /** The batch, which the answer names. */
      readonly batch: number;
      readonly messages: readonly PackedMessage[];
      /** The payloads one after the other; moved, not copied. */
      readonly payloads: ArrayBuffer;
    }
  | { readonly kind: "endpoint-changed"; readonly endpoint: EndpointKey }
  | { readonly kind: "stop"; readonly withinMs: number };

export type FromDirector =
  | { readonly kind: "started" }
  | { readonly kind: "accepted"; readonly batch: number; readonly addresses: readonly Address[] }
  | { readonly kind: "refused"; readonly batch: number; readonly error: CarriedError }
  | { readonly kind: "gone"; readonly endpoint: EndpointKey }
  | { readonly kind: "failed"; readonly error: CarriedError }
  | { readonly kind: "stopped" };

export interface PackedMessage extends Omit<IncomingMessage, "payload"> {
  readonly payloadBytes: number;
}

export function packMessages(messages: readonly IncomingMessage[]): {
  readonly messages: readonly PackedMessage[];
  readonly payloads: ArrayBuffer;
} {
  const bytes = new Uint8Array(messages.reduce((sum, message) => sum + message.payload.length, 0));
  let offset = 0;
  const packed = messages.map(({ payload, ...rest }) => {
    bytes.set(payload, offset);
    offset += payload.length;
    return { ...rest, payloadBytes: payload.length };
  });
  return { messages: packed, payloads: bytes.buffer };
}

/** The payloads are views of the one buffer. */
export function unpackMessages(
  messages: readonly PackedMessage[],
  payloads: ArrayBuffer,
): IncomingMessage[] {
  let offset = 0;
  return messages.map(({ payloadBytes, ...rest }) => {
    const payload = new Uint8Array(payloads, offset, payloadBytes);
    offset += payloadBytes;
    return { ...rest, payload };
  });
}
