import { type Address, parseMessageId } from "../../../src/core/ids.ts";
import type { DiskEvent } from "./disk-event.ts";
import type { ControlWrite, Pledges } from "./pledges.ts";

/** A pledge that has been given at a place among the events. */
interface Given {
  readonly givenAt: number;
}

export interface MessagePromise extends Given {
  readonly address: Address;
  readonly serial: number;
}

export interface Promises {
  /** Messages that were told of, to their producer or to an endpoint, in order. */
  readonly messages: readonly MessagePromise[];
  /** In order. */
  readonly controlWrites: readonly (Given & { readonly write: ControlWrite })[];
}

const idPattern = /(?:"id":"|webhook-id: )(msg_[0-9A-Za-z]{27})/g;
const markPattern = /"(mark-\d+\.)"/g;
/** Longer than anything looked for: it may be cut by two writes. */
const overlap = 64;

/**
 * Finds out when each promise was given: where the server began to send the bytes that tell of it.
 *
 * @throws Error if a producer was told something that the trace has not
 */
export function promisesOf(events: readonly DiskEvent[], pledges: Pledges): Promises {
  const givenAt = firstSends(events);
  const placeOf = (text: string): number => {
    const place = givenAt.get(text);
    if (place === undefined) throw new Error(`${text} was told, but is in no bytes that were sent`);
    return place;
  };
  const messages = Object.entries(pledges.acknowledged).map(([id, serial]) => {
    const address = parseMessageId(id);
    if (address === undefined) throw new Error(`${id} is no message's id`);
    return { address, serial, givenAt: placeOf(id) };
  });
  const controlWrites = pledges.controlWrites
    .filter((write) => write.isAcknowledged)
    .map((write) => ({ write, givenAt: placeOf(write.mark) }));
  return { messages: inOrder(messages), controlWrites: inOrder(controlWrites) };
}

function inOrder<Pledge extends Given>(pledges: readonly Pledge[]): readonly Pledge[] {
  return pledges.toSorted((left, right) => left.givenAt - right.givenAt);
}

function firstSends(events: readonly DiskEvent[]): ReadonlyMap<string, number> {
  const sentAt = new Map<string, number>();
  const tails = new Map<string, string>();
  for (const event of events) {
    if (event.kind !== "send") continue;
    const text = (tails.get(event.socket) ?? "") + Buffer.from(event.bytes).toString("latin1");
    tails.set(event.socket, text.slice(-overlap));
    for (const pattern of [idPattern, markPattern]) {
      for (const [, found = ""] of text.matchAll(pattern)) {
        if (!sentAt.has(found)) sentAt.set(found, event.beganAt);
      }
    }
  }
  return sentAt;
}
