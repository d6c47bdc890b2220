import {
  type Death,
  type Handled,
  type LeftBehind,
  type Suspect,
  suspectsAfter,
} from "../../src/core/suspicion.ts";
import type { FlightRecorder } from "../../src/director/ports.ts";

/** The flight record of one Director after the other, in memory. */
export class MemoryFlightRecord {
  #left = new Map<number, LeftBehind>();
  #death: Death = "unseen";

  /** What a run that begins now is to know. */
  suspects(): readonly Suspect[] {
    return suspectsAfter(this.#death, [...this.#left.values()]);
  }

  /** The recorder of a run that begins now. */
  forRun(): FlightRecorder {
    const suspects = this.suspects();
    const left = new Map<number, LeftBehind>(
      suspects.map((suspect, place) => [place, { ...suspect, underWay: false }]),
    );
    this.#left = left;
    this.#death = "unseen";
    let isKept = false;
    let last = suspects.length;
    return {
      suspects,
      began: (delivery) => {
        const known = [...left].find(([, each]) => !each.underWay && isSame(each, delivery));
        const place = known?.[0] ?? (last += 1);
        const { jobDb, delivery: number, round } = delivery;
        const suspicion = known?.[1].suspicion;
        left.set(place, { jobDb, delivery: number, round, underWay: true, suspicion });
        return place;
      },
      ended: (place) => {
        left.delete(place);
      },
      died: () => {
        isKept = true;
        this.#left = new Map(left);
        this.#death = "seen";
      },
      close: () => {
        if (!isKept) this.#left = new Map();
      },
    };
  }
}

function isSame(one: Handled, other: Handled): boolean {
  return one.jobDb === other.jobDb && one.delivery === other.delivery && one.round === other.round;
}
