/** Follows a stream of what comes to the inspector. */
import assert from "node:assert/strict";
import { splitEvents } from "../../src/core/sent-events.ts";
import { within } from "./within.ts";

export interface ArrivalOut {
  readonly id: string;
  readonly headers: readonly { readonly name: string; readonly value: string }[];
  readonly body: string;
  readonly verified: boolean;
  readonly state: "waiting" | "answered" | "unheard" | "late";
  readonly status: number | null;
}

export interface Arrivals {
  /** How many were told so far. */
  readonly count: number;
  /** The next one that is as wanted; others are passed over. */
  next(isWanted: (arrival: ArrivalOut) => boolean): Promise<ArrivalOut>;
  close(): void;
}

/** Resolves when the first event is there: from then on nothing is missed. */
export async function arrivalsOf(address: string, token: string, path: string): Promise<Arrivals> {
  const closing = new AbortController();
  const answer = await fetch(`${address}/api/v1/${path}`, {
    headers: { authorization: `Bearer ${token}` },
    signal: closing.signal,
  });
  assert.equal(answer.status, 200);
  assert.ok(answer.body !== null);
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  let count = 0;
  const told: ArrivalOut[] = [];
  const read = async (): Promise<void> => {
    const { done, value } = await reader.read();
    assert.ok(!done, "the stream goes on");
    const { data, rest } = splitEvents(text + value);
    text = rest;
    for (const event of data) {
      const { data: arrivals } = JSON.parse(event) as { readonly data: readonly ArrivalOut[] }; // as the API's document says
      told.push(...arrivals);
      count += arrivals.length;
    }
  };
  await read();
  const next: Arrivals["next"] = async (isWanted) => {
    for (;;) {
      const arrival = told.shift();
      if (arrival === undefined) await read();
      else if (isWanted(arrival)) return arrival;
    }
  };
  return {
    get count() {
      return count;
    },
    next: (isWanted) => within(next(isWanted), 20_000, "an arrival"),
    close: () => closing.abort(),
  };
}
