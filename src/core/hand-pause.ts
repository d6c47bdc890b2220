/**
 * A pause that somebody has asked for: nothing is sent to the endpoint until it is over, whatever comes of attempts that
 * were under way. It is no state of `EndpointPause`: that one is what Posthorn has found out, and successes, probes and
 * changes of the endpoint end it; this one is what somebody wants, and ends when it is taken back or its time comes.
 */
export interface HandPause {
  /** Unix milliseconds. */
  readonly sinceMs: number;
  /** When it ends by itself, Unix milliseconds; undefined: it does not. */
  readonly untilMs: number | undefined;
  /** In the words of whoever asked. */
  readonly reason: string | undefined;
}

/** When the pause is over, Unix milliseconds; infinite: when it is taken back; long past: there is none. */
export function handPauseEndMs(pause: Pick<HandPause, "untilMs"> | undefined): number {
  return pause === undefined ? 0 : (pause.untilMs ?? Infinity);
}

/** The pause, as long as it is not over. */
export function handPauseAt(pause: HandPause | undefined, nowMs: number): HandPause | undefined {
  return handPauseEndMs(pause) > nowMs ? pause : undefined;
}
