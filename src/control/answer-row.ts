/** What is kept for a request that may be repeated. */
export interface AnswerRow {
  /** Of the `OnceKey`. */
  readonly hash: Uint8Array;
  readonly at_ms: number;
  /** The result, as `sealAnswer` seals it. */
  readonly sealed: Uint8Array;
}
