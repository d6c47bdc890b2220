/** What a receiver does with each request to one of its endpoints, until it is told otherwise. */
export type Behaviour =
  /** `closes`: a connection serves one request only. */
  | {
      readonly kind: "answer";
      readonly status: 200 | 503;
      readonly afterMs: number;
      readonly closes: boolean;
    }
  /** Accepts the connection, reads the request, and never answers. */
  | { readonly kind: "hang" }
  /** Sends its answer byte by byte. */
  | { readonly kind: "drip"; readonly everyMs: number };

/** As most endpoints do. */
export const healthy = {
  kind: "answer",
  status: 200,
  afterMs: 5,
  closes: false,
} as const satisfies Behaviour;
