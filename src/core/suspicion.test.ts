import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { limits } from "./limits.ts";
import {
  type Death,
  isConvicted,
  type LeftBehind,
  type Suspect,
  suspectsAfter,
  type Suspicion,
  suspectWaitMs,
} from "./suspicion.ts";

const noted: Suspicion = { kind: "noted" };

function suspect(evidence: number): Suspicion {
  return { kind: "suspect", evidence };
}

function left(delivery: number, underWay: boolean, suspicion?: Suspicion): LeftBehind {
  return { jobDb: 1, delivery, round: 0, underWay, suspicion };
}

function suspicionsAfter(death: Death, all: readonly LeftBehind[]): readonly Suspicion[] {
  return suspectsAfter(death, all).map(({ suspicion }) => suspicion);
}

test("what was being handled at a death that was seen is under suspicion, at one that was not when it was so twice", () => {
  assert.deepEqual(suspicionsAfter("seen", [left(1, true)]), [suspect(0)]);
  assert.deepEqual(suspicionsAfter("unseen", [left(1, true)]), [noted]);
  assert.deepEqual(suspicionsAfter("unseen", [left(1, true, noted)]), [suspect(0)]);
  assert.deepEqual(suspicionsAfter("seen", [left(1, true, noted)]), [suspect(0)]);
});

test("a death with one suspect alone is evidence, and one that was seen weighs more", () => {
  const all = [left(1, true, suspect(0)), left(2, true), left(3, false, suspect(4))];
  assert.deepEqual(suspicionsAfter("seen", all), [
    suspect(limits.seenDeathEvidence),
    suspect(0),
    suspect(4),
  ]);
  assert.deepEqual(suspicionsAfter("unseen", all), [
    suspect(limits.unseenDeathEvidence),
    noted,
    suspect(4),
  ]);
});

test("of several suspects at once none is convicted, and none is handled beside another one from then on", () => {
  const all = [left(1, true, suspect(0)), left(2, true, suspect(8))];
  for (const death of ["seen", "unseen"] as const)
    assert.deepEqual(suspicionsAfter(death, all), [suspect(1), suspect(8)]);
});

test("a death that nobody has seen, with no suspect under way, speaks for all of them; one that was seen does not", () => {
  const all = [left(1, false, suspect(8)), left(2, false, noted), left(3, true)];
  assert.deepEqual(suspicionsAfter("unseen", all), [noted, suspect(0), noted]);
  assert.deepEqual(suspicionsAfter("seen", all), [suspect(0), suspect(8), noted]);
  assert.deepEqual(suspicionsAfter("unseen", [left(1, false, suspect(9))]), [suspect(9)]);
});

test("three deaths that were seen convict a lone suspect, or nine that were not", () => {
  for (const [death, deaths] of [
    ["seen", 3],
    ["unseen", 9],
  ] as const) {
    let suspicion = suspect(0);
    for (let count = 0; count < deaths; count += 1) {
      assert.equal(isConvicted(suspicion), false);
      [suspicion = noted] = suspicionsAfter(death, [left(1, true, suspicion)]);
    }
    assert.equal(isConvicted(suspicion), true);
  }
  assert.equal(isConvicted(noted), false);
});

test("a suspect waits for longer with more evidence, without for no time", () => {
  const waits = [0, 1, 2, 3, 8].map((evidence) => suspectWaitMs({ kind: "suspect", evidence }));
  assert.deepEqual(waits, [0, 1_000, 2_000, 4_000, 128_000]);
});

/** One run after another: which of the deliveries were under way, of which the poison is 0. */
const runs = fc.array(
  fc.record({
    death: fc.constantFrom<Death>("seen", "unseen"),
    /** What is handled without suspicion at the death, besides what is handled again at each start. */
    others: fc.uniqueArray(fc.integer({ min: 1, max: 20 }), { maxLength: 5 }),
    ended: fc.uniqueArray(fc.integer({ min: 1, max: 20 }), { maxLength: 5 }),
  }),
  { maxLength: 30 },
);

/** What a run leaves in which `handled` were under way: of the suspects at most one, as the Director sees to. */
function leave(suspects: readonly Suspect[], handled: ReadonlySet<number>): readonly LeftBehind[] {
  let alone = true;
  const known = suspects.map((each): LeftBehind => {
    const mayBe = each.suspicion.kind === "noted" || alone;
    const underWay = mayBe && handled.has(each.delivery);
    if (underWay && each.suspicion.kind === "suspect") alone = false;
    return { ...each, underWay };
  });
  const fresh = [...handled].filter((one) => !suspects.some(({ delivery }) => delivery === one));
  return [...known, ...fresh.map((delivery) => left(delivery, true))];
}

test("a delivery that ends in between is never convicted, however many deaths there are", () => {
  fc.assert(
    fc.property(runs, (all) => {
      let suspects: readonly Suspect[] = [];
      const streaks = new Map<number, number>();
      for (const { death, others, ended } of all) {
        suspects = suspects.filter(({ delivery }) => !ended.includes(delivery));
        for (const one of ended) streaks.delete(one);
        const found = leave(suspects, new Set(others));
        for (const { delivery, underWay } of found)
          if (underWay) streaks.set(delivery, (streaks.get(delivery) ?? 0) + 1);
        suspects = suspectsAfter(death, found);
      }
      for (const { delivery, suspicion } of suspects)
        if (isConvicted(suspicion)) assert.ok((streaks.get(delivery) ?? 0) >= 4);
    }),
  );
});

test("poison that ends each run when its turn comes is convicted, whoever is beside it", () => {
  fc.assert(
    fc.property(
      fc.constantFrom<Death>("seen", "unseen"),
      fc.array(fc.uniqueArray(fc.integer({ min: 1, max: 20 }), { maxLength: 5 }), {
        minLength: 20,
        maxLength: 20,
      }),
      (death, fresh) => {
        let suspects: readonly Suspect[] = [];
        let deaths = 0;
        const isPoisonConvicted = (): boolean =>
          suspects.some(({ delivery, suspicion }) => delivery === 0 && isConvicted(suspicion));
        while (!isPoisonConvicted()) {
          assert.ok(deaths < fresh.length, "not convicted in so many deaths");
          // All other suspects have had their turn, and have ended.
          suspects = suspects.filter(({ delivery }) => delivery === 0);
          suspects = suspectsAfter(death, leave(suspects, new Set([0, ...(fresh[deaths] ?? [])])));
          deaths += 1;
        }
        assert.equal(deaths, death === "seen" ? 4 : 11);
        const convicted = suspects.filter(({ suspicion }) => isConvicted(suspicion));
        assert.deepEqual(
          convicted.map(({ delivery }) => delivery),
          [0],
        );
      },
    ),
  );
});
