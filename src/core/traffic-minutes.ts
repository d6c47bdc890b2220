import { limits } from "./limits.ts";
import { TrafficTally } from "./traffic-tally.ts";

const minuteMs = 60_000;

/** What was counted within a minute. */
export interface MinuteOfTraffic {
  /** When it began, Unix milliseconds. */
  readonly atMs: number;
  readonly tally: TrafficTally;
}

/** What was counted in each of the last `limits.talliedMinutes`. */
export class TrafficMinutes {
  /** Those in which something was, the oldest first. */
  readonly #minutes: MinuteOfTraffic[] = [];

  /** @param numbers of a tally of what happened until now, and was not added before */
  add(numbers: Float64Array, nowMs: number): void {
    const atMs = Math.floor(nowMs / minuteMs) * minuteMs;
    const newest = this.#minutes.at(-1);
    // A clock that was set back goes on with the newest minute.
    if (newest !== undefined && atMs <= newest.atMs) {
      newest.tally.add(numbers);
      return;
    }
    const tally = new TrafficTally();
    tally.add(numbers);
    this.#minutes.push({ atMs, tally });
    if (this.#minutes.length > limits.talliedMinutes) this.#minutes.shift();
  }

  /** Those in which something happened, the oldest first. */
  since(nowMs: number): readonly MinuteOfTraffic[] {
    const oldestMs = (Math.floor(nowMs / minuteMs) - limits.talliedMinutes + 1) * minuteMs;
    return this.#minutes.filter(({ atMs }) => atMs >= oldestMs);
  }
}
