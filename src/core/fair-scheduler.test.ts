import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { queueOf, SlotWorld, type SimulatedQueue } from "../../test/simulation/slot-world.ts";
import { FairScheduler } from "./fair-scheduler.ts";
import { applicationKeyOf } from "./ids.ts";
import { limits } from "./limits.ts";

/** Jain's index: 1 if all are equal, 1 ÷ n if one has everything. */
function jainIndex(values: readonly number[]): number {
  const sum = values.reduce((total, value) => total + value, 0);
  const squares = values.reduce((total, value) => total + value * value, 0);
  return (sum * sum) / (values.length * squares);
}

/** Each one's share of what all of them held, 1 being an equal part. */
function sharesOf(queues: readonly SimulatedQueue[]): readonly number[] {
  const sum = queues.reduce((total, { heldMs }) => total + heldMs, 0);
  return queues.map(({ heldMs }) => (heldMs / sum) * queues.length);
}

function assertWithin(actual: number, expected: number, part: number): void {
  assert.ok(Math.abs(actual / expected - 1) <= part, `${actual} is not near ${expected}`);
}

/** A cost that changes from attempt to attempt, the same for the same seed. */
function unsteady(seed: number, values: readonly number[]): (attempt: number) => number {
  return (attempt) => {
    const mixed = Math.imul(attempt ^ seed, 0x9e3779b1) >>> 8;
    return values[mixed % values.length] ?? 1;
  };
}

test("applications that always have work hold the same slot time, whatever their attempts take", () => {
  const costs = fc.array(fc.constantFrom(10, 40, 150, 600, 2_000), { minLength: 2, maxLength: 12 });
  fc.assert(
    fc.property(costs, fc.integer({ min: 2, max: 6 }), (costsMs, slotsEach) => {
      const world = new SlotWorld(costsMs.length * slotsEach);
      const queues = costsMs.map((costMs, index) => queueOf(index + 1, costMs));
      world.add(...queues);
      world.run(10_000);
      world.countFromHere(...queues);
      world.run(70_000);
      assert.ok(jainIndex(queues.map(({ heldMs }) => heldMs)) >= 0.98);
      for (const share of sharesOf(queues)) assertWithin(share, 1, 0.1);
    }),
    { seed: 1, numRuns: 10 },
  );
});

test("endpoints of one application that hang for 15 s hold no more slot time than those that take 5 ms", () => {
  const world = new SlotWorld(4);
  const queues = [5, 15_000, 5, 15_000, 5].map((costMs) => queueOf(1, costMs));
  world.add(...queues);
  world.run(60_000);
  world.countFromHere(...queues);
  world.run(560_000);
  for (const share of sharesOf(queues)) assertWithin(share, 1, 0.1);
});

test("an endpoint whose attempts take 5 ms or 15 s by chance is charged with what they took", () => {
  fc.assert(
    fc.property(fc.integer(), (seed) => {
      const world = new SlotWorld(4);
      const chancy = queueOf(1, unsteady(seed, [5, 15_000]));
      const queues = [chancy, queueOf(2, 40), queueOf(3, 40)];
      world.add(...queues);
      world.run(60_000);
      world.countFromHere(...queues);
      world.run(1_060_000);
      for (const share of sharesOf(queues)) assertWithin(share, 1, 0.1);
    }),
    { seed: 2, numRuns: 3 },
  );
});

test("attempts that all turn out dear at once are paid for afterwards", () => {
  const world = new SlotWorld(40);
  const moody = queueOf(1, (attempt) => (Math.floor((attempt - 1) / 32) % 2 === 0 ? 2_000 : 5));
  const queues = [moody, queueOf(2, 50)];
  world.add(...queues);
  world.run(10_000);
  world.countFromHere(...queues);
  world.run(310_000);
  for (const share of sharesOf(queues)) assertWithin(share, 1, 0.1);
});

test("an application pays for endpoints that are not heard of again", () => {
  const world = new SlotWorld(1);
  const once: SimulatedQueue[] = [];
  const newcomer = (): SimulatedQueue => {
    const queue = queueOf(1, () => {
      world.arriveAt(world.nowMs + 1_001, newcomer(), 1);
      return 1_000;
    });
    queue.backlog = 0;
    once.push(queue);
    return queue;
  };
  const steady = queueOf(2, 5);
  world.add(steady);
  world.arriveAt(0, newcomer(), 1);
  world.run(100_000);
  assertWithin(
    once.reduce((sum, { heldMs }) => sum + heldMs, 0),
    steady.heldMs,
    0.1,
  );
});

test("an application with a hundred endpoints gets what one with a single endpoint gets", () => {
  const world = new SlotWorld(16);
  const many = Array.from({ length: 100 }, () => queueOf(1, 30));
  const single = queueOf(2, 30);
  world.add(...many, single);
  world.run(5_000);
  world.countFromHere(...many, single);
  world.run(35_000);
  assertWithin(single.heldMs / 30_000, 8, 0.1);
  for (const share of sharesOf(many)) assertWithin(share, 1, 0.1);
});

test("what some leave unused goes to the others", () => {
  const world = new SlotWorld(10);
  const modest = queueOf(1, 100, { concurrency: 1 });
  const greedy = queueOf(2, 100);
  world.add(modest, greedy);
  world.run(1_000);
  world.countFromHere(modest, greedy);
  world.run(21_000);
  assertWithin(modest.heldMs / 20_000, 1, 0.05);
  assertWithin(greedy.heldMs / 20_000, 9, 0.05);
});

test("no application gets a slot beyond its part while another waits, and all of them if none does", () => {
  const kind = fc.record({
    application: fc.integer({ min: 1, max: 4 }),
    costMs: fc.constantFrom(5, 100, 3_000),
    deliveries: fc.integer({ min: 1, max: 60 }),
    atMs: fc.nat(10_000),
  });
  let beyond = 0;
  fc.assert(
    fc.property(fc.array(kind, { minLength: 1, maxLength: 40 }), (kinds) => {
      const slots = 12;
      const world = new SlotWorld(slots);
      const queues = kinds.map(({ application, costMs }) =>
        queueOf(application, costMs, { backlog: 0 }),
      );
      for (const [index, { atMs, deliveries }] of kinds.entries()) {
        const queue = queues[index];
        if (queue !== undefined) world.arriveAt(atMs, queue, deliveries);
      }
      world.run(100_000, (chosen) => {
        if ((world.inFlightOf.get(chosen.application) ?? 0) < slots / 2) return;
        beyond += 1;
        const others = queues.filter(
          ({ application, waitsSinceMs }) =>
            application !== chosen.application &&
            waitsSinceMs < Infinity &&
            (world.inFlightOf.get(application) ?? 0) < slots / 2,
        );
        assert.deepEqual(others, []);
      });
      for (const { backlog, inFlight } of queues) assert.equal(backlog + inFlight, 0);
    }),
    { seed: 3, numRuns: 100 },
  );
  assert.ok(beyond > 1_000, "alone, an application goes beyond its part");
});

test("a newcomer has its first turn after the present round at the latest", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 2, max: 40 }),
      fc.integer({ min: 2, max: 16 }),
      fc.constantFrom(2, 5, 30, 100),
      fc.integer({ min: 500, max: 1_000 }),
      (others, slots, costMs, atMs) => {
        const world = new SlotWorld(slots);
        world.add(...Array.from({ length: others }, (_, index) => queueOf(index + 2, costMs)));
        const newcomer = queueOf(1, costMs, { backlog: 0 });
        world.arriveAt(atMs, newcomer, 1);
        world.run(atMs + 10_000);
        assert.equal(newcomer.attempts, 1);
        const roundMs = (others * (limits.roundMs + costMs)) / slots;
        assert.ok(newcomer.waitedMs <= roundMs + costMs, `${newcomer.waitedMs} ms of ${roundMs}`);
      },
    ),
    { seed: 4, numRuns: 60 },
  );
});

test("newcomers without end starve nobody, not even who owes 15 s", () => {
  const slots = 8;
  const world = new SlotWorld(slots);
  const debtor = queueOf(1, 15_000, { concurrency: 1 });
  const steady = queueOf(1, 5);
  world.add(debtor, steady);
  // Three quarters of what the slots can take, each from an endpoint that is never heard of again.
  for (let atMs = 0; atMs < 120_000; atMs += 40 / (slots * 0.75)) {
    world.arriveAt(atMs, queueOf(1, 40, { backlog: 0 }), 1);
  }
  world.run(120_000);
  // The rest is two slots, one each: an attempt of 15 s after the other, and one of 5 ms after the other.
  assert.ok(debtor.attempts >= 6, `${debtor.attempts} attempts`);
  assert.ok(steady.attempts >= 0.9 * (120_000 / 5), `${steady.attempts} attempts`);
});

test("being idle saves up nothing", () => {
  const world = new SlotWorld(4);
  const sleeper = queueOf(1, 20, { backlog: 0 });
  const others = [queueOf(2, 20), queueOf(3, 20)];
  world.add(...others);
  world.arriveAt(0, sleeper, 1);
  world.arriveAt(20_000, sleeper, 1_000_000);
  world.run(20_000);
  world.countFromHere(sleeper, ...others);
  world.run(22_000);
  for (const share of sharesOf([sleeper, ...others])) assertWithin(share, 1, 0.1);
});

test("turns go to who is offered, once each, and to anybody as long as there is somebody", () => {
  const step = fc.record({
    kind: fc.constantFrom("offer", "offer", "next", "next", "nextInVain", "finish"),
    queue: fc.nat(30),
    heldMs: fc.nat(16_000),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
      const fair = new FairScheduler<number>(10);
      const offered = new Set<number>();
      const underWay: number[] = [];
      for (const { kind, queue, heldMs } of steps) {
        if (kind === "offer") {
          fair.offer(queue, applicationKeyOf(1 + (queue % 5)));
          offered.add(queue);
        } else if (kind === "finish") {
          const ended = underWay.shift();
          if (ended !== undefined) fair.finished(ended, heldMs);
        } else {
          const chosen = fair.next();
          assert.equal(chosen === undefined, offered.size === 0);
          if (chosen === undefined) continue;
          assert.ok(offered.delete(chosen));
          if (kind === "nextInVain") continue;
          fair.started(chosen);
          underWay.push(chosen);
        }
        for (let each = 0; each <= 30; each += 1) {
          assert.ok(fair.debtMs(each) <= limits.slotDebtMsMax);
        }
      }
    }),
    { seed: 5, numRuns: 200 },
  );
});

test("what is owed is bounded by one attempt if attempts take what they took before, and by the limit if not", () => {
  const world = new SlotWorld(64);
  const steady = queueOf(1, 15_000);
  const other = queueOf(1, 10);
  world.add(steady, other);
  world.run(60_000);
  world.run(80_000, () => assert.ok(world.fair.debtMs(steady) <= 15_000));
  const fair = new FairScheduler<string>(2_048);
  for (let attempt = 0; attempt < 100; attempt += 1) {
    fair.offer("surprising", applicationKeyOf(1));
    assert.equal(fair.next(), "surprising");
    fair.started("surprising");
  }
  for (let attempt = 0; attempt < 100; attempt += 1) fair.finished("surprising", 30_000);
  assertWithin(fair.debtMs("surprising"), limits.slotDebtMsMax, 0.001);
});

test("an application owes what its queues do not owe each other, and it is not forgotten", () => {
  const fair = new FairScheduler<string>(2_048);
  const attempt = (queue: string, application: number): void => {
    fair.offer(queue, applicationKeyOf(application));
    assert.equal(fair.next(), queue);
    fair.started(queue);
  };
  for (let count = 0; count < 60; count += 1) {
    attempt("quick", 1);
    fair.finished("quick", 1);
  }
  const once = Array.from({ length: 100 }, (_, index) => `once ${index}`);
  for (const queue of once) attempt(queue, 1);
  for (const queue of once) fair.finished(queue, 9);
  assert.ok(fair.accounts < 5);
  for (let count = 0; count < 50; count += 1) {
    attempt("other", 2);
    fair.finished("other", 10);
    if (count > 1) fair.offer("late", applicationKeyOf(1));
  }
});

test("only queues with work, attempts or debt are remembered", () => {
  const world = new SlotWorld(64);
  for (let index = 0; index < 2_000; index += 1) {
    world.arriveAt(
      index,
      queueOf(1 + (index % 700), index % 100 === 0 ? 900 : 5, { backlog: 0 }),
      1,
    );
  }
  let most = 0;
  world.run(10_000, () => (most = Math.max(most, world.fair.accounts)));
  assert.ok(most < 1_000, `${most} accounts`);
  // Whoever goes on pays off what is owed, and sweeps.
  world.add(queueOf(1_000, 5, { backlog: 5_000, concurrency: 1 }));
  world.run(60_000);
  assert.ok(world.fair.accounts <= 1, `${world.fair.accounts} accounts`);
});
