import assert from "node:assert/strict";
import { test } from "node:test";
import type { PendingDelivery } from "../core/delivery.ts";
import { endpointKeyOf } from "../core/ids.ts";
import { limits } from "../core/limits.ts";
import type { Suspect, Suspicion } from "../core/suspicion.ts";
import { Lineup } from "./lineup.ts";
import type { VirtualQueue } from "./virtual-queue.ts";

const startMs = 1_700_000_000_000;

function pending(number: number): PendingDelivery {
  const endpoint = endpointKeyOf(1);
  const rest = { round: 0, attempt: 1, trigger: "scheduled" } as const;
  return { jobDb: 1, delivery: number, endpoint, ...rest };
}

/** One in which each delivery's queue is the delivery's number, and time passes when the test says so. */
function start(...evidence: readonly (number | "noted")[]) {
  const suspects = evidence.map((each, index): Suspect => {
    const suspicion: Suspicion =
      each === "noted" ? { kind: "noted" } : { kind: "suspect", evidence: each };
    return { jobDb: 1, delivery: index + 1, round: 0, suspicion };
  });
  let nowMs = startMs;
  let timers: { readonly atMs: number; readonly callback: () => void }[] = [];
  const clock = {
    nowMs: () => nowMs,
    after: (delayMs: number, callback: () => void) => {
      const timer = { atMs: nowMs + delayMs, callback };
      timers.push(timer);
      return { stop: () => (timers = timers.filter((each) => each !== timer)) };
    },
  };
  const turns: number[] = [];
  const recorder = {
    suspects,
    began: ({ delivery }: { readonly delivery: number }) => delivery,
    ended: () => undefined,
    died: () => undefined,
    close: () => undefined,
  };
  const numberOf = (queue: VirtualQueue): number => queue as unknown as number; // the lineup asks it nothing
  const lineup = new Lineup({ clock, recorder, onTurn: (of) => turns.push(...of.map(numberOf)) });
  const pass = (ms: number): void => {
    nowMs += ms;
    const due = timers.filter(({ atMs }) => atMs <= nowMs);
    timers = timers.filter(({ atMs }) => atMs > nowMs);
    for (const { callback } of due) callback();
  };
  /** True: it has begun. */
  const take = (number: number): boolean => {
    const queue = number as unknown as VirtualQueue; // see above
    if (lineup.judgeOf(queue)?.(pending(number)) === true) return false;
    lineup.began(pending(number));
    return true;
  };
  const end = (number: number): void => lineup.ended(pending(number), number);
  return { lineup, take, end, pass, turns };
}

test("suspects without evidence begin one after the other, each when the one before has ended or has had its time alone", () => {
  const { take, end, pass, turns } = start(0, 0, 0);
  assert.equal(take(1), true);
  assert.equal(take(2), false);
  end(1);
  assert.deepEqual(turns.splice(0), [2]);
  assert.equal(take(2), true);
  assert.equal(take(3), false);
  pass(limits.suspectAloneMs - 1);
  assert.deepEqual(turns.splice(0), []);
  pass(1);
  assert.deepEqual(turns.splice(0), [3]);
  assert.equal(take(3), true);
});

test("one with evidence begins later after the start, when no other suspect is under way, and none begins beside it", () => {
  const { take, end, pass, turns } = start(2, 0, 0);
  assert.equal(take(1), false);
  assert.equal(take(2), true);
  pass(2_000);
  assert.deepEqual(turns.splice(0), [1]);
  assert.equal(take(1), false, "another one is under way");
  end(2);
  assert.deepEqual(turns.splice(0), [1]);
  assert.equal(take(1), true);
  pass(60_000);
  assert.equal(take(3), false);
  end(1);
  assert.deepEqual(turns.splice(0), [3]);
  assert.equal(take(3), true);
});

test("what is under no suspicion, or was only noted, never waits; nor does what is convicted", () => {
  const { lineup, take } = start(0, "noted", 9);
  assert.equal(take(1), true);
  assert.deepEqual([take(2), take(3), take(4)], [true, true, true]);
  assert.deepEqual(
    [1, 2, 3, 4].map((each) => lineup.isConvicted(pending(each))),
    [false, false, true, false],
  );
});

test("what was handled to its end is under no suspicion any more", () => {
  const { lineup, take, end } = start(0, 0);
  take(1);
  end(1);
  take(2);
  assert.equal(take(1), true);
  end(2);
  assert.equal(lineup.judgeOf(1 as unknown as VirtualQueue), undefined);
});
