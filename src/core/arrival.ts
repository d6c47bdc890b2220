/** What comes to the inspector, on its way and as it is shown. */
import type { ApplicationKey, ArrivalId, EndpointKey } from "./ids.ts";
import type { Answering } from "./inspector-url.ts";

/** A request that an endpoint at the inspector is sent. Plain data, as it goes to another thread. */
export interface InspectedRequest {
  readonly application: ApplicationKey;
  readonly endpoint: EndpointKey;
  readonly answering: Answering;
  /** Each name once, in lower case. */
  readonly headers: readonly InspectedHeader[];
  readonly body: Uint8Array;
  /** After this nobody waits for the answer any more. */
  readonly timeoutMs: number;
}

export interface InspectedHeader {
  readonly name: string;
  readonly value: string;
}

/** What an attempt is told. */
export interface InspectorAnswer {
  readonly status: number;
  readonly retryAfter: string | undefined;
  readonly body: Uint8Array;
}

/** A request that came, immutable: what has become of it is told by another one of the same id. */
export interface Arrival {
  readonly id: ArrivalId;
  /** When it came, Unix milliseconds. */
  readonly atMs: number;
  readonly headers: readonly InspectedHeader[];
  readonly body: Uint8Array;
  /** Whether its signature is one by the endpoint's own secret, when it came. */
  readonly isVerified: boolean;
  readonly answer: ArrivalAnswer;
}

/** `unheard`: nobody listened, which is answered 503. `late`: the attempt was over before there was an answer. */
export type ArrivalAnswer =
  | { readonly kind: "waiting" | "late" }
  | { readonly kind: "answered" | "unheard"; readonly status: number; readonly afterMs: number };
