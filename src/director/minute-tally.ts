import { limits } from "../core/limits.ts";
import type { MinuteOfAttempts } from "./facade.ts";

const kinds = ["succeeded", "failed", "unanswered"] as const;
export type TalliedOutcome = (typeof kinds)[number];

const minuteMs = 60_000;

/** Attempts that ended in each of the last minutes, by what came of them. */
export class MinuteTally {
  /** A place for each minute and outcome, taken again when `limits.talliedMinutes` have passed. */
  readonly #counts = new Uint32Array(limits.talliedMinutes * kinds.length);
  /** The last minute that was counted in, since 1970. */
  #newest = -Infinity;

  count(outcome: TalliedOutcome, nowMs: number): void {
    const minute = Math.floor(nowMs / minuteMs);
    const from = Math.max(this.#newest + 1, minute - limits.talliedMinutes + 1);
    for (let each = from; each <= minute; each += 1) {
      this.#counts.fill(0, placeOf(each), placeOf(each) + kinds.length);
    }
    this.#newest = Math.max(this.#newest, minute);
    const place = placeOf(this.#newest) + kinds.indexOf(outcome);
    this.#counts[place] = (this.#counts[place] ?? 0) + 1;
  }

  /** Those in which something ended, the oldest first. */
  minutes(nowMs: number): readonly MinuteOfAttempts[] {
    const oldest = Math.floor(nowMs / minuteMs) - limits.talliedMinutes + 1;
    const first = Math.max(oldest, this.#newest - limits.talliedMinutes + 1);
    const found: MinuteOfAttempts[] = [];
    for (let minute = first; minute <= this.#newest; minute += 1) {
      const place = placeOf(minute);
      const [succeeded = 0, failed = 0, unanswered = 0] = this.#counts.subarray(place, place + 3);
      if (succeeded + failed + unanswered === 0) continue;
      found.push({ atMs: minute * minuteMs, succeeded, failed, unanswered });
    }
    return found;
  }
}

function placeOf(minute: number): number {
  return (minute % limits.talliedMinutes) * kinds.length;
}
