/** An attempt to an endpoint at the inspector: in the place of undici's pool, and without a socket. */
import type { Dispatcher } from "undici";
import type { InspectedHeader, InspectedRequest, InspectorAnswer } from "../core/arrival.ts";
import type { Attempt } from "./attempt.ts";

/** The way to the inspector. */
export interface InspectorLine {
  /** Undefined: there was no answer in time. Never fails. */
  deliver(request: InspectedRequest): Promise<InspectorAnswer | undefined>;
}

/** The attempt is told what it would be told by a socket; its deadline is its own. */
export async function dispatchToInspector(
  line: InspectorLine,
  request: InspectedRequest,
  attempt: Attempt,
): Promise<void> {
  attempt.onRequestStart(noSocket);
  const answer = await line.deliver(request);
  if (answer === undefined) return;
  const { status, retryAfter, body } = answer;
  attempt.onResponseStarted();
  const headers = retryAfter === undefined ? {} : { "retry-after": retryAfter };
  attempt.onResponseStart(noSocket, status, headers);
  attempt.onResponseData(noSocket, body);
  attempt.onResponseEnd();
}

/** @param flat names and values in turns */
export function inspectedHeadersOf(flat: readonly string[]): readonly InspectedHeader[] {
  const headers: InspectedHeader[] = [];
  for (let at = 0; at + 1 < flat.length; at += 2) {
    headers.push({ name: flat[at] ?? "", value: flat[at + 1] ?? "" });
  }
  return headers;
}

/** There is nothing to abort: the attempt has settled by itself. */
const noSocket: Dispatcher.DispatchController = {
  aborted: false,
  paused: false,
  reason: null,
  abort: () => undefined,
  pause: () => undefined,
  resume: () => undefined,
};
