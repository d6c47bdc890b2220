/** What every implementation of `FlightRecorder` keeps for the next run. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type Handled, type Suspect, suspectsAfter } from "../../src/core/suspicion.ts";
import type { FlightRecorder } from "../../src/director/ports.ts";

export interface FlightRecorderSubject {
  /** The recorder of a run after a death, or of the first one. */
  start(): FlightRecorder;
  /** Whom a run that would begin now holds under suspicion. */
  suspects(): readonly Suspect[];
}

function handled(delivery: number): Handled {
  return { jobDb: 7, delivery: delivery * 65_536, round: delivery % 2 };
}

/** After a run in which these were under way when it died, and nobody has seen it. */
function died(...deliveries: readonly number[]): readonly Suspect[] {
  const left = deliveries.map((each) => ({
    ...handled(each),
    underWay: true,
    suspicion: undefined,
  }));
  return suspectsAfter("unseen", left);
}

function sorted(suspects: readonly Suspect[]): readonly Suspect[] {
  return suspects.toSorted((one, other) => one.delivery - other.delivery);
}

export function testFlightRecorder(name: string, open: () => FlightRecorderSubject): void {
  describe(`${name}, as a flight recorder`, () => {
    test("leaves what was being handled, and not what has ended", () => {
      const subject = open();
      const recorder = subject.start();
      assert.deepEqual(recorder.suspects, []);
      const places = [1, 2, 3].map((delivery) => recorder.began(handled(delivery)));
      recorder.ended(places[1] ?? 0);
      assert.deepEqual(sorted(subject.suspects()), died(1, 3));
      recorder.began(handled(4));
      assert.deepEqual(sorted(subject.suspects()), died(1, 3, 4));
    });

    test("knows of the next run what the one before has left, until it has ended", () => {
      const subject = open();
      for (const delivery of [1, 2, 3]) subject.start().began(handled(delivery));
      const recorder = subject.start();
      const noted = { kind: "noted" } as const;
      const expected = [1, 2, 3].map((delivery) => ({ ...handled(delivery), suspicion: noted }));
      assert.deepEqual(sorted(recorder.suspects), expected);
      recorder.ended(recorder.began(handled(2)));
      recorder.began(handled(3));
      assert.deepEqual(sorted(subject.suspects()), [
        { ...handled(1), suspicion: noted },
        { ...handled(3), suspicion: { kind: "suspect", evidence: 0 } },
      ]);
    });

    test("leaves what was being handled when the run died by its own fault, whatever comes then", () => {
      const subject = open();
      const recorder = subject.start();
      const place = recorder.began(handled(1));
      recorder.died();
      recorder.ended(place);
      recorder.began(handled(2));
      recorder.close();
      assert.deepEqual(subject.suspects(), [
        { ...handled(1), suspicion: { kind: "suspect", evidence: 0 } },
      ]);
    });

    test("leaves nothing when it was closed in order", () => {
      const subject = open();
      subject.start().began(handled(1));
      const recorder = subject.start();
      recorder.began(handled(2));
      recorder.close();
      recorder.ended(recorder.began(handled(3)));
      assert.deepEqual(subject.suspects(), []);
    });
  });
}
