import { limits } from "../core/limits.ts";

/** Its multiples' fractions fill the interval from 0 to 1 evenly, wherever one begins and however many there are. */
const goldenRatio = (Math.sqrt(5) - 1) / 2;

/**
 * How long each connection may be idle before it is closed, milliseconds: from `limits.idleConnectionMsMin` to
 * `limits.idleConnectionMsMax`. A burst leaves hundreds that are idle at once; if all were closed together, whatever else
 * the thread has to do waited for that.
 */
export class IdleTimes {
  #place = 0;

  next(): number {
    this.#place = (this.#place + goldenRatio) % 1;
    const { idleConnectionMsMin: least, idleConnectionMsMax: most } = limits;
    return Math.round(least + this.#place * (most - least));
  }
}
