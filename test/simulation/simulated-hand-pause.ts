import type { HandPause } from "../../src/core/hand-pause.ts";

/** A pause that somebody has asked for, and how long it held. */
export class SimulatedHandPause implements Pick<HandPause, "untilMs"> {
  readonly fromMs: number;
  readonly untilMs: number | undefined;
  #endedAtMs = Infinity;

  constructor(fromMs: number, untilMs: number | undefined) {
    this.fromMs = fromMs;
    this.untilMs = untilMs;
  }

  /** When it ended, or will, by itself or because somebody has resumed the endpoint; Unix milliseconds. */
  get endMs(): number {
    return Math.min(this.#endedAtMs, this.untilMs ?? Infinity);
  }

  /** Takes it back. False if it is over. */
  end(nowMs: number): boolean {
    if (this.endMs <= nowMs) return false;
    this.#endedAtMs = nowMs;
    return true;
  }

  /** Whether it was so for certain at this time: at its first and last millisecond it was and was not. */
  held(atMs: number): boolean {
    return this.fromMs < atMs && atMs < this.endMs;
  }
}
